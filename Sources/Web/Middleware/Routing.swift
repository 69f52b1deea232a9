import HTTPServer

/// Finds a call's route, and hands it on if it has the credential that the route needs and a body that it takes. Knows
/// what every path answers to `OPTIONS`, and to a method it doesn't have.
func routing(_ table: RouteTable, _ next: @escaping Handler) -> Handler {
  { call in
    let request = call.request
    switch table.match(request.method, request.path) {
    case .found(let route, let parameters):
      var call = call
      call.route = route
      call.request.pathParameters = parameters
      if route.access != .anyone { call.credential = Credential(request, call.edge.cookies) }
      if route.access.needsUser { _ = try call.caller() }
      try route.body.check(request)
      return try await next(call)
    case .methodNotAllowed(let methods):
      let allow = (methods + [.options]).map(\.rawValue).joined(separator: ", ")
      guard request.method == .options else {
        throw Problem(
          405, "method_not_allowed", "\(request.method.rawValue) is not for this path; it takes \(allow)",
          headers: ["allow": allow])
      }
      return options(allow)
    case .notFound:
      guard request.method == .options, request.path == "*" else { throw Problem.notFound }
      return options(HTTPMethod.allCases.map(\.rawValue).joined(separator: ", "))
    }
  }
}

private func options(_ allow: String) -> HTTPResponse {
  var response = Answer.empty()
  response.headers.append("allow", allow)
  return response
}

/// The end of a call's way.
let handling: Handler = { call in try await call.route.handler(call) }
