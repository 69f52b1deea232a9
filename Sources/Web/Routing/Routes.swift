import Domain
import HTTPServer

/// Every path of the service: who may call it, and what answers.
///
/// - `anyone`: needs no session. `/api/artists/` and what lies below is the same for everybody.
/// - `user`: the endpoint asks for the session (``Call/user()``) before it does anything; without one: 401.
enum Routes {
  static let table: Router<Handler> = {
    var routes = Router<Handler>()

    // Anyone.
    routes.add(.get, "/", HomeEndpoint.show)
    routes.add(.get, "/spotify/auth/", ConnectEndpoints.begin)
    routes.add(.get, "/spotify/get-auth-url/", ConnectEndpoints.authorizeURL)
    routes.add(.get, "/spotify/callback/", ConnectEndpoints.finish)
    routes.add(.get, "/auth/callback/", ConnectEndpoints.finish)
    routes.add(.get, "/spotify/is-authenticated/", ConnectEndpoints.isAuthenticated)
    routes.add(.get, "/api/artists/", CatalogueEndpoints.releases)
    routes.add(.get, "/api/artists/{artist}/", CatalogueEndpoints.artist)
    routes.add(.get, "/api/artist/{artist}/", CatalogueEndpoints.artist)

    // User: the connection.
    routes.add(.post, "/spotify/refresh/", ConnectEndpoints.refresh)
    routes.add(.post, "/spotify/disconnect/", ConnectEndpoints.disconnect)
    routes.add(.post, "/auth/logout/", ConnectEndpoints.signOut)
    routes.add(.get, "/spotify/player/", PlayerEndpoints.show)
    routes.add(.put, "/spotify/player/play/", PlayerEndpoints.tell(.play))
    routes.add(.put, "/spotify/player/pause/", PlayerEndpoints.tell(.pause))
    routes.add(.post, "/spotify/player/next/", PlayerEndpoints.tell(.next))

    // User: runs.
    routes.add(.post, "/spotify/sync/", SyncEndpoints.requestAll)
    for kind in SyncKind.allCases {
      routes.add(.post, "/spotify/sync/\(kind.rawValue)/", SyncEndpoints.request(kind))
    }
    routes.add(.get, "/spotify/sync/", SyncEndpoints.list)
    routes.add(.get, "/spotify/sync/{id}/", SyncEndpoints.show)
    routes.add(.delete, "/spotify/sync/{id}/", SyncEndpoints.cancel)
    routes.add(.get, "/spotify/sync/{id}/events/", RunEvents.follow)

    // User: the local copy.
    routes.add(.get, "/api/me/", LibraryEndpoints.profile)
    routes.add(.delete, "/api/me/", NotBuilt.user("erasing an account"))
    routes.add(.get, "/api/me/tracks/", LibraryEndpoints.tracks)
    routes.add(.get, "/api/me/artists/", FollowEndpoints.artists)
    routes.add(.get, "/api/me/playlists/", PlaylistEndpoints.list)
    routes.add(.get, "/api/me/playlists/{id}/", PlaylistEndpoints.show)
    routes.add(.get, "/api/me/playlists/{id}/items/", PlaylistEndpoints.items)
    routes.add(.get, "/api/me/releases/", FollowEndpoints.releases)
    routes.add(.get, "/api/me/history/", NotBuilt.user("the history"))
    routes.add(.get, "/api/me/export/", NotBuilt.user("the export"))
    routes.add(.get, "/api/me/sessions/", NotBuilt.user("the list of sessions"))
    routes.add(.delete, "/api/me/sessions/", NotBuilt.user("the list of sessions"))
    routes.add(.delete, "/api/me/sessions/{id}/", NotBuilt.user("the list of sessions"))
    routes.add(.get, "/api/me/tokens/", NotBuilt.user("making API tokens"))
    routes.add(.post, "/api/me/tokens/", NotBuilt.user("making API tokens"))
    routes.add(.delete, "/api/me/tokens/{id}/", NotBuilt.user("making API tokens"))
    routes.add(.get, "/api/search/", SearchEndpoint.find)

    // User: the pages, beside the one at `/`.
    routes.add(.get, "/playlists/", LibraryPages.playlists)
    routes.add(.get, "/playlists/{id}/", LibraryPages.playlist)
    routes.add(.get, "/artists/", LibraryPages.artists)

    // Operating, and what belongs to the pages.
    addHealth(to: &routes)
    routes.add(.get, "/openapi.json", NotBuilt.anyone("the OpenAPI document"))
    routes.add(.get, "/docs", NotBuilt.anyone("the OpenAPI document"))
    routes.add(.get, "/assets/{name}", Assets.show)
    routes.add(.get, "/favicon.ico", Assets.icon)
    routes.add(.get, "/robots.txt", Assets.robots)
    return routes
  }()

  /// What the operations address answers.
  static let operations: Router<Handler> = {
    var routes = Router<Handler>()
    addHealth(to: &routes)
    routes.add(.get, "/quota", QuotaEndpoint.show)
    return routes
  }()

  private static func addHealth(to routes: inout Router<Handler>) {
    routes.add(.get, "/healthz", HealthEndpoints.healthz)
    routes.add(.get, "/readyz", HealthEndpoints.readyz)
  }
}

/// Paths of the contract that this version doesn't serve: 501, so that nobody takes them for a mistyped one.
enum NotBuilt {
  static func anyone(_ what: String) -> Handler {
    { _ in throw Problem.notImplemented(what) }
  }

  static func user(_ what: String) -> Handler {
    { call in
      _ = try await call.user()
      throw Problem.notImplemented(what)
    }
  }
}
