import SpotifySimulator
import TestSupport
import Testing

/// How much a caller may ask of all instances together.
@Suite struct CallerLimitTests {
  /// A world with these limits.
  private func withLimits(
    _ limits: [String: String], ownRedis: Bool = false,
    _ body: @escaping @Sendable (World) async throws -> Void
  ) async throws {
    try await withWorld {
      $0.environment.merge(limits) { $1 }
      if ownRedis { $0.ownRedis = [] }
    } _: { world in
      try await body(world)
    }
  }

  /// Checks that an answer is the refusal, and returns after how many seconds it asks to come again.
  @discardableResult
  private func refusal(_ answer: Browser.Answer, _ what: Comment = "") throws -> Int {
    try #require(answer.status == 429, what)
    #expect(answer.code == "rate_limited")
    let seconds = try #require(answer.header("retry-after").flatMap { Int($0) })
    #expect((1...62).contains(seconds))
    return seconds
  }

  @Test func `Sixty sign-ins a minute of an address pass, on whichever instance, and no more`() async throws {
    try await withLimits(["LIMIT_SIGN_INS": "60"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve, ["REACTORS": "2"])]
      let mira = world.browser(at: services[0])
      let statuses = try await atOnce(75) { number in
        let browser = world.browser(at: services[number % 2])
        return try await browser.get(number % 3 == 0 ? "/spotify/get-auth-url" : "/spotify/auth/").status
      }
      #expect(statuses.count { $0 == 200 || $0 == 302 } == 60, "\(statuses)")
      #expect(statuses.count { $0 == 429 } == 15)
      for service in services {
        let browser = world.browser(at: service)
        let refused = try await browser.get("/spotify/auth/", ["Accept": "application/json"])
        #expect(try refusal(refused) > 1)
        #expect(refused.json["detail"].string?.contains("60 sign-ins a minute") == true)
        let page = try await browser.get("/spotify/auth/", ["Accept": "text/html"])
        #expect(page.status == 429 && page.header("content-type")?.hasPrefix("text/html") == true)
        // Nobody but the connection itself says where it comes from.
        for number in 0..<3 {
          try refusal(try await browser.get("/spotify/auth/", ["X-Forwarded-For": "203.0.113.\(number)"]))
        }
      }
      // Who has been at Spotify's page may come back; that is counted by itself.
      let back = try await atOnce(61) { number in
        try await world.browser(at: services[number % 2]).get("/auth/callback/?state=x&code=y").status
      }
      #expect(back.count { $0 == 400 } == 60 && back.count { $0 == 429 } == 1)
      // What anybody may read goes on.
      #expect(try await mira.get("/healthz").status == 200)
      #expect(try await mira.get("/").status == 200)
      #expect(try await mira.get("/api/artists/?limit=1").status != 429)
    }
  }

  @Test func `What another site's page embeds uses up nobody's sign-ins`() async throws {
    try await withLimits(["LIMIT_SIGN_INS": "1"]) { world in
      let mira = world.browser(at: try await world.start(.serve))
      let callback = "/spotify/callback/?state=x&code=y"
      for site in ["cross-site", "same-site"] {
        for (mode, destination) in [("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")] {
          for path in ["/spotify/auth/", "/spotify/get-auth-url", callback] {
            let refused = try await mira.get(
              path, ["Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination])
            #expect(refused.status == 403 && refused.code == "cross_site", "\(site) \(mode) \(path)")
          }
        }
      }
      // What a browser fetches before anybody has followed a link, whosever page has it.
      for site in ["cross-site", "same-origin", "none"] {
        for purpose in ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"] {
          for path in ["/spotify/auth/", "/spotify/get-auth-url", callback] {
            let refused = try await mira.get(path, ["Sec-Fetch-Site": site, "Sec-Purpose": purpose])
            #expect(refused.status == 403 && refused.code == "cross_site", "\(site) \(purpose) \(path)")
          }
        }
      }
      // A link, and Spotify's way back.
      let followed = [
        "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
      ]
      #expect(try await mira.get("/spotify/auth/", followed).status == 302)
      #expect(try await mira.get(callback, followed).code == "state_invalid")
      try refusal(try await mira.get("/spotify/auth/", followed))
    }
  }

  @Test func `Behind a proxy that is trusted each address has its own, and a network of IPv6 has one`()
    async throws
  {
    try await withLimits(["LIMIT_SIGN_INS": "2", "TRUSTED_PROXIES": "127.0.0.1"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      func begin(_ number: Int, _ address: String) async throws -> Int {
        try await world.browser(at: services[number % 2]).get(
          "/spotify/auth/", ["X-Forwarded-For": address]
        ).status
      }
      for address in ["203.0.113.7", "203.0.113.8"] {
        for number in 0..<4 { #expect(try await begin(number, address) == (number < 2 ? 302 : 429)) }
        // What stands further left is the client's own invention.
        #expect(try await begin(0, "198.51.100.1, \(address)") == 429)
      }
      for number in 0..<4 {
        #expect(try await begin(number, "2001:db8:1:2::\(number)") == (number < 2 ? 302 : 429))
      }
      #expect(try await begin(0, "2001:db8:1:3::1") == 302)
    }
  }

  @Test func `Changing requests are limited by session, on all instances together`() async throws {
    try await withLimits(["LIMIT_CHANGES": "7"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve, ["REACTORS": "2"])]
      let (mira, phone, noor) = (
        world.browser(at: services[0]), world.browser(at: services[0]), world.browser(at: services[0])
      )
      try await mira.signIn(as: "mira")
      try await phone.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let statuses = try await atOnce(20) { number in
        try await mira.at(services[number % 2].base).post("/spotify/sync/tracks/").status
      }
      #expect(statuses.count { $0 == 202 } == 7 && statuses.count { $0 == 429 } == 13, "\(statuses)")
      for service in services {
        let refused = try await mira.at(service.base).post("/spotify/sync/tracks/")
        try refusal(refused)
        #expect(refused.json["detail"].string?.contains("7 changing requests a minute") == true)
        #expect(try await mira.at(service.base).get("/api/me/").status == 200, "reading is not changing")
        // Others at the same address, and the same person elsewhere.
        for other in [phone, noor] {
          #expect(try await other.at(service.base).post("/spotify/sync/tracks/").status == 202)
        }
      }
    }
  }

  @Test func `An API token has limits of its own, on all instances together`() async throws {
    try await withLimits(["LIMIT_CHANGES": "3"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let mira = world.browser(at: services[0])
      try await mira.signIn(as: "mira")
      let (script, invented) = (try await mira.token("a script"), "ck_" + String(repeating: "A", count: 43))
      func ask(_ number: Int, with token: String) async throws -> Browser.Answer {
        try await world.browser(at: services[number % 2]).send(
          "POST", "/spotify/sync/tracks/", ["Authorization": "Bearer \(token)"])
      }
      for number in 0..<6 {
        let answer = try await ask(number, with: script)
        #expect(answer.status == (number < 3 ? 202 : 429), "\(number): \(answer.text)")
      }
      try refusal(try await ask(0, with: script))
      // Invented ones pay with the address, and the person's own session with none of it.
      for number in 0..<4 {
        #expect(try await ask(number, with: invented).status == (number < 3 ? 401 : 429), "\(number)")
      }
      #expect(try await mira.post("/spotify/sync/tracks/").status == 202)
    }
  }

  @Test(arguments: [(limit: 30, lost: 0), (limit: 240, lost: 8)])
  func `Reading is never over its limit in sum, and hardly below it`(_ limit: Int, _ lost: Int) async throws {
    try await withLimits(["LIMIT_READS": "\(limit)"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve, ["REACTORS": "2"])]
      let (mira, noor) = (world.browser(at: services[0]), world.browser(at: services[0]))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      var passed = 0
      for _ in 0..<4 {
        let statuses = try await atOnce(limit / 2) { number in
          try await mira.at(services[number % 2].base).get("/api/me/tracks/?limit=1").status
        }
        #expect(statuses.allSatisfy { [200, 429].contains($0) }, "\(Set(statuses))")
        passed += statuses.count { $0 == 200 }
      }
      #expect(passed <= limit && passed >= limit - lost, "\(passed) of \(limit)")
      for service in services {
        let refused = try await mira.at(service.base).get("/api/me/tracks/")
        try refusal(refused)
        #expect(refused.json["detail"].string?.contains("\(limit) requests a minute") == true)
        #expect(try await mira.at(service.base).post("/spotify/sync/tracks/").status == 202)
        // The same address; nobody's reading is anybody else's.
        for _ in 0..<5 { #expect(try await noor.at(service.base).get("/api/me/").status == 200) }
      }
    }
  }

  @Test func `Sessions that somebody invents are charged to the address, and keep nobody out who is known`()
    async throws
  {
    try await withLimits(["LIMIT_READS": "40", "LIMIT_CHANGES": "12"]) { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let mira = world.browser(at: services[0])
      try await mira.signIn(as: "mira")
      for service in services { #expect(try await mira.at(service.base).get("/api/me/").status == 200) }
      @Sendable func invented(_ number: Int, _ method: String, _ path: String) async throws -> Int {
        let browser = world.browser(at: services[number % 2])
        browser.setCookie("session", "\(number + 1_000)" + String(repeating: "A", count: 39))
        return try await browser.send(method, path).status
      }
      let posted = try await atOnce(20) { try await invented($0, "POST", "/spotify/sync/tracks/") }
      #expect(posted.count { $0 == 401 } == 12 && posted.count { $0 == 429 } == 8, "\(posted)")
      let read = try await atOnce(40) {
        try await invented(100 + $0, "GET", $0 % 4 == 0 ? "/spotify/is-authenticated" : "/api/me/")
      }
      // Two look-ups were for mira, twenty for those who would have changed something.
      #expect(read.count { $0 == 429 } == 22, "\(read)")
      #expect(read.count { $0 == 401 || $0 == 200 } == 18)
      // Nothing is kept of what was invented, and nothing in Redis says who was there.
      let keys = try await world.redis("KEYS", world.key("*")).elements?.compactMap(\.text) ?? []
      let counts = keys.filter { $0.contains(":calls:") }
      #expect(
        Set(counts.map { $0.split(separator: ":").suffix(2).first }) == ["begin", "return", "read", "change"])
      #expect(counts.count == 6, "the address' four, mira's reading and all beginnings: \(counts)")
      #expect(!keys.contains { $0.contains("127.0.0.1") || $0.contains(mira.cookies["session"] ?? "-") })
      for key in keys where key.contains(":calls:") || key.contains(":places:") {
        #expect(try await world.redis("PTTL", key).int ?? -1 > 0, "\(key) never ends")
      }
      for service in services { #expect(try await mira.at(service.base).get("/api/me/").status == 200) }
    }
  }

  @Test func `Requests at the same time are limited, streams among them, and those of a killed instance end`()
    async throws
  {
    try await withLimits(["LIMIT_AT_ONCE": "4", "LIMIT_LEASE_SECONDS": "3"]) { world in
      let (home, other) = (try await world.start(.serve), try await world.start(.serve))
      let (mira, noor) = (world.browser(at: home), world.browser(at: home))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let run = try await mira.newestID()
      func follow(_ service: World.Service) async throws -> EventStream {
        let stream = try EventStream(
          on: world.reactor, port: service.port, path: "/spotify/sync/\(run)/events/", cookies: mira.cookies)
        _ = try await stream.next()
        try #require(stream.status == 200)
        return stream
      }
      var streams = [
        try await follow(home), try await follow(other), try await follow(home), try await follow(other),
      ]
      defer { for stream in streams { stream.close() } }
      for service in [home, other] {
        let refused = try await mira.at(service.base).get("/api/me/")
        try refusal(refused)
        #expect(refused.json["detail"].string?.contains("4 requests at the same time") == true)
        #expect(try await noor.at(service.base).get("/api/me/").status == 200)
        #expect(try await world.browser(at: service).get("/spotify/auth/").status == 302)
      }
      // Longer than the lease, which is renewed as long as they are open.
      let places = try #require(
        try await world.redis("KEYS", world.key("places:*")).elements?.compactMap(\.text).first)
      try await world.until("the lease is renewed") {
        let before = try await world.redis("HVALS", places)
        try await world.reactor.sleep(for: .milliseconds(200))
        return try await world.redis("HVALS", places) != before
      }
      try refusal(try await mira.get("/api/me/"))
      // One that ends makes room for one.
      streams.removeFirst().close()
      try await world.until("there is room again") { try await mira.get("/api/me/").status == 200 }
      streams.insert(try await follow(home), at: 0)
      try await world.until("nobody has more than is used") {
        try await mira.at(other.base).get("/api/me/").status == 429
      }
      await other.process.kill9()
      try await world.until("the dead instance's places are free") {
        try await mira.get("/api/me/").status == 200
      }
      streams.append(try await follow(home))
      streams.append(try await follow(home))
      try refusal(try await mira.get("/api/me/"))
      // Who ends in order gives everything back.
      #expect(await home.process.terminate() == 0)
      #expect(try await world.redis("KEYS", world.key("places:*")).elements?.isEmpty == true)
    }
  }

  @Test func `Who goes away keeps the place of a statement that may still run`() async throws {
    try await withLimits(["LIMIT_AT_ONCE": "1"]) { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      #expect(try await mira.get("/api/me/tracks/").status == 200)
      try await world.transaction { transaction in
        _ = try await transaction.query("LOCK TABLE saved_track IN ACCESS EXCLUSIVE MODE")
        let request = try EventStream(
          on: world.reactor, port: service.port, path: "/api/me/tracks/", cookies: mira.cookies)
        try await world.until("its statement waits") { try await world.waitingForLocks >= 1 }
        request.close()
        try await service.process.wait(for: "a request was cancelled")
        try refusal(try await mira.get("/spotify/sync/"))
      }
    }
  }

  @Test func `Wiped, Redis counts anew and keeps what is open`() async throws {
    try await withLimits(
      ["LIMIT_CHANGES": "2", "LIMIT_AT_ONCE": "2", "LIMIT_LEASE_SECONDS": "3"], ownRedis: true
    ) { world in
      let (home, other) = (try await world.start(.serve), try await world.start(.serve))
      let mira = world.browser(at: home)
      try await mira.signIn(as: "mira")
      for number in 0..<3 {
        #expect(try await mira.post("/spotify/sync/tracks/").status == (number < 2 ? 202 : 429))
      }
      let run = try await mira.newestID()
      let streams = try (0..<2).map { _ in
        try EventStream(
          on: world.reactor, port: home.port, path: "/spotify/sync/\(run)/events/", cookies: mira.cookies)
      }
      defer { for stream in streams { stream.close() } }
      for stream in streams {
        _ = try await stream.next()
        #expect(stream.status == 200)
      }
      try await world.until("the places of both are leased") {
        try await mira.at(other.base).get("/api/me/").status == 429
      }
      _ = try await world.redis("FLUSHALL")
      try await world.until("the places are leased again") {
        try await mira.at(other.base).get("/api/me/").status == 429
      }
      streams[0].close()
      try await world.until("counts begin anew") {
        try await mira.post("/spotify/sync/tracks/").status == 202
      }
      #expect(try await mira.post("/spotify/sync/tracks/").status == 202)
      try refusal(try await mira.post("/spotify/sync/tracks/"))
    }
  }

  @Test func `Without Redis each instance holds to the limits alone, and says so once`() async throws {
    try await withLimits(["LIMIT_CHANGES": "5", "LIMIT_READS": "30"], ownRedis: true) { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      for _ in 0..<2 { #expect(try await mira.post("/spotify/sync/tracks/").status == 202) }
      try await world.ownRedis.kill()
      let statuses = try await atOnce(8) { _ in try await mira.post("/spotify/sync/tracks/").status }
      #expect(statuses.count { $0 == 202 } == 3 && statuses.count { $0 == 429 } == 5, "\(statuses)")
      let read = try await atOnce(40) { _ in try await mira.get("/api/me/").status }
      #expect(read.count { $0 == 200 } == 30 && read.count { $0 == 429 } == 10, "\(read)")
      let lines = service.process.errors.split(separator: "\n")
      #expect(lines.count { $0.contains("callers' limits are this process' own") } == 1)
      try await world.ownRedis.restart()
      // Redis knows of two.
      try await world.until("all instances' limits are back") {
        try await mira.post("/spotify/sync/tracks/").status == 202
      }
      try await service.process.wait(for: "callers' limits are those of all instances again")
    }
  }

  @Test func `A Redis that hangs keeps nobody waiting for a count`() async throws {
    try await withLimits(["LIMIT_READS": "30"], ownRedis: true) { world in
      let service = try await world.start(.serve)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      #expect(try await mira.get("/api/me/").status == 200)
      try world.ownRedis.pause()
      // Noor is new here: her session, her place and her reading are all asked for.
      for browser in [mira, noor] {
        let statuses = try await atOnce(35) { _ in try await browser.get("/api/me/tracks/").status }
        #expect(Set(statuses) == [200, 429])
        #expect(statuses.count { $0 == 200 } <= 30)
      }
      #expect(service.process.errors.contains("callers' limits are this process' own"))
      try world.ownRedis.resume()
      try await service.process.wait(for: "callers' limits are those of all instances again")
    }
  }

  @Test func `Zero is no limit`() async throws {
    try await withLimits([
      "LIMIT_SIGN_INS": "0", "LIMIT_CHANGES": "0", "LIMIT_READS": "0", "LIMIT_AT_ONCE": "0",
    ]) { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let statuses = try await atOnce(120) { number in
        number % 3 == 0
          ? try await mira.post("/spotify/sync/tracks/").status
          : try await mira.get(number % 3 == 1 ? "/api/me/" : "/spotify/get-auth-url").status
      }
      #expect(Set(statuses) == [200, 202])
      let keys = try await world.redis("KEYS", world.key("*")).elements?.compactMap(\.text) ?? []
      #expect(!keys.contains { $0.contains(":calls:") || $0.contains(":places:") })
    }
  }
}
