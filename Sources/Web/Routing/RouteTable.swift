import HTTPServer

/// What answers a method on a path, and for whom.
package struct Route: Sendable {
  package let method: HTTPMethod
  /// Such as `/api/artists/{artist}/`.
  package let path: String
  package let access: Access
  let charge: Charge
  let body: BodyType
  let handler: Handler
}

/// The routes of an address: the list of all, and the way to the one that is asked for.
package struct RouteTable: Sendable {
  package private(set) var all: [Route] = []
  private var router = Router<Route>()

  mutating func add(
    _ method: HTTPMethod, _ path: String, for access: Access, charging charge: Charge = .caller,
    taking body: BodyType = .json, _ handler: @escaping Handler
  ) {
    let route = Route(
      method: method, path: path, access: access, charge: charge, body: body, handler: handler)
    all.append(route)
    router.add(method, path, route)
  }

  func match(_ method: HTTPMethod, _ path: String) -> Router<Route>.Match { router.match(method, path) }
}
