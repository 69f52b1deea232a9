import HTTPServer

/// A request that found its endpoint.
struct Call: Sendable {
  let endpoint: Endpoint
  let group: EndpointGroup?
  let parameters: [String: String]
  let query: [(name: String, value: String)]
  /// The fields of a form, when that is what the body is.
  let form: [(name: String, value: String)]
  let request: HTTPRequest
  /// `http://` and the `Host` that was asked.
  let origin: String

  init(_ request: HTTPRequest, _ endpoint: Endpoint, _ parameters: [String: String], fallbackOrigin: String) {
    self.request = request
    self.endpoint = endpoint
    self.parameters = parameters
    group = endpoint.group
    query = request.query.map(FormEncoding.decode) ?? []
    form = Call.isForm(request) ? FormEncoding.decode(String(decoding: request.body, as: UTF8.self)) : []
    origin = request.headers["host"].map { "http://\($0)" } ?? fallbackOrigin
  }

  func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
  func form(_ name: String) -> String? { form.first { $0.name == name }?.value }

  var bearer: Substring? {
    guard let value = request.headers["authorization"], value.lowercased().hasPrefix("bearer ") else { return nil }
    return value.dropFirst("bearer ".count)
  }

  static func isForm(_ request: HTTPRequest) -> Bool {
    let type = request.headers["content-type"]?.split(separator: ";").first
    return type?.lowercased().trimmingPrefix(" ") == "application/x-www-form-urlencoded"
  }
}
