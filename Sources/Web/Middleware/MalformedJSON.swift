import HTTPServer

/// Refuses a body that says it is JSON and isn't. An empty body says nothing and needs no type.
func refusingMalformedJSON(_ next: @escaping Handler) -> Handler {
  { call in
    if !call.request.body.isEmpty, JSONBody.isAnnounced(by: call.request),
      !JSONSyntax.isValid(call.request.body)
    {
      throw Problem(400, "malformed_json", "the body is not JSON, although its Content-Type says so")
    }
    return try await next(call)
  }
}

enum JSONBody {
  static func isAnnounced(by request: HTTPRequest) -> Bool {
    guard let field = request.headers["content-type"] else { return false }
    let type = String(field.prefix { $0 != ";" }).trimmed.lowercased()
    return type == "application/json" || type.hasSuffix("+json")
  }
}
