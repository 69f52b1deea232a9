import TestSupport
import Testing

@testable import Web

/// A call of a route of the program's own table, its places filled.
struct RouteCall: Sendable, CustomStringConvertible {
  let route: Route
  let path: String
  /// Of the type that the route takes, where it needs some.
  let body: String?

  var method: String { route.method.rawValue }
  var description: String { "\(method) \(route.path)" }
}

/// What stands in the places of the routes' paths: the ids of something of somebody's.
struct RouteIDs: Sendable {
  var run: String
  var playlist: String
  var session: String
  var token: String
  var state = String(repeating: "A", count: 43)

  /// Well-formed, and nobody's ever.
  static let nobodys = RouteIDs(
    run: "01997f00-0000-7000-8000-000000000000", playlist: "0000000000000000000000",
    session: "01997f00-0000-7000-8000-000000000001", token: "01997f00-0000-7000-8000-000000000002")
}

/// Every route there is, so that none is forgotten: one whose places nobody has said how to fill fails the test.
enum EveryRoute {
  static let routes = Routes.table.all
  static let operations = Routes.operations.all

  static func calls(
    _ ids: RouteIDs, sourceLocation: SourceLocation = #_sourceLocation
  ) -> [RouteCall] {
    routes.compactMap { route in
      guard let path = path(of: route, ids) else {
        Issue.record("say how to fill \(route.method.rawValue) \(route.path)", sourceLocation: sourceLocation)
        return nil
      }
      return RouteCall(route: route, path: path, body: bodies["\(route.method.rawValue) \(route.path)"])
    }
  }

  /// Nil when nobody has said what belongs there.
  private static func path(of route: Route, _ ids: RouteIDs) -> String? {
    switch route.path {
    case "/spotify/sync/{id}/", "/spotify/sync/{id}/events/": fill(route.path, ids.run)
    case "/api/me/playlists/{id}/", "/api/me/playlists/{id}/items/", "/playlists/{id}/":
      fill(route.path, ids.playlist)
    case "/api/me/sessions/{id}/", "/account/sessions/{id}/end/": fill(route.path, ids.session)
    case "/api/me/tokens/{id}/", "/account/tokens/{id}/revoke/": fill(route.path, ids.token)
    case "/api/artists/{artist}/", "/api/artist/{artist}/": fill(route.path, "nobody")
    case "/assets/{name}": fill(route.path, "app.css")
    case "/spotify/callback/", "/auth/callback/": route.path + "?code=AQx&state=\(ids.state)"
    case "/api/search/": route.path + "?type=track&q=a"
    case let path where path.contains("{"): nil
    case let path: path
    }
  }

  private static let bodies = [
    "POST /api/me/tokens/": #"{"name":"a script","scopes":["read"]}"#,
    "POST /account/tokens/": "name=a+script&scope=read",
  ]

  private static func fill(_ path: String, _ value: String) -> String {
    path.replacing(/\{[^}]*\}/, with: Browser.escape(value))
  }
}

extension Browser {
  func send(_ call: RouteCall, _ headers: [String: String] = [:]) async throws -> Answer {
    guard let body = call.body else { return try await send(call.method, call.path, headers) }
    return try await send(
      call.method, call.path, headers.merging(["Content-Type": call.route.body.rawValue]) { $1 },
      body: Array(body.utf8))
  }
}
