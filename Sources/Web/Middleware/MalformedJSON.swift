import JSON

/// Refuses a body that says it is JSON and isn't. An empty body says nothing and needs no type.
func refusingMalformedJSON(_ next: @escaping Handler) -> Handler {
  { call in
    if !call.request.body.isEmpty, BodyType.announcesJSON(call.request),
      !JSONReader.isValid(call.request.body)
    {
      throw Problem(400, "malformed_json", "the body is not JSON, although its Content-Type says so")
    }
    return try await next(call)
  }
}
