import HTTPServer

/// The forms of a successful answer.
enum Answer {
  private static let json: HTTPHeaders = [
    "content-type": "application/json", "cache-control": "no-store",
  ]
  private static let programsJSON: HTTPHeaders = [
    "content-type": "application/json", "cache-control": "private, no-cache",
  ]
  private static let publicJSON: HTTPHeaders = [
    "content-type": "application/json", "cache-control": "public, no-cache",
  ]
  private static let unstored: HTTPHeaders = ["cache-control": "no-store"]

  /// What was done, or how it is at this moment: never kept by anybody.
  static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
    HTTPResponse(status: status, headers: json, body: .bytes(body))
  }

  /// A person's data. A browser keeps none of it: its disk may be anybody's. A program that came with an API token
  /// may keep it, and asks each time whether it still holds. Either may send the tag that it remembers.
  static func personal(_ body: [UInt8], to call: Call, link: String? = nil) -> HTTPResponse {
    let isProgram = if case .token = call.credential { true } else { false }
    return data(body, isProgram ? programsJSON : json, to: call, link: link)
  }

  /// Everybody's data.
  static func shared(_ body: [UInt8], to call: Call) -> HTTPResponse {
    data(body, publicJSON, to: call, link: nil)
  }

  static func empty(_ status: Int = 204) -> HTTPResponse {
    HTTPResponse(status: status, headers: unstored)
  }

  /// - Parameter location: a URL, or a path of this site; what a header can't hold is percent-encoded.
  static func redirect(_ status: Int, to location: String) -> HTTPResponse {
    var response = empty(status)
    response.headers.append("location", PercentEncoding.header(location))
    return response
  }

  private static func data(
    _ body: [UInt8], _ headers: HTTPHeaders, to call: Call, link: String?
  ) -> HTTPResponse {
    let tag = EntityTag.of(body)
    var response = HTTPResponse(status: 200, headers: headers)
    response.headers.append("etag", tag)
    if let link { response.headers.append("link", link) }
    if EntityTag.matches(tag, call.request) { response.status = 304 } else { response.body = .bytes(body) }
    return response
  }
}
