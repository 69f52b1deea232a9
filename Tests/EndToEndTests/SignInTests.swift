import Foundation
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
      let asked = try await unknown.agree(as: "mira")
      for parameter in ["code", "state", "error&error"] {
        let doubled = try await unknown.get("\(asked)&\(parameter)=x")
        #expect(doubled.status == 400 && doubled.code == "invalid_parameter", "\(parameter) twice")
      }

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

  @Test func `Two tabs of a browser may sign in at once, and what has ended leaves no cookie`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      func signIns() -> [String] { browser.cookies.keys.filter { $0.hasPrefix("sign_in") } }
      let first = try await browser.agree(as: "mira")
      let second = try await browser.agree(as: "mira")
      #expect(signIns().count == 2)
      #expect(try await browser.get(second).status == 302)
      #expect(signIns().count == 1)
      #expect(try await browser.get(first).status == 302)
      #expect(signIns().isEmpty)
      // One that fails has ended as well.
      let state = try #require(Browser.parameter("state", of: try await browser.authorizePage()))
      #expect(try await browser.get("/spotify/callback/?error=access_denied&state=\(state)").status == 403)
      #expect(signIns().isEmpty)
    }
  }

  @Test func `One that ends with a mistake of ours leaves no cookie either, and is logged once`() async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let callback = try await browser.agree(as: "mira")
      #expect(browser.cookies.keys.contains { $0.hasPrefix("sign_in") })
      _ = try await world.rows("ALTER FUNCTION sign_in RENAME TO sign_in_elsewhere")
      let failed = try await browser.get(callback)
      #expect(failed.status == 500 && failed.code == "internal_error")
      #expect(!browser.cookies.keys.contains { $0.hasPrefix("sign_in") })
      #expect(await service.process.terminate() == 0)
      let lines = service.process.errors.split(separator: "\n")
      #expect(lines.count { $0.contains("a request failed") } == 1)
    }
  }

  @Test func `Sign-ins that are begun and left fill no browser: the ninth takes the first one's place`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      for _ in 0..<9 { _ = try await browser.authorizePage() }
      #expect(browser.cookies.keys.filter { $0.hasPrefix("sign_in") }.count == 8)
      let last = try await browser.agree(as: "mira")
      #expect(try await browser.get(last).status == 302)
      #expect(browser.cookies.keys.filter { $0.hasPrefix("sign_in") }.count == 7)
    }
  }

  @Test func `Who comes by another site's link is asked by Spotify, even if they agreed before`() async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      for (site, isAsked) in [
        ("cross-site", true), ("same-site", true), ("same-origin", false), ("none", false), (nil, false),
      ] {
        var fields = ["Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"]
        fields["Sec-Fetch-Site"] = site
        for path in ["/spotify/auth/", "/spotify/get-auth-url/"] {
          let answer = try await world.browser(at: service).get(path, fields)
          let address = try #require(answer.header("location") ?? answer.json["url"].string)
          let asked = Browser.parameter("show_dialog", of: address)
          #expect(asked == (isAsked ? "true" : nil), "\(path) \(site ?? "-")")
        }
      }
    }
  }

  @Test func `Another's sign-in can't be slipped to somebody, signed in or not`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let (attacker, victim) = (world.browser(at: service), world.browser(at: service))
      try await victim.signIn(as: "mira")
      let session = try #require(victim.cookies["session"])
      _ = try await victim.authorizePage()
      // The attacker agrees as themselves and sends the link on, unused.
      let slipped = try await victim.get(try await attacker.agree(as: "noor"))
      #expect(slipped.status == 400 && slipped.code == "state_invalid")
      #expect(victim.cookies["session"] == session)

      // Even with the attacker's cookie in the browser, who is signed in stays who they are.
      let callback = try await attacker.agree(as: "noor")
      for (name, value) in attacker.cookies { victim.setCookie(name, value) }
      let planted = try await victim.get(callback)
      #expect(planted.status == 409 && planted.code == "other_account")
      #expect(victim.cookies["session"] == session)
      #expect(try await victim.get("/api/me/").json["spotify_user_id"].string == "mira")
    }
  }

  @Test func `A session that was planted before is never the one that a sign-in gives`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let (attacker, victim) = (world.browser(at: service), world.browser(at: service))
      try await attacker.signIn(as: "mira")
      let living = try #require(attacker.cookies["session"])
      for planted in [living, String(repeating: "A", count: 43), "x"] {
        victim.setCookie("session", planted)
        let answer = try await victim.get(try await victim.agree(as: "mira"))
        #expect(answer.status == 302)
        let own = try #require(victim.cookies["session"])
        #expect(own != planted)
        victim.setCookie("session", nil)
        #expect(try await victim.get("/api/me/", ["Cookie": "session=\(planted)"]).status == 401)
        #expect(try await victim.get("/api/me/", ["Cookie": "session=\(own)"]).status == 200)
        // Two of them: nobody can tell whose is whose.
        #expect(
          try await victim.get("/api/me/", ["Cookie": "session=\(planted); session=\(own)"]).status == 401)
      }
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
      let refused = [
        "https://evil.example/", "//evil.example", "///evil.example", "/%5Cevil.example",
        "%5C%5Cevil.example",
        "/%09/evil.example", "%09//evil.example", "/%0A/evil.example", "/%0D%0A/evil.example",
        "/%00/evil.example",
        "https:evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x",
        "%20//evil.example",
        "/a%0d%0aLocation:%20https://evil.example", "", "evil.example", "user@evil.example", "@evil.example",
        ":80@evil.example", "?x", "#//evil.example", "/a%5C..%5Cevil.example",
        "/" + String(repeating: "a", count: 2_000),
        "/%C2%85/evil.example",
      ]
      for place in refused {
        for path in ["/spotify/auth/", "/spotify/get-auth-url"] {
          let answer = try await browser.get("\(path)?next=\(place)")
          #expect(
            answer.status == 400 && answer.code == "invalid_parameter",
            "\(place.prefix(60)): \(answer.status)")
        }
      }
      // What looks like it leads elsewhere, and is a path of this site for every browser.
      let base = try #require(URL(string: service.base + "/spotify/callback/"))
      for place in [
        "/api/me/%3Fa=b", "/%2509/evil.example", "/%255Cevil.example", "/%EF%BC%8Fevil.example",
        "/%E2%81%84/evil.example", "/@evil.example", "/x:y@evil.example", "/.//evil.example",
        "/a//evil.example",
        "/%23//evil.example",
      ] {
        let callback = try await browser.agree(as: "mira", beginningAt: "/spotify/auth/?next=\(place)")
        let answer = try await browser.get(callback, ["X-Forwarded-Host": "evil.example"])
        let location = try #require(answer.header("location"))
        #expect(location.hasPrefix("/") && !location.hasPrefix("//"), "\(place): \(location)")
        let target = try #require(URL(string: location, relativeTo: base)?.absoluteURL)
        #expect(target.host() == base.host() && target.port == base.port, "\(place): \(target)")
      }
    }
  }

  @Test func `No address is made of what a request calls this host`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let elsewhere = [
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
      ]
      for path in [
        "/spotify/auth/", "/spotify/get-auth-url", "/api/me/sessions/?limit=1", "/api/artists/?limit=1",
      ] {
        let answer = try await mira.get(path, elsewhere)
        #expect(answer.status < 400, "\(path)")
        let fields = answer.response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        #expect(!fields.contains("evil.example") && !answer.text.contains("evil.example"), "\(path)")
      }
      let callback = try await mira.agree(as: "mira")
      #expect(try await mira.get(callback, elsewhere).header("location") == "/")
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
      let cookies = try await Self.cookies(browser)
      #expect(cookies.map { $0.prefix { $0 != "=" } }.map { $0.prefix(8) } == ["sign_in_", "session"])
      for cookie in cookies {
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax"] { #expect(cookie.contains("; \(attribute)")) }
        #expect(!cookie.contains("Secure"), "over http a Secure cookie never comes back")
        #expect(!cookie.contains("Domain") && cookie.utf8.count < 4_096)
      }
    }
  }

  @Test func `Over https the cookies are Secure and bound to the host`() async throws {
    try await withWorld {
      $0.environment = [
        "PUBLIC_URL": "https://crates.example",
        "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/spotify/callback/",
      ]
    } _: { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      let cookies = try await Self.cookies(browser)
      #expect(cookies[0].hasPrefix("__Host-sign_in_") && cookies[1].hasPrefix("__Host-session="))
      for cookie in cookies {
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
          #expect(cookie.contains("; \(attribute)"))
        }
        #expect(!cookie.contains("Domain") && cookie.utf8.count < 4_096)
      }
      #expect(try await browser.get("/api/me/").status == 200)
      // Without the prefix, which only this host can set, it is not looked at.
      let session = try #require(browser.cookies["__Host-session"])
      #expect(
        try await world.browser(at: service).get("/api/me/", ["Cookie": "session=\(session)"]).status == 401)
    }
  }

  /// The cookies that a sign-in sets: the one of its beginning and the session's.
  private static func cookies(_ browser: Browser) async throws -> [String] {
    let begun = try await browser.get("/spotify/auth/")
    let page = try #require(begun.header("location"))
    let agreed = try await browser.send("GET", page + "&simulate_user=mira")
    let callback = Browser.path(of: try #require(agreed.header("location")))
    let ended = try await browser.get(callback)
    return [try #require(begun.header("set-cookie")), try #require(ended.header("set-cookie"))]
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
