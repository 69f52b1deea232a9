import Foundation
import SpotifySimulator
import Testing

@Suite struct TokenTests {
  @Test func `a code is worth a token once`() async throws {
    try await withSimulator { _, client in
      let code = try await client.code()
      let answer = try await client.trade(code)
      #expect(answer.status == 200)
      #expect(answer.json.keys == ["access_token", "token_type", "expires_in", "refresh_token", "scope"])
      #expect(answer.json["token_type"].string == "Bearer" && answer.json["expires_in"].int == 3_600)
      let again = try await client.trade(code)
      expectRefusal(again, "invalid_grant", "Invalid authorization code")
    }
  }

  @Test func `a code ends after ten minutes`() async throws {
    try await withSimulator { simulator, client in
      let (early, late) = (try await client.code(), try await client.code())
      simulator.advanceClock(seconds: 598)
      #expect(try await client.trade(early).status == 200)
      simulator.advanceClock(seconds: 3)
      expectRefusal(try await client.trade(late), "invalid_grant", "Authorization code expired")
    }
  }

  @Test func `a code belongs to its redirect address and its client`() async throws {
    try await withSimulator(
      .with { configuration in
        configuration.clients.append(
          .init(id: "other", secret: "s", redirectURIs: [TestClient.redirectURI]))
      }
    ) { _, client in
      let wrong = try await client.trade(
        try await client.code(), ["redirect_uri": TestClient.redirectURI.replacing("8080", with: "8081")])
      expectRefusal(wrong, "invalid_grant", "Invalid redirect URI")
      let fields = [
        "grant_type": "authorization_code", "code": try await client.code(),
        "redirect_uri": TestClient.redirectURI,
      ]
      let stolen = try await client.tokenRequest(
        fields, authorization: "Basic " + Data("other:s".utf8).base64EncodedString())
      expectRefusal(stolen, "invalid_grant", "Invalid authorization code")
    }
  }

  @Test func `a challenge wants its verifier`() async throws {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    let challenge = [
      "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    ]
    try await withSimulator { _, client in
      let right = try await client.trade(
        try await client.code("mira", challenge), ["code_verifier": verifier])
      #expect(right.status == 200)
      for wrong in [["code_verifier": "d" + verifier.dropFirst() + "x"], ["code_verifier": ""], [:]] {
        let answer = try await client.trade(try await client.code("mira", challenge), wrong)
        expectRefusal(answer, "invalid_grant", "code_verifier was incorrect")
      }
    }
  }

  @Test(arguments: [
    ("cratekeeper-demo:wrong", "Invalid client secret"), ("nobody:cratekeeper-demo-secret", "Invalid client"),
    ("no colon", "Invalid client"),
  ])
  func `wrong app credentials are invalid_client`(pair: String, description: String) async throws {
    try await withSimulator { _, client in
      let answer = try await client.tokenRequest(
        ["grant_type": "client_credentials"],
        authorization: "Basic " + Data(pair.utf8).base64EncodedString())
      expectRefusal(answer, "invalid_client", description)
      let none = try await client.tokenRequest(["grant_type": "client_credentials"], authorization: nil)
      #expect(none.json["error"].string == "invalid_client")
    }
  }

  @Test func `only forms are read`() async throws {
    try await withSimulator { _, client in
      let answer = try await client.send(
        "POST", "/api/token",
        headers: [("Authorization", TestClient.basic), ("Content-Type", "application/json")],
        body: #"{"grant_type":"client_credentials"}"#)
      #expect(answer.status == 415)
      expectRefusal(
        try await client.tokenRequest(["grant_type": "password"]), "unsupported_grant_type",
        "grant_type must be client_credentials, authorization_code or refresh_token")
    }
  }

  @Test(arguments: [RefreshAnswer.absent, .new, .null, .empty])
  func `a refresh says about the refresh token what was ordered`(answer: RefreshAnswer) async throws {
    try await withSimulator { simulator, client in
      let old = try await client.trade(try await client.code()).json["refresh_token"].string.unwrap("none")
      simulator.setRefreshAnswer(answer)
      let refreshed = try await client.refresh(old)
      #expect(refreshed.status == 200 && refreshed.json["scope"].string == "user-library-read")
      let access = try refreshed.json["access_token"].string.unwrap("none")
      #expect(try await client.api("/v1/me", access).status == 200)
      let field = refreshed.json["refresh_token"]
      switch answer {
      case .absent: #expect(!refreshed.json.keys.contains("refresh_token"))
      case .null: #expect(field.isNull)
      case .empty: #expect(field.string == "")
      case .new:
        let new = try field.string.unwrap("none")
        #expect(new != old)
        #expect(try await client.refresh(new).status == 200)
        expectRefusal(try await client.refresh(old), "invalid_grant", "Refresh token revoked")
        return
      }
      #expect(try await client.refresh(old).status == 200)
    }
  }

  @Test func `a refresh token ends six months after the agreement, whatever was refreshed`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.trade(try await client.code()).json["refresh_token"].string.unwrap("none")
      simulator.advanceClock(seconds: 181 * 86_400)
      #expect(try await client.refresh(token).status == 200)
      simulator.advanceClock(seconds: 2 * 86_400)
      expectRefusal(try await client.refresh(token), "invalid_grant", "Refresh token expired")
    }
  }

  @Test func `a user can take the access away and give it again`() async throws {
    try await withSimulator { simulator, client in
      let tokens = try await client.trade(try await client.code()).json
      let (old, access) = (tokens["refresh_token"].string ?? "", tokens["access_token"].string ?? "")
      try simulator.revoke("mira")
      expectRefusal(try await client.refresh(old), "invalid_grant", "Refresh token revoked")
      #expect(try await client.api("/v1/me", access).status == 200, "an access token lives on")
      try simulator.revoke("mira", accessTokens: true)
      #expect(try await client.api("/v1/me", access).message == "Invalid access token")
      let new = try await client.trade(try await client.code()).json["refresh_token"].string.unwrap("none")
      #expect(try await client.refresh(new).status == 200)
      expectRefusal(try await client.refresh(access), "invalid_grant", "Invalid refresh token")
    }
  }

  @Test func `tokens outlive a restart with the same seed, and only that`() async throws {
    let kept = Keeper()
    try await withSimulator { _, client in
      kept.set(try await client.trade(try await client.code()).json["refresh_token"].string ?? "")
    }
    try await withSimulator { _, client in
      let answer = try await client.refresh(kept.text)
      #expect(answer.status == 200)
    }
    try await withSimulator(.with { $0.seed = 2 }) { _, client in
      expectRefusal(try await client.refresh(kept.text), "invalid_grant", "Invalid refresh token")
    }
  }

  @Test func `the app's own token has no refresh token and no scope`() async throws {
    try await withSimulator { _, client in
      let answer = try await client.tokenRequest(["grant_type": "client_credentials"])
      #expect(answer.json.keys == ["access_token", "token_type", "expires_in"])
      let token = try await client.appToken()
      #expect(try await client.api("/v1/search?q=tag:new&type=album", token).status == 200)
      #expect(try await client.api("/v1/me", token).status == 401)
      #expect(try await client.api("/v1/me/tracks", token).status == 401)
    }
  }

  private func expectRefusal(
    _ answer: Answer, _ code: String, _ description: String, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(answer.status == 400, sourceLocation: location)
    #expect(answer.json["error"].string == code, sourceLocation: location)
    #expect(answer.json["error_description"].string == description, sourceLocation: location)
  }
}
