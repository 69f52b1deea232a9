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

  @Test(arguments: ["/api/me/", "/spotify/is-authenticated/"])
  func `What has ended is charged to the address, as if it had been invented`(_ path: String) async throws {
    try await withWorld {
      $0.environment["LIMIT_READS"] = "20"
    } _: { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      var scripts: [[String: String]] = []
      for number in 0..<2 {
        scripts.append(["Authorization": "Bearer \(try await mira.token("script \(number)"))"])
      }
      let phone = world.browser(at: service)
      try await phone.signIn(as: "mira")
      scripts.append(["Cookie": "session=\(try #require(phone.cookies["session"]))"])
      let stranger = world.browser(at: service)
      for script in scripts { #expect(try await stranger.get(path, script).status == 200) }
      _ = try await world.rows("DELETE FROM api_token")
      _ = try await mira.send("DELETE", "/api/me/sessions/")
      // Not one of them comes near its own limit.
      var refused = 0
      for script in scripts {
        for _ in 0..<15 {
          let answer = try await stranger.get(path, script)
          if answer.status == 429 { refused += 1 }
          #expect(answer.status == 429 || answer.status == (path == "/api/me/" ? 401 : 200))
        }
      }
      // One each was still thought to be alive.
      #expect(refused >= 45 - 20 - scripts.count, "\(refused)")
      #expect(try await mira.get("/api/me/").status == 200)
    }
  }

  @Test func `A Redis that is slow holds a request up once, not for each of its questions`() async throws {
    try await withWorld { world in
      let proxy = try world.redisProxy()
      let service = try await world.start(.serve, ["REDIS_URL": world.redisURL(through: proxy)])
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      // There and back: every answer comes in time, and the second is too late for the request.
      proxy.delay = .milliseconds(225)
      #expect(try await mira.get("/api/me/").status == 200)
      try await service.process.wait(for: "callers' limits are this process' own")
      proxy.stop()
    }
  }

  @Test func `At its end a process waits for a slow Redis to take its places back`() async throws {
    try await withWorld {
      $0.environment["LIMIT_LEASE_SECONDS"] = "120"
    } _: { world in
      let proxy = try world.redisProxy()
      let service = try await world.start(.serve, ["REDIS_URL": world.redisURL(through: proxy)])
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      #expect(try await mira.get("/api/me/").status == 200)
      let held = try await world.redis("KEYS", world.key("places:*")).elements
      #expect(held?.isEmpty == false)
      // What is on its way when nobody waits any more comes too late.
      proxy.delay = .milliseconds(800)
      #expect(await service.process.terminate() == 0)
      #expect(try await world.redis("KEYS", world.key("places:*")).elements?.isEmpty == true)
      proxy.stop()
    }
  }
}
