import TestSupport
import Testing

/// Nobody but the person's own browser keeps what concerns a person.
@Suite struct CachingTests {
  @Test func `No personal answer may be kept by others`() async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] =
        "user-library-read user-follow-read playlist-read-private user-read-playback-state"
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let run = try await mira.newestID()
      for kind in ["tracks", "playlists", "following"] { _ = try await mira.newestRun(kind, in: world) }
      let playlist = try #require(
        try await mira.get("/api/me/playlists/").json["items"][0]["spotify_id"].string)
      let data = [
        "/", "/api/me/", "/api/me/tracks/", "/api/me/artists/", "/api/me/releases/", "/api/me/playlists/",
        "/api/me/playlists/\(playlist)/", "/api/me/playlists/\(playlist)/items/", "/spotify/sync/",
        "/spotify/sync/\(run)/", "/spotify/is-authenticated/", "/spotify/player/",
        "/api/search/?q=rain&type=track", "/spotify/get-auth-url/",
      ]
      var validated = 0
      for path in data {
        let answer = try await mira.get(path)
        #expect(answer.status == 200 || answer.status == 204, "\(path): \(answer.text)")
        expectPrivate(answer, path)
        if let tag = answer.header("etag") {
          let again = try await mira.get(path, ["If-None-Match": tag])
          // 200 when a run has changed it meanwhile.
          validated += again.status == 304 ? 1 : 0
          expectPrivate(again, "\(path), asked again")
        }
        expectPrivate(try await mira.send("HEAD", path), "HEAD \(path)")
        expectPrivate(try await world.browser(at: service).get(path), "\(path), a stranger")
      }
      #expect(validated > 0)
      expectPrivate(try await mira.send("HEAD", "/spotify/sync/\(run)/events/"), "the events")
      expectPrivate(try await mira.get("/spotify/auth/"), "the redirect to Spotify")
      expectPrivate(try await mira.get("/spotify/callback/?state=x&code=y"), "the way back")
      for path in ["/spotify/refresh/", "/spotify/sync/tracks/", "/auth/logout/"] {
        expectPrivate(try await mira.post(path), "POST \(path)")
      }
      // What everybody gets may be kept, so the check tells the two apart.
      let artists = try await mira.get("/api/artists/")
      #expect(artists.header("cache-control")?.contains("public") == true)
    }
  }

  private func expectPrivate(
    _ answer: Browser.Answer, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let directives = answer.header("cache-control") ?? "none"
    #expect(
      ["no-store", "private, no-cache"].contains(directives), "\(what): \(answer.status), \(directives)",
      sourceLocation: sourceLocation)
  }
}
