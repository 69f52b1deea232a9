import Domain
import HTTPServer

/// Every path of the service: who may call it (``Access``), and what answers.
///
/// `/api/artists/` and what lies below is the same for everybody.
enum Routes {
  static let table: RouteTable = {
    var routes = RouteTable()

    // Signing in, and what anyone may read.
    routes.add(.get, "/", for: .visitor, HomeEndpoint.show)
    routes.add(.get, "/spotify/auth/", for: .signIn(.begin), ConnectEndpoints.begin)
    routes.add(.get, "/spotify/get-auth-url/", for: .signIn(.begin), ConnectEndpoints.authorizeURL)
    routes.add(.get, "/spotify/callback/", for: .signIn(.finish), ConnectEndpoints.finish)
    routes.add(.get, "/auth/callback/", for: .signIn(.finish), ConnectEndpoints.finish)
    routes.add(.get, "/spotify/is-authenticated/", for: .visitor, ConnectEndpoints.isAuthenticated)
    routes.add(.get, "/api/artists/", for: .anyone, CatalogueEndpoints.releases)
    routes.add(.get, "/api/artists/{artist}/", for: .anyone, CatalogueEndpoints.artist)
    routes.add(.get, "/api/artist/{artist}/", for: .anyone, CatalogueEndpoints.artist)

    // The connection.
    routes.add(.post, "/spotify/refresh/", for: .user(.sync), ConnectEndpoints.refresh)
    routes.add(.post, "/spotify/disconnect/", for: .session, EraseEndpoints.disconnect)
    routes.add(.post, "/auth/logout/", for: .session, charging: .stranger, SessionEndpoints.signOut)
    routes.add(
      .post, "/auth/logout/everywhere/", for: .session, charging: .stranger,
      SessionEndpoints.signOutEverywhere)
    routes.add(.get, "/spotify/player/", for: .session, PlayerEndpoints.show)
    routes.add(.put, "/spotify/player/play/", for: .session, PlayerEndpoints.tell(.play))
    routes.add(.put, "/spotify/player/pause/", for: .session, PlayerEndpoints.tell(.pause))
    routes.add(.post, "/spotify/player/next/", for: .session, PlayerEndpoints.tell(.next))

    // Runs.
    routes.add(.post, "/spotify/sync/", for: .user(.sync), SyncEndpoints.requestAll)
    for kind in SyncKind.allCases {
      routes.add(.post, "/spotify/sync/\(kind.rawValue)/", for: .user(.sync), SyncEndpoints.request(kind))
    }
    routes.add(.get, "/spotify/sync/", for: .user(.read), SyncEndpoints.list)
    routes.add(.get, "/spotify/sync/{id}/", for: .user(.read), SyncEndpoints.show)
    routes.add(.delete, "/spotify/sync/{id}/", for: .user(.sync), SyncEndpoints.cancel)
    routes.add(.get, "/spotify/sync/{id}/events/", for: .user(.read), RunEvents.follow)

    // The local copy.
    routes.add(.get, "/api/me/", for: .user(.read), LibraryEndpoints.profile)
    routes.add(.delete, "/api/me/", for: .session, EraseEndpoints.deleteAccount)
    routes.add(.get, "/api/me/tracks/", for: .user(.read), LibraryEndpoints.tracks)
    routes.add(.get, "/api/me/artists/", for: .user(.read), FollowEndpoints.artists)
    routes.add(.get, "/api/me/playlists/", for: .user(.read), PlaylistEndpoints.list)
    routes.add(.get, "/api/me/playlists/{id}/", for: .user(.read), PlaylistEndpoints.show)
    routes.add(.get, "/api/me/playlists/{id}/items/", for: .user(.read), PlaylistEndpoints.items)
    routes.add(.get, "/api/me/releases/", for: .user(.read), FollowEndpoints.releases)
    routes.add(.get, "/api/me/history/", for: .user(.read), NotBuilt.answer("the history"))
    routes.add(.get, "/api/me/export/", for: .user(.read), NotBuilt.answer("the export"))
    routes.add(.get, "/api/me/sessions/", for: .session, SessionEndpoints.list)
    routes.add(.delete, "/api/me/sessions/", for: .session, SessionEndpoints.endOthers)
    routes.add(.delete, "/api/me/sessions/{id}/", for: .session, SessionEndpoints.end)
    routes.add(.get, "/api/me/tokens/", for: .session, TokenEndpoints.list)
    routes.add(.post, "/api/me/tokens/", for: .session, TokenEndpoints.create)
    routes.add(.delete, "/api/me/tokens/{id}/", for: .session, TokenEndpoints.revoke)
    routes.add(.get, "/api/search/", for: .user(.read), SearchEndpoint.find)

    // The pages, beside the one at `/`.
    routes.add(.get, "/playlists/", for: .session, LibraryPages.playlists)
    routes.add(.get, "/playlists/{id}/", for: .session, LibraryPages.playlist)
    routes.add(.get, "/artists/", for: .session, LibraryPages.artists)
    routes.add(.get, "/account/", for: .session, AccountPages.show)
    routes.add(
      .post, "/account/sessions/end-others/", for: .session, taking: .form, AccountPages.endOtherSessions)
    routes.add(.post, "/account/sessions/{id}/end/", for: .session, taking: .form, AccountPages.endSession)
    // For who loads the page again that showed a new token.
    routes.add(.get, "/account/tokens/", for: .session, AccountPages.show)
    routes.add(.post, "/account/tokens/", for: .session, taking: .form, AccountPages.makeToken)
    routes.add(.post, "/account/tokens/{id}/revoke/", for: .session, taking: .form, AccountPages.revokeToken)
    routes.add(.post, "/account/delete/", for: .session, EraseEndpoints.deleteByForm)

    // Operating, and what belongs to the pages.
    addHealth(to: &routes)
    routes.add(.get, "/openapi.json", for: .anyone, NotBuilt.answer("the OpenAPI document"))
    routes.add(.get, "/docs", for: .anyone, NotBuilt.answer("the OpenAPI document"))
    routes.add(.get, "/assets/{name}", for: .anyone, Assets.show)
    routes.add(.get, "/favicon.ico", for: .anyone, Assets.icon)
    routes.add(.get, "/robots.txt", for: .anyone, Assets.robots)
    return routes
  }()

  /// What the operations address answers.
  static let operations: RouteTable = {
    var routes = RouteTable()
    addHealth(to: &routes)
    routes.add(.get, "/quota", for: .anyone, QuotaEndpoint.show)
    return routes
  }()

  private static func addHealth(to routes: inout RouteTable) {
    routes.add(.get, "/healthz", for: .anyone, HealthEndpoints.healthz)
    routes.add(.get, "/readyz", for: .anyone, HealthEndpoints.readyz)
  }
}

/// Paths of the contract that this version doesn't serve: 501, so that nobody takes them for a mistyped one.
enum NotBuilt {
  static func answer(_ what: String) -> Handler {
    { call in
      // Not one `throw` behind an `if`: Swift 6.3.1 crashes when it optimizes that.
      guard call.route.access.needsUser else { throw Problem.notImplemented(what) }
      _ = try await call.user()
      throw Problem.notImplemented(what)
    }
  }
}
