import HTTPServer
import Testing

@testable import Web

@Suite("The route table")
struct RouteTests {
  /// Every call of the contract.
  private static let contract: [(HTTPMethod, String)] = [
    (.get, "/spotify/auth/"), (.get, "/spotify/get-auth-url"), (.get, "/spotify/callback/"),
    (.get, "/auth/callback/"), (.get, "/spotify/is-authenticated"), (.post, "/spotify/refresh/"),
    (.post, "/spotify/disconnect/"), (.post, "/auth/logout/"), (.get, "/api/me/sessions/"),
    (.delete, "/api/me/sessions/7/"), (.delete, "/api/me/sessions/"), (.get, "/api/me/tokens/"),
    (.post, "/api/me/tokens/"), (.delete, "/api/me/tokens/7/"), (.get, "/spotify/player/"),
    (.put, "/spotify/player/play/"), (.put, "/spotify/player/pause/"), (.post, "/spotify/player/next/"),
    (.post, "/spotify/sync/tracks/"), (.post, "/spotify/sync/playlists/"),
    (.post, "/spotify/sync/following/"), (.post, "/spotify/sync/releases/"), (.post, "/spotify/sync/"),
    (.get, "/spotify/sync/"), (.get, "/spotify/sync/7/"), (.get, "/spotify/sync/7/events/"),
    (.delete, "/spotify/sync/7/"), (.get, "/api/artists/"), (.get, "/api/artists/Bj%C3%B6rk/"),
    (.get, "/api/artist/Bj%C3%B6rk/"), (.get, "/api/search/"), (.get, "/api/me/"), (.delete, "/api/me/"),
    (.get, "/api/me/tracks/"), (.get, "/api/me/artists/"), (.get, "/api/me/playlists/"),
    (.get, "/api/me/playlists/7/"), (.get, "/api/me/playlists/7/items/"), (.get, "/api/me/releases/"),
    (.get, "/api/me/history/"), (.get, "/api/me/export"), (.get, "/healthz"), (.get, "/readyz"),
    (.get, "/openapi.json"), (.get, "/docs"), (.get, "/"), (.post, "/account/delete/"),
  ]

  @Test("every call of the contract has a route, with and without the trailing slash")
  func completeness() {
    for (method, path) in RouteTests.contract {
      let bare = path.hasSuffix("/") && path != "/" ? String(path.dropLast()) : path
      for variant in [bare, bare == "/" ? "/" : bare + "/"] {
        #expect(isFound(method, variant), "\(method.rawValue) \(variant)")
        if method == .get { #expect(isFound(.head, variant), "HEAD \(variant)") }
      }
    }
  }

  @Test("a path takes its own methods and names them")
  func methods() throws {
    guard case .methodNotAllowed(let allow) = Routes.table.match(.put, "/spotify/sync/7") else {
      Issue.record("PUT was taken for a run")
      return
    }
    #expect(allow == [.get, .head, .delete])
    guard case .methodNotAllowed(let allow) = Routes.table.match(.get, "/auth/logout/") else {
      Issue.record("a session ends by GET")
      return
    }
    #expect(allow == [.post])
  }

  @Test("nothing that changes something answers to GET")
  func safety() {
    for path in [
      "/spotify/disconnect", "/spotify/refresh", "/auth/logout", "/spotify/player/next", "/account/delete",
    ] {
      #expect(!isFound(.get, path), "\(path)")
    }
  }

  @Test("what happens at Spotify right now is for sessions: a token's scopes promise the local copy")
  func player() {
    let calls: [(HTTPMethod, String)] = [
      (.get, "/spotify/player/"), (.put, "/spotify/player/play/"), (.put, "/spotify/player/pause/"),
      (.post, "/spotify/player/next/"),
    ]
    for (method, path) in calls {
      guard case .found(let route, _) = Routes.table.match(method, path) else {
        Issue.record("no route for \(path)")
        continue
      }
      #expect(route.access == .session, "\(method.rawValue) \(path)")
    }
  }

  @Test("a parameter comes decoded, and may hold a slash")
  func parameters() {
    guard case .found(_, let parameters) = Routes.table.match(.get, "/api/artists/AC%2FDC/") else {
      Issue.record("no route")
      return
    }
    #expect(parameters == ["artist": "AC/DC"])
  }

  @Test("the operations address answers for its health and nothing else")
  func operations() {
    for (method, path) in RouteTests.contract {
      let isFound = if case .found = Routes.operations.match(method, path) { true } else { false }
      #expect(isFound == ["/healthz", "/readyz"].contains(path), "\(path)")
    }
  }

  private func isFound(_ method: HTTPMethod, _ path: String) -> Bool {
    if case .found = Routes.table.match(method, path) { true } else { false }
  }
}
