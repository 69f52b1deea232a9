import SpotifySimulator
import Testing

@Suite struct AuthorizeTests {
  @Test func `the consent page offers the users and escapes everything`() async throws {
    try await withSimulator(
      .with {
        $0.users.append(.init(id: "x\"y", name: "<script>alert(1)</script>", tracks: 3))
      }
    ) {
      _, client in
      let target = TestClient.authorizeTarget(["state": "\"><script>bad()</script>"])
      let page = try await client.send("GET", target)
      #expect(page.status == 200)
      #expect(page.response.header("content-type") == "text/html; charset=utf-8")
      #expect(page.text.contains("value=\"mira\"") && page.text.contains("x&quot;y"))
      #expect(!page.text.contains("<script"))
      #expect(page.text.contains("user-library-read"))
      #expect(page.response.header("content-security-policy")?.contains("default-src 'none'") == true)
    }
  }

  @Test func `a button of the page leads back with a code and the state`() async throws {
    try await withSimulator { _, client in
      let fields = String(TestClient.authorizeTarget().dropFirst("/authorize?".count))
      let headers = [("Content-Type", "application/x-www-form-urlencoded")]
      let agreed = try await client.send(
        "POST", "/authorize/decide", headers: headers, body: fields + "&user=mira")
      #expect(agreed.status == 302)
      #expect(agreed.response.header("location")?.hasPrefix(TestClient.redirectURI + "?code=") == true)
      #expect(try agreed.redirectFields()["state"] == "s t&te")
      let code = try agreed.redirectFields()["code"].unwrap("no code")
      #expect(try await client.trade(code).status == 200)

      let cancelled = try await client.send(
        "POST", "/authorize/decide", headers: headers, body: fields + "&decision=cancel")
      #expect(cancelled.status == 302)
      #expect(try cancelled.redirectFields() == ["error": "access_denied", "state": "s t&te"])
    }
  }

  @Test(
    arguments: [
      (["redirect_uri": "http://127.0.0.1:8080/spotify/callback"], "Invalid redirect URI"),
      (["redirect_uri": "http://127.0.0.1:8080/Spotify/callback/"], "Invalid redirect URI"),
      (["redirect_uri": "http://127.0.0.1:8080@evil.example/spotify/callback/"], "Invalid redirect URI"),
      (["redirect_uri": "http://127.0.0.1:80a/spotify/callback/"], "Invalid redirect URI"),
      (["redirect_uri": "http://localhost:8080/spotify/callback/"], "Insecure redirect URI"),
      (["redirect_uri": "http://example.org/spotify/callback/"], "Insecure redirect URI"),
      (["redirect_uri": "https://example.org/spotify/callback/"], "Invalid redirect URI"),
      (["redirect_uri": nil], "redirect_uri"),
      (["client_id": "somebody"], "Invalid client"),
      (["client_id": nil], "client_id"),
      (["response_type": nil], "response_type"),
      (["response_type": "token"], "response_type must be code"),
      (["code_challenge": "abc", "code_challenge_method": "plain"], "code_challenge_method must be S256"),
      (["code_challenge": "abc", "code_challenge_method": "S256"], "code_challenge must be"),
    ] as [([String: String?], String)])
  func `what Spotify refuses is refused with a page and no redirect`(
    changes: [String: String?], reason: String
  ) async throws {
    try await withSimulator(
      .with { configuration in
        configuration.clients[0].redirectURIs = ["http://127.0.0.1/spotify/callback/"]
      }
    ) { _, client in
      let target = TestClient.authorizeTarget(changes.merging(["simulate_user": "mira"]) { $1 })
      let answer = try await client.send("GET", target)
      #expect(answer.status == 400)
      #expect(answer.response.header("location") == nil)
      #expect(answer.text.contains(reason), "\(answer.text)")
    }
  }

  @Test func `a registered address with a port matches that port alone`() async throws {
    try await withSimulator(
      .with { $0.clients[0].redirectURIs = ["http://127.0.0.1:8080/spotify/callback/"] }
    ) {
      _, client in
      _ = try await client.code()
      let other = try await client.send(
        "GET", TestClient.authorizeTarget(["redirect_uri": "http://127.0.0.1:8081/spotify/callback/"]))
      #expect(other.status == 400)
    }
  }

  @Test func `an unknown scope leads back with invalid_scope`() async throws {
    try await withSimulator { _, client in
      let answer = try await client.send(
        "GET", TestClient.authorizeTarget(["scope": "user-library-read all"]))
      #expect(try answer.redirectFields()["error"] == "invalid_scope")
    }
  }
}
