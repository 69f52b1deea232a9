import TestSupport
import Testing

/// What the limits of callers don't allow, and what they can't be used for.
@Suite struct CallerAbuseTests {
  @Test func `Who has stolen a session can't keep its owner from signing out`() async throws {
    try await withWorld {
      $0.environment.merge(["LIMIT_CHANGES": "3", "LIMIT_AT_ONCE": "2"]) { $1 }
    } _: { world in
      let (home, other) = (try await world.start(.serve), try await world.start(.serve))
      let owner = world.browser(at: home)
      for path in ["/auth/logout/", "/auth/logout/everywhere/"] {
        try await owner.signIn(as: "mira")
        let thief = world.browser(at: other)
        let stolen = try #require(owner.cookies["session"])
        thief.setCookie("session", stolen)
        for number in 0..<4 {
          #expect(try await thief.post("/spotify/sync/tracks/").status == (number < 3 ? 202 : 429))
        }
        let run = try await thief.newestID()
        let streams = try (0..<2).map { _ in
          try EventStream(
            on: world.reactor, port: other.port, path: "/spotify/sync/\(run)/events/", cookies: thief.cookies)
        }
        defer { for stream in streams { stream.close() } }
        for stream in streams {
          _ = try await stream.next()
          try #require(stream.status == 200)
        }
        #expect(try await owner.get("/api/me/").status == 429)
        #expect(try await owner.post("/spotify/sync/tracks/").status == 429)
        #expect(try await owner.post(path).status == 204, "\(path)")
        #expect(try await world.count("SELECT count(*) FROM session") == 0)
        owner.setCookie("session", nil)
        // What has ended signs out once more, and its address pays.
        guard path == "/auth/logout/everywhere/" else { continue }
        let dead = world.browser(at: home)
        var statuses: [Int] = []
        for _ in 0..<6 {
          dead.setCookie("session", stolen)
          statuses.append(try await dead.post("/auth/logout/").status)
        }
        #expect(statuses == [204, 204, 204, 429, 429, 429])
      }
    }
  }
}
