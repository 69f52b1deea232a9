import HTTPServer
import SpotifySimulator
import TestSupport
import Testing

@testable import Web

/// What holds for all routes there are: each new one is asked for what the others promise, without anybody
/// thinking of it.
@Suite("Every route") struct EveryRouteTests {
  private static let overHTTPS = [
    "PUBLIC_URL": "https://crates.example",
    "SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/spotify/callback/",
  ]

  @Test func `Answers with the fields that protect browsers, whatever it answers and to whom`() async throws {
    try await withWorld {
      $0.environment = Self.overHTTPS
    } _: { world in
      let service = try await world.start(.all)
      let (mira, stranger) = (world.browser(at: service), world.browser(at: service))
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      var pages = 0
      for call in try await Self.calls(by: mira) {
        // What ends the session comes back as somebody new.
        if try await mira.get("/spotify/is-authenticated").json["status"].bool != true {
          try await mira.signIn(as: "mira")
        }
        for accept in ["text/html", "application/json"] {
          for browser in [stranger, mira] {
            let answer = try await browser.send(call, ["Accept": accept])
            Self.expectProtection(answer, "\(call) \(accept)")
            if Self.isPage(answer) { pages += 1 }
            if let tag = answer.header("etag") {
              let again = try await browser.send(call, ["Accept": accept, "If-None-Match": tag])
              #expect(again.status == 304)
              Self.expectProtection(again, "304 of \(call)")
            }
          }
        }
        for method in ["OPTIONS", "PATCH"] {
          Self.expectProtection(try await stranger.send(method, call.path), "\(method) \(call.path)")
        }
      }
      #expect(pages > 20)
      Self.expectProtection(try await mira.get("/nothing"), "404")
      for refused in ["GET / HTTP/1.1\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"] {
        let text = try await RawExchange.send(Array(refused.utf8), to: service.port, on: world.reactor)
        for field in ["nosniff", "default-src 'none'", "max-age=31536000", "no-store", "same-origin"] {
          #expect(text.contains(field), "\(text)")
        }
        #expect(!text.lowercased().contains("\r\nserver:"))
      }
    }
  }

  @Test func `Changes nothing of anybody's by GET, but for the steps of signing in`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let tables = try await world.rows(
        """
        SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'cratekeeper'::regnamespace AND relkind = 'r' AND attname = 'user_id'
        """
      ).map { try $0.decode(0, as: String.self) }
      #expect(tables.contains("session") && tables.contains("spotify_grant"))
      let before = try await world.content(of: tables)
      #expect(before.contains { $0.contains("tests") }, "nobody's session is there to see")
      for call in try await Self.calls(by: mira)
      where call.route.method == .get && !call.route.access.isSignIn {
        for method in ["GET", "HEAD", "OPTIONS"] {
          #expect(try await mira.send(method, call.path).status < 503, "\(method) \(call.path)")
        }
      }
      #expect(try await world.content(of: tables) == before)
      #expect(try await mira.get("/api/me/").status == 200)
    }
  }

  @Test func `Does nothing that a page of another site makes a signed-in browser ask for`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let foreign: [[String: String]] = [
        ["Origin": "https://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1:1"],
        ["Origin": service.base + ".evil.example"], ["Sec-Fetch-Site": "cross-site"],
        ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "same-site", "Origin": service.base],
        ["Sec-Fetch-Site": "cross-site", "Origin": "null"],
        // A navigation by a form, as browsers send it.
        [
          "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://evil.example",
          "Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded",
        ],
      ]
      let before = try await world.content(of: ["session", "sync_run", "spotify_grant"])
      let changing = try await Self.calls(by: mira).filter { $0.route.method.isUnsafe }
      #expect(Set(changing.map(\.route.method)) == [.post, .put, .delete])
      for call in changing {
        #expect(call.route.access.needsUser, "\(call) changes something for anyone")
        for headers in foreign {
          let answer = try await mira.send(call.method, call.path, headers)
          #expect(answer.status == 403, "\(call) \(headers)")
          #expect(answer.text.contains("cross_site"), "\(call) \(headers)")
        }
      }
      #expect(try await world.content(of: ["session", "sync_run", "spotify_grant"]) == before)
    }
  }

  @Test func `Takes a body of its own type alone`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let before = try await world.content(of: ["session", "sync_run", "spotify_grant"])
      for call in try await Self.calls(by: mira) where call.route.method.isUnsafe {
        let other: BodyType = call.route.body == .json ? .form : .json
        for type in ["text/plain", other.rawValue, "multipart/form-data; boundary=x"] {
          let answer = try await mira.send(
            call.method, call.path, ["Content-Type": type, "Accept": "application/json"],
            body: Array("{}".utf8))
          #expect(answer.status == 415 && answer.code == "unsupported_media_type", "\(call) \(type)")
        }
      }
      #expect(try await world.content(of: ["session", "sync_run", "spotify_grant"]) == before)
    }
  }

  // MARK: What is asked for, and what is expected

  /// A call of each route, with a run of the person's and with ids of nothing else.
  private static func calls(by browser: Browser) async throws -> [RouteCall] {
    var ids = RouteIDs.nobodys
    ids.run = try await browser.get("/spotify/sync/").json["items"][0]["id"].string ?? ids.run
    return EveryRoute.calls(ids)
  }

  private static func isPage(_ answer: Browser.Answer) -> Bool {
    answer.header("content-type")?.hasPrefix("text/html") ?? false
  }

  private static func expectProtection(_ answer: Browser.Answer, _ what: String) {
    let what = Comment(rawValue: "\(what): \(answer.status)")
    #expect(answer.status != 500 && answer.status != 502, what)
    #expect(answer.header("x-content-type-options") == "nosniff", what)
    #expect(answer.header("cross-origin-resource-policy") == "same-origin", what)
    #expect(answer.header("strict-transport-security") == "max-age=31536000; includeSubDomains", what)
    #expect(["no-referrer", "same-origin"].contains(answer.header("referrer-policy")), what)
    let policy = answer.header("content-security-policy") ?? ""
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action '"] {
      #expect(policy.contains(part), what)
    }
    #expect(!policy.contains("unsafe") && !policy.contains("*;") && !policy.contains("data:"), what)
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
      #expect(answer.header(name) == nil, what)
    }
    for name in ["x-content-type-options", "content-security-policy", "referrer-policy"] {
      #expect(answer.response.headers.filter { $0.name.lowercased() == name }.count == 1, what)
    }
    let caching = answer.header("cache-control") ?? ""
    #expect(caching == "no-store" || caching.hasPrefix("public"), what)
    if caching.hasPrefix("public") { #expect(answer.header("set-cookie") == nil, what) }
    guard isPage(answer) else { return }
    #expect(answer.header("cross-origin-opener-policy") == "same-origin", what)
    #expect(answer.header("permissions-policy")?.contains("camera=()") == true, what)
    #expect(policy.contains("object-src 'none'") && policy.contains("script-src 'self'"), what)
    expectNothingInline(answer.text, what)
  }

  private static func expectNothingInline(_ page: String, _ what: Comment) {
    let tags = page.split(separator: "<").map { $0.prefix { $0 != ">" }.lowercased() }
    #expect(tags.contains { $0.hasPrefix("h1") }, what)
    for tag in tags {
      #expect(!tag.hasPrefix("style"), what)
      #expect(!tag.hasPrefix("script") || tag.contains(#" src="/assets/"#), what)
      #expect(!tag.contains(" style=") && !tag.contains("javascript:"), what)
      #expect(tag.firstMatch(of: /\son[a-z]+\s*=/) == nil, what)
    }
  }
}
