import SpotifySimulator
import TestSupport
import Testing

@Suite struct SignInTests {
  @Test func `A state that is unknown, used, over, or another browser's signs nobody in`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      func refused(_ answer: Browser.Answer, _ what: Comment) {
        #expect(answer.status == 400 && answer.code == "state_invalid", what)
        #expect(answer.header("set-cookie")?.contains("session=") != true, what)
      }
      let unknown = world.browser(at: service)
      _ = try await unknown.authorizePage()
      let made = String(repeating: "A", count: 43)
      for state in [made, "x", "%00", String(repeating: "A", count: 5_000)] {
        refused(
          try await unknown.get("/spotify/callback/?code=c&state=\(state)"), "unknown: \(state.prefix(50))")
      }
      refused(try await unknown.get("/spotify/callback/?code=c"), "no state")

      let twice = world.browser(at: service)
      let callback = try await twice.agree(as: "mira")
      #expect(try await twice.get(callback).status == 302)
      refused(try await twice.get(callback), "used")

      let late = world.browser(at: service)
      let lateCallback = try await late.agree(as: "mira")
      let state = try #require(Browser.parameter("state", of: lateCallback))
      let lifetime = try #require(try await world.redis("TTL", world.key("sign-in:\(state)")).int)
      #expect((590...600).contains(lifetime))
      _ = try await world.redis("DEL", world.key("sign-in:\(state)"))
      refused(try await late.get(lateCallback), "over")

      let victim = world.browser(at: service)
      let stolen = try await victim.agree(as: "mira")
      let thief = world.browser(at: service)
      _ = try await thief.authorizePage()
      refused(try await thief.get(stolen), "another browser's")
      refused(try await world.browser(at: service).get(stolen), "a browser's without a cookie")
      refused(try await victim.get(stolen), "tried by another before")
      #expect(try await world.count("SELECT count(*) FROM session") == 1)
    }
  }

  @Test func `Two tabs of a browser may sign in at once`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let first = try await browser.agree(as: "mira")
      let second = try await browser.agree(as: "mira")
      #expect(try await browser.get(first).status == 302)
      #expect(try await browser.get(second).status == 302)
    }
  }

  @Test func `Who says no is told so, and nothing is stored`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let state = try #require(Browser.parameter("state", of: try await browser.authorizePage()))
      let answer = try await browser.get("/spotify/callback/?error=access_denied&state=\(state)")
      #expect(answer.status == 403 && answer.code == "access_denied")
      #expect(try await world.storedRows == 0)
    }
  }

  @Test func `A signed-in person who comes back as someone else stays who they are`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      try await browser.signIn(as: "mira")
      let answer = try await browser.get(try await browser.agree(as: "noor"))
      #expect(answer.status == 409 && answer.code == "other_account")
      #expect(try await browser.get("/api/me/").json["spotify_user_id"].string == "mira")
      #expect(try await world.count("SELECT count(*) FROM user_account") == 1)
      // The same account again is a new connection.
      #expect(try await browser.signIn(as: "mira").status == 302)
    }
  }

  @Test func `After a sign-in one ends on this site alone`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let places = [
        "https://evil.example/", "//evil.example", "/%5Cevil.example", "/%09/evil.example",
        "javascript:alert(1)",
        "/a%0d%0aLocation:%20https://evil.example", "", "evil.example",
      ]
      for place in places {
        let answer = try await browser.get("/spotify/auth/?next=\(place)")
        #expect(answer.status == 400 && answer.code == "invalid_parameter", "\(place): \(answer.status)")
      }
      let callback = try await browser.agree(as: "mira", beginningAt: "/spotify/auth/?next=/api/me/%3Fa=b")
      #expect(try await browser.get(callback).header("location") == "/api/me/?a=b")
    }
  }

  @Test func `What begins on one instance ends on another, and signing out ends it on both`() async throws {
    try await withWorld { world in
      let one = try await world.start(.serve)
      let two = try await world.start(.serve)
      let here = world.browser(at: one)
      let there = here.at(two.base)
      let callback = try await here.agree(as: "mira")
      #expect(try await there.get(callback).status == 302)
      #expect(try await here.get("/api/me/").status == 200)
      #expect(try await there.get("/api/me/").status == 200)
      let session = try #require(here.cookies["session"])
      #expect(try await there.post("/auth/logout/").status == 204)
      #expect(here.cookies["session"] == nil)
      // Also for whoever kept a copy of the cookie.
      here.setCookie("session", session)
      #expect(try await here.get("/api/me/").status == 401)
      #expect(try await there.get("/api/me/").status == 401)
    }
  }

  @Test func `Front ends may ask for the address, and the cookie is out of scripts' reach`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let json = try await browser.get("/spotify/auth/", ["Accept": "application/json"])
      let address = try #require(json.json["auth_url"].string)
      #expect(address.hasPrefix(world.simulator.accountsURL + "/authorize?"))
      #expect(Browser.parameter("code_challenge_method", of: address) == "S256")
      #expect(try await browser.get("/spotify/get-auth-url").json["url"].string?.hasPrefix("http") == true)
      let answer = try await browser.signIn(as: "mira")
      let cookie = try #require(answer.header("set-cookie"))
      for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] { #expect(cookie.contains(attribute)) }
      #expect(!cookie.contains("Secure"), "over http a Secure cookie never comes back")
    }
  }

  @Test func `Over https the cookie is Secure and bound to the host`() async throws {
    try await withWorld {
      $0.environment = [
        "PUBLIC_URL": "https://crates.example",
        "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/spotify/callback/",
      ]
    } _: { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let answer = try await browser.signIn(as: "mira")
      let cookie = try #require(answer.header("set-cookie"))
      #expect(cookie.hasPrefix("__Host-session=") && cookie.contains("; Secure"))
      #expect(try await browser.get("/api/me/").header("strict-transport-security") != nil)
    }
  }

  @Test(arguments: [
    Fault(.status, group: .token, times: 0, status: 500),
    Fault(.status, group: .token, times: 0, status: 503),
    Fault(.html, group: .token, times: 0), Fault(.truncated, group: .token, times: 0),
    Fault(.cut, group: .token, times: 0), Fault(.status, group: .me, times: 0, status: 500),
    Fault(.html, group: .me, times: 0),
  ])
  func `When Spotify fails at the callback, 502 says so and nothing is stored`(_ fault: Fault) async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let callback = try await browser.agree(as: "mira")
      world.simulator.add(fault)
      let answer = try await browser.get(callback)
      #expect(answer.status == 502 && answer.code == "spotify_unavailable", "\(fault.kind): \(answer.text)")
      #expect(try await world.storedRows == 0)
      world.simulator.dropFaults()
      #expect(try await browser.signIn(as: "mira").status == 302)
    }
  }

  @Test func `When the token endpoint is down, 502 says so and nothing is stored`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let closed = try FreePort.find()
      let cutOff = try await world.start(.serve, ["SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:\(closed)"])
      let browser = world.browser(at: service)
      let answer = try await browser.at(cutOff.base).get(try await browser.agree(as: "mira"))
      #expect(answer.status == 502 && answer.code == "spotify_unavailable")
      #expect(try await world.storedRows == 0)
    }
  }
}

extension World {
  /// What a sign-in leaves behind, row by row.
  fileprivate var storedRows: Int {
    get async throws {
      try await count(
        """
        SELECT (SELECT count(*) FROM user_account) + (SELECT count(*) FROM spotify_grant)
               + (SELECT count(*) FROM session) + (SELECT count(*) FROM sync_run)
        """)
    }
  }
}

extension Fault: CustomTestStringConvertible {
  package var testDescription: String {
    "\(kind.rawValue) \(status.map(String.init) ?? "") at \(group?.rawValue ?? "any")"
  }
}
