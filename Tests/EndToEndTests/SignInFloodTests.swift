import TestSupport
import Testing

/// What strangers begin lies in Redis for ten minutes, beside what everybody needs: there is a bound to it.
@Suite struct SignInFloodTests {
  private func withProxied(_ signIns: Int, _ body: @escaping @Sendable (World) async throws -> Void)
    async throws
  {
    try await withWorld {
      $0.environment.merge(["LIMIT_SIGN_INS": "\(signIns)", "TRUSTED_PROXIES": "127.0.0.1"]) { $1 }
    } _: { world in
      try await body(world)
    }
  }

  @Test func `The many networks of one owner reach a bound, on all instances together`() async throws {
    try await withProxied(2) { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      func begin(_ number: Int, from address: String) async throws -> Browser.Answer {
        try await world.browser(at: services[number % 2]).get(
          "/spotify/auth/", ["X-Forwarded-For": address, "Accept": "application/json"])
      }
      for network in 0..<16 {
        for number in 0..<3 {
          let answer = try await begin(number, from: "2001:db8:1:\(network)::\(number)")
          #expect(answer.status == (number < 2 ? 200 : 429), "\(network) \(number)")
        }
      }
      for number in 0..<4 {
        let refused = try await begin(number, from: "2001:db8:1:a\(number)::1")
        #expect(refused.status == 429 && refused.code == "rate_limited")
        #expect(refused.header("retry-after").flatMap { Int($0) }.map { (1...62).contains($0) } == true)
      }
      // The next owner, and one with an old address.
      #expect(try await begin(0, from: "2001:db8:2:1::1").status == 200)
      #expect(try await begin(1, from: "203.0.113.9").status == 200)
    }
  }

  @Test func `So do all strangers together: then it is nobody's fault, and said once`() async throws {
    try await withProxied(1) { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      @Sendable func begin(_ number: Int, from address: String) async throws -> Browser.Answer {
        try await world.browser(at: services[number % 2]).get(
          "/spotify/auth/", ["X-Forwarded-For": address, "Accept": "application/json"])
      }
      let mira = world.browser(at: services[0])
      let callback = try await mira.agree(as: "mira")
      let statuses = try await atOnce(110) { try await begin($0, from: "203.0.113.\($0)").status }
      #expect(statuses.count { $0 == 200 } == 99 && statuses.count { $0 == 503 } == 11, "\(statuses)")
      for number in 0..<4 {
        let refused = try await begin(number, from: "198.51.100.\(number)")
        #expect(refused.status == 503 && refused.code == "too_many_sign_ins")
        #expect(refused.header("retry-after").flatMap { Int($0) }.map { (1...62).contains($0) } == true)
      }
      // Who has begun may finish, and who is signed in may connect again.
      #expect(try await mira.get(callback).status == 302)
      #expect(try await mira.get("/api/me/").status == 200)
      let again = ["X-Forwarded-For": "198.51.100.9", "Accept": "application/json"]
      #expect(try await mira.at(services[1].base).get("/spotify/auth/", again).status == 200)
      for service in services {
        #expect(await service.process.terminate() == 0)
        let lines = service.process.errors.split(separator: "\n")
        #expect(lines.count { $0.contains("too many sign-ins are being begun") } == 1)
        #expect(!service.process.errors.contains("a request could not be served"))
      }
    }
  }

  @Test func `A sign-in that is under way takes little room in Redis, wherever it will end`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      for filler in ["/", "\"", "a", "é"] {
        let browser = world.browser(at: service)
        let next = "/a" + String(repeating: filler, count: 510 / filler.utf8.count)
        #expect(next.utf8.count == 512)
        let path = "/spotify/auth/?next=\(Browser.escape(next))"
        let callback = try await browser.agree(as: "mira", beginningAt: path)
        let state = try #require(Browser.parameter("state", of: callback))
        let size = try await world.redis("MEMORY", "USAGE", world.key("sign-in:\(state)")).int
        #expect(try #require(size) < 1_536, "\(filler)")
        let answer = try await browser.get(callback)
        #expect(answer.status == 302)
        if filler == "/" { #expect(answer.header("location") == next) }
        #expect(try await browser.get(path + "a").code == "invalid_parameter")
      }
    }
  }
}
