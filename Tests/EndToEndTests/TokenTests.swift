import Domain
import HTTPServer
import SpotifySimulator
import TestSupport
import Testing

@testable import Web

@Suite("API tokens") struct TokenTests {
  @Test func `One is made, listed, used from anywhere, and is over everywhere when it is revoked`()
    async throws
  {
    try await withWorld { world in
      let (one, two) = (try await world.start(.all), try await world.start(.serve))
      let mira = world.browser(at: one)
      try await mira.signIn(as: "mira")
      let made = try await mira.makeToken("backup 🦉", ["sync", "read"])
      #expect(made.status == 201 && made.header("cache-control") == "no-store")
      let token = try #require(made.json["token"].string)
      #expect(token.wholeMatch(of: /ck_[A-Za-z0-9_-]{43}/) != nil)
      let id = try #require(made.json["id"].string)
      #expect(made.header("location") == "/api/me/tokens/\(id)/")
      #expect(made.json["name"].string == "backup 🦉" && made.json["last_used_at"] == .null)
      #expect(made.json["scopes"].array.map(\.string) == ["read", "sync"])
      #expect(made.json.names == ["id", "name", "scopes", "created_at", "last_used_at", "token"])

      let script = Script(world.browser(at: two), token)
      #expect(try await script.get("/api/me/").json["spotify_user_id"].string == "mira")
      #expect(try await script.get("/spotify/is-authenticated").json["status"].bool == true)
      // Wherever a page of another site may have sent it from: it doesn't come by itself.
      let foreign = ["Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"]
      #expect(try await script.send("POST", "/spotify/sync/tracks/", foreign).status == 202)

      let list = try await mira.get("/api/me/tokens/")
      #expect(list.json["items"].array.count == 1 && !list.text.contains(token))
      #expect(list.json["items"][0].names == ["id", "name", "scopes", "created_at", "last_used_at"])
      #expect(list.json["items"][0]["last_used_at"].string != nil)
      let rows = try await world.content(of: ["api_token"])
      #expect(rows[0].contains("backup 🦉") && !rows[0].contains(token.dropFirst(3)))

      let noor = world.browser(at: two)
      try await noor.signIn(as: "noor")
      #expect(try await noor.delete("/api/me/tokens/\(id)/").code == "token_not_found")
      #expect(try await mira.post("/spotify/disconnect/").status == 200)
      #expect(try await script.get("/api/me/").json["connection"]["status"].string == "disconnected")
      #expect(try await mira.delete("/api/me/tokens/\(id)/").status == 204)
      for service in [one, two] {
        let refused = try await Script(world.browser(at: service), token).get("/api/me/")
        #expect(refused.status == 401 && refused.code == "unauthenticated")
        #expect(refused.header("www-authenticate") == #"Bearer error="invalid_token""#)
      }
      #expect(try await script.get("/spotify/is-authenticated").json["status"].bool == false)
      #expect(try await mira.delete("/api/me/tokens/\(id)/").code == "token_not_found")
      #expect(try await mira.delete("/api/me/tokens/7/").code == "token_not_found")
    }
  }

  @Test func `An open stream of a revoked token ends`() async throws {
    try await withWorld { world in
      let (one, two) = (try await world.start(.all), try await world.start(.serve))
      world.simulator.hold(.savedTracks)
      let mira = world.browser(at: one)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks)
      let run = try #require(try await mira.get("/spotify/sync/").json["items"][0]["id"].string)
      let made = try await mira.makeToken("watcher", ["read"])
      let stream = try EventStream(
        on: world.reactor, port: two.port, path: "/spotify/sync/\(run)/events/",
        token: made.json["token"].string)
      defer { stream.close() }
      _ = try await stream.next()
      #expect(try await mira.delete("/api/me/tokens/\(made.json["id"].string ?? "")/").status == 204)
      _ = try await stream.rest()
      #expect(stream.isWhole)
      #expect(try await mira.get("/spotify/sync/\(run)/").json["status"].string == "running")
      world.simulator.release()
    }
  }

  @Test func `Every route lets a token in exactly where the table says so`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      var scripts: [TokenScope: Script] = [:]
      for scope in TokenScope.allCases {
        let made = try await mira.makeToken(scope.rawValue, [scope.rawValue])
        scripts[scope] = Script(world.browser(at: service), try #require(made.json["token"].string))
      }
      let unknown = Script(world.browser(at: service), "ck_" + String(repeating: "A", count: 43))
      let broken = Script(world.browser(at: service), "nonsense")
      // The cookie of somebody who is signed in makes a bad token no better.
      let both = Script(mira, "ck_" + String(repeating: "A", count: 43))
      for call in EveryRoute.calls(.nobodys) where call.route.access.needsUser {
        let (method, path, route) = (call.method, call.path, call.route)
        let refused = try await broken.send(method, path)
        #expect(refused.status == 401 && refused.code == "unauthenticated", "\(method) \(path)")
        for (scope, script) in scripts {
          let answer = try await script.send(method, path)
          switch route.access {
          case .session:
            #expect(answer.status == 403 && answer.code == "session_required", "\(method) \(path)")
          case .user(let needed) where needed == scope:
            let words = ["unauthenticated", "insufficient_scope", "session_required", "cross_site"]
            #expect(!words.contains(answer.code ?? ""), "\(method) \(path): \(answer.text)")
          case .user(let needed):
            #expect(answer.status == 403 && answer.code == "insufficient_scope", "\(method) \(path)")
            #expect(
              answer.header("www-authenticate")
                == #"Bearer error="insufficient_scope", scope="\#(needed.rawValue)""#)
          case .anyone, .visitor, .signIn: break
          }
        }
        guard case .user = route.access else { continue }
        for script in [unknown, both] {
          let answer = try await script.send(method, path)
          #expect(answer.status == 401, "\(method) \(path): \(answer.text)")
          #expect(answer.header("www-authenticate") == #"Bearer error="invalid_token""#)
        }
      }
      // A token shows no pages that are for people.
      let home = try await Script(world.browser(at: service), try #require(scripts[.sync]).token)
        .send("GET", "/", ["Accept": "text/html"])
      #expect(home.status == 200 && !home.text.contains("Mira"))
    }
  }

  @Test func `A token counts alone, and two are none`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let token = try #require(try await noor.makeToken("t", ["read"]).json["token"].string)
      for scheme in ["Bearer", "bearer", "BEARER "] {
        let answer = try await mira.get("/api/me/", ["Authorization": "\(scheme) \(token)"])
        #expect(answer.json["spotify_user_id"].string == "noor", "\(scheme)")
      }
      #expect(try await mira.get("/api/me/", ["Authorization": "Bearer"]).status == 401)
      #expect(
        try await mira.get("/api/me/", ["Authorization": "Bearer \(token), Bearer \(token)"]).status == 401)
      // A proxy's own credentials are none of ours.
      let proxied = try await mira.get("/api/me/", ["Authorization": "Basic bWU6c2VzYW1l"])
      #expect(proxied.json["spotify_user_id"].string == "mira")
    }
  }

  @Test func `What a token may be is said, and fifty are enough`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      #expect(try await mira.post("/api/me/tokens/").code == "invalid_parameter")
      let unknown = try await mira.makeToken("t", ["read", "admin"])
      #expect(unknown.status == 400 && unknown.code == "invalid_parameter")
      #expect(unknown.json["detail"].string?.contains("admin") == true)
      #expect(try await mira.makeToken("", ["read"]).json["detail"].string?.hasPrefix("name: ") == true)
      for _ in 0..<50 { #expect(try await mira.makeToken("same name", ["read"]).status == 201) }
      let more = try await mira.makeToken("t", ["read"])
      #expect(more.status == 409 && more.code == "too_many_tokens")
      let page = try await mira.get("/api/me/tokens/?limit=20")
      let cursor = try #require(page.json["next_cursor"].string)
      let rest = try await mira.get("/api/me/tokens/?limit=200&cursor=\(cursor)")
      #expect(page.json["items"].array.count == 20 && rest.json["items"].array.count == 30)
    }
  }
}

/// A program that calls with a token.
private struct Script {
  private let browser: Browser
  let token: String

  init(_ browser: Browser, _ token: String) {
    self.browser = browser
    self.token = token
  }

  func get(_ path: String) async throws -> Browser.Answer { try await send("GET", path) }

  func send(
    _ method: String, _ path: String, _ headers: [String: String] = [:]
  ) async throws -> Browser.Answer {
    try await browser.send(method, path, headers.merging(["Authorization": "Bearer \(token)"]) { $1 })
  }
}
