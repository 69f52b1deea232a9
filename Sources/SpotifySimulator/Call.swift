import HTTPServer

/// A request that found its endpoint.
struct Call: Sendable {
  let endpoint: Endpoint
  let group: EndpointGroup?
  let parameters: [String: String]
  let query: [QueryItem]
  /// The fields of a form, when that is what the body is.
  let form: [QueryItem]
  let request: HTTPRequest
  /// `http://` and the `Host` that was asked.
  let origin: String

  init(_ request: HTTPRequest, _ endpoint: Endpoint, _ parameters: [String: String]) {
    self.request = request
    self.endpoint = endpoint
    self.parameters = parameters
    group = endpoint.group
    query = request.queryItems
    form = Call.isForm(request) ? Call.formItems(request.body) : []
    // HTTP/1.1 has no request without a Host; the server has seen to that.
    origin = "http://\(request.headers["host"] ?? "127.0.0.1")"
  }

  func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
  func form(_ name: String) -> String? { form.first { $0.name == name }?.value }

  var bearer: Substring? {
    guard let value = request.headers["authorization"], value.lowercased().hasPrefix("bearer ") else {
      return nil
    }
    return value.dropFirst("bearer ".count)
  }

  /// Everything secret that the request came with.
  var credentials: String {
    let fields = ["code", "code_verifier", "refresh_token"].compactMap(form)
    return ([request.headers["authorization"] ?? ""] + fields).joined(separator: " ")
  }

  /// A form's body is written as a query is.
  private static func formItems(_ body: [UInt8]) -> [QueryItem] {
    HTTPRequest(method: .get, path: "/", query: String(decoding: body, as: UTF8.self)).queryItems
  }

  static func isForm(_ request: HTTPRequest) -> Bool {
    let type = request.headers["content-type"]?.split(separator: ";").first
    return type?.lowercased().trimmingPrefix(" ") == "application/x-www-form-urlencoded"
  }
}
