import HTTPServer

/// The forms of a successful answer.
enum Answer {
  private static let json: HTTPHeaders = [
    "content-type": "application/json", "cache-control": "no-store",
  ]
  private static let personalJSON: HTTPHeaders = [
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

  /// A person's data: kept by that person's client alone, which asks each time whether it still holds.
  static func personal(_ body: [UInt8], to call: Call, link: String? = nil) -> HTTPResponse {
    data(body, personalJSON, to: call, link: link)
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
