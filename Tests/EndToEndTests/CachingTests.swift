import TestSupport
import Testing

/// What concerns a person is kept by nobody but the programs that they gave a token.
@Suite struct CachingTests {
  @Test func `No personal answer may be kept, by a browser or by others`() async throws {
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
      let script = ["Authorization": "Bearer \(try await mira.token("a script"))"]
      var (validated, kept) = (0, 0)
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
        // A program has no disk that somebody else looks through; it may ask whether its copy still holds.
        let told = try await world.browser(at: service).get(path, script)
        guard told.status == 200, let tag = told.header("etag") else {
          expectPrivate(told, "\(path), a program")
          continue
        }
        #expect(told.header("cache-control") == "private, no-cache", "\(path), a program")
        kept += 1
        #expect(answer.header("etag") != nil, "\(path)")
        let again = try await world.browser(at: service).get(
          path, script.merging(["If-None-Match": tag]) { $1 })
        #expect(again.header("cache-control") == "private, no-cache", "\(path), a program, asked again")
      }
      #expect(validated > 0 && kept > 5)
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
      directives == "no-store", "\(what): \(answer.status), \(directives)", sourceLocation: sourceLocation)
  }
}
