import HTTPServer

/// What a route takes as a body. An empty one says nothing and needs no type.
///
/// Pages of other sites can send forms and plain text without asking: neither is ever read as JSON.
enum BodyType: String, Sendable {
  case json = "application/json"
  case form = "application/x-www-form-urlencoded"

  /// - Throws: 415 for a body of another type, or without one, that would change something.
  func check(_ request: HTTPRequest) throws(Problem) {
    guard request.method.isUnsafe, !request.body.isEmpty else { return }
    let type = BodyType.announced(by: request)
    guard type == rawValue || (self == .json && BodyType.isJSON(type)) else {
      throw Problem(
        415, "unsupported_media_type", "the body must be \(rawValue), and its Content-Type has to say so",
        headers: ["accept": rawValue])
    }
  }

  static func announcesJSON(_ request: HTTPRequest) -> Bool { isJSON(announced(by: request)) }

  /// In lower case and without parameters; empty when nothing is said.
  private static func announced(by request: HTTPRequest) -> String {
    String((request.headers["content-type"] ?? "").prefix { $0 != ";" }).trimmed.lowercased()
  }

  private static func isJSON(_ type: String) -> Bool { type == json.rawValue || type.hasSuffix("+json") }
}
