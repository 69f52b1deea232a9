import SpotifySimulator
import Testing

@Suite struct AccessTests {
  @Test func `a token that is missing, foreign or over is refused`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      let none = try await client.send("GET", "/v1/me")
      #expect(none.status == 401 && none.message == "No token provided")
      let basic = try await client.send("GET", "/v1/me", headers: [("Authorization", TestClient.basic)])
      #expect(basic.status == 400 && basic.message == "Only valid bearer authentication supported")
      for wrong in ["nonsense", token + "x", String(token.dropLast(3)), "B" + token] {
        let answer = try await client.api("/v1/me", wrong)
        #expect(answer.status == 401 && answer.message == "Invalid access token")
      }
      simulator.advanceClock(seconds: 3_000)
      #expect(try await client.api("/v1/me", token).status == 200)
      simulator.advanceClock(seconds: 601)
      let expired = try await client.api("/v1/me", token)
      #expect(expired.status == 401 && expired.message == "The access token expired")
    }
  }

  @Test func `a scope that was not granted is missed`() async throws {
    try await withSimulator { _, client in
      let token = try await client.token("mira", scope: "user-read-email user-read-private")
      for path in ["/v1/me/tracks", "/v1/me/library/contains?uris=spotify:track:4aawyAB9vmqN3uQ7FjRGTy"] {
        let answer = try await client.api(path, token)
        #expect(answer.status == 403 && answer.message == "Insufficient client scope")
      }
    }
  }

  @Test func `the profile shows what mode and scopes allow`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token("mira", scope: "user-read-email user-read-private")
      let plain = try await client.api("/v1/me", token).json
      #expect(plain["id"].string == "mira" && plain["display_name"].string == "Mira")
      #expect(plain["account_id"].string != nil && plain["type"].string == "user")
      let removed: Set<String> = ["country", "email", "explicit_content", "followers", "product"]
      #expect(plain.keys.isDisjoint(with: removed))
      simulator.setMode(.extended)
      #expect(try await client.api("/v1/me", token).json.keys.isSuperset(of: removed))
      let without = try await client.api("/v1/me", try await client.token()).json
      #expect(without.keys.intersection(removed) == ["followers"])
    }
  }

  @Test func `Development Mode lets in five users, or those on its list`() async throws {
    try await withSimulator(
      .with { configuration in
        configuration.users = (1...6).map { .init(id: "user\($0)", name: "User \($0)", tracks: 5) }
      }
    ) { simulator, client in
      let (fifth, sixth) = (try await client.token("user5"), try await client.token("user6"))
      #expect(try await client.api("/v1/me", fifth).status == 200)
      let refused = try await client.api("/v1/me", sixth)
      #expect(refused.status == 403 && refused.text == "User not registered in the Developer Dashboard")
      simulator.setMode(.development, allowlist: ["user6"])
      #expect(try await client.api("/v1/me", sixth).status == 200)
      #expect(try await client.api("/v1/me", fifth).status == 403)
      simulator.setMode(.extended)
      #expect(try await client.api("/v1/me", fifth).status == 200)
    }
  }

  @Test func `unknown paths and methods get Spotify's envelope`() async throws {
    try await withSimulator { _, client in
      let unknown = try await client.send("GET", "/v1/me/mixtapes")
      #expect(unknown.status == 404 && unknown.message == "Service not found")
      let method = try await client.send("DELETE", "/v1/me/tracks")
      #expect(method.status == 405 && method.response.header("allow")?.contains("GET") == true)
    }
  }

  @Test func `a POST without Content-Length is answered 411 with a page`() async throws {
    try await withSimulator { simulator, _ in
      let port = try UInt16(simulator.baseURL.split(separator: ":").last ?? "").unwrap("no port")
      let answer = try await simulator.offload {
        try exchange(port, "POST /api/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      }
      #expect(answer.hasPrefix("HTTP/1.1 411 "))
      #expect(answer.contains("text/html") && answer.contains("Content-length"))
    }
  }
}
