import HTTPServer

extension HTTPResponse {
  static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPResponse {
    HTTPResponse(status: status, headers: jsonHeaders, body: .bytes(bytes))
  }

  static func json(_ status: Int, _ body: (inout JSONWriter) -> Void) -> HTTPResponse {
    json(status, JSONWriter.object(body))
  }

  /// The Web API's envelope: `{"error":{"status":…,"message":"…"}}`.
  static func apiError(_ status: Int, _ message: String, reason: String? = nil) -> HTTPResponse {
    .json(status) { json in
      json.key("error")
      json.object {
        $0.field("status", status)
        $0.field("message", message)
        if let reason { $0.field("reason", reason) }
      }
    }
  }

  /// The token endpoint's flat form: `{"error":"…","error_description":"…"}`.
  static func tokenError(_ code: String, _ description: String) -> HTTPResponse {
    .json(400) {
      $0.field("error", code)
      $0.field("error_description", description)
    }
  }

  static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
  }

  static func html(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: [
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "cache-control": "no-store",
      ], body: .bytes(Array(text.utf8)))
  }

  static func redirect(_ location: String) -> HTTPResponse {
    HTTPResponse(status: 302, headers: ["location": location, "cache-control": "no-store"])
  }

  static let jsonHeaders: HTTPHeaders = [
    "content-type": "application/json; charset=utf-8", "cache-control": "private, max-age=0",
  ]
}

extension HTTPResponse.Body {
  /// The bytes of a body that is held as an array; what is shared or streamed has none to show.
  var copied: [UInt8] {
    if case .bytes(let bytes) = self { bytes } else { [] }
  }
}
