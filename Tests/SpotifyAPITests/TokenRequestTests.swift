import Foundation
import Secrets
import TestSupport
import Testing

@testable import SpotifyAPI

@Suite("Requests for tokens")
struct TokenRequestTests {
  private func accounts(_ test: @escaping @Sendable (CannedSpotify) async throws -> Void) async throws {
    try await withCannedSpotify(200, Recorded.token, test)
  }

  @Test("the browser is sent off with every parameter escaped once")
  func authorizeURL() async throws {
    try await accounts { spotify in
      let url = spotify.accounts.authorizeURL(state: "a/b+c", challenge: "x-y_z~.")
      let query = url.split(separator: "?", maxSplits: 1)
      #expect(query[0].hasSuffix("/authorize"))
      #expect(
        query[1] == """
          response_type=code&client_id=an%20id&redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fspotify%2Fcallback%2F\
          &scope=user-library-read&state=a%2Fb%2Bc&code_challenge_method=S256&code_challenge=x-y_z~.
          """)
    }
  }

  @Test(
    "scopes are parted by a space, and none is an empty list",
    arguments: [(["a", "b-c"], "&scope=a%20b-c&"), ([], "&scope=&")])
  func scopes(_ scopes: [String], _ expected: String) async throws {
    try await withCannedSpotify(200, "", scopes: scopes) { spotify in
      #expect(spotify.accounts.authorizeURL(state: "s", challenge: "c").contains(expected))
    }
  }

  @Test("a code is traded with its verifier, under Basic, and no secret in the address")
  func exchange() async throws {
    try await accounts { spotify in
      let answer = try await spotify.accounts.exchange(
        code: SecretBytes(copying: "a code/+&=%ü".utf8), verifier: "the-verifier")
      #expect(Spotify.text(answer.accessToken) == "an-access-token")
      #expect(Spotify.text(answer.refreshToken) == "a-refresh-token")
      #expect(answer.hasRefreshToken == true)
      #expect(answer.lifetime == .seconds(3_600))
      #expect(answer.scopes == ["user-library-read", "user-follow-read"])
      let request = spotify.requests.withLock { $0[0] }
      #expect(request.method == .post && request.path == "/api/token" && request.query == nil)
      #expect(request.headers["content-type"] == "application/x-www-form-urlencoded")
      let basic = Data("an id:a+secret/ü".utf8).base64EncodedString()
      #expect(request.headers["authorization"] == "Basic \(basic)")
      #expect(
        String(decoding: request.body, as: UTF8.self) == """
          grant_type=authorization_code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fspotify%2Fcallback%2F\
          &code_verifier=the-verifier&code=a%20code%2F%2B%26%3D%25%C3%BC
          """)
    }
  }

  @Test("what came of an answer that failed is wiped")
  func secretAnswer() async throws {
    try await accounts { spotify in
      #expect(spotify.accounts.tokenRequest(within: .seconds(1)).isAnswerSecret)
    }
  }

  @Test("a refresh and the app's own token say what they are and no more")
  func others() async throws {
    try await accounts { spotify in
      _ = try await spotify.accounts.refresh(SecretBytes(copying: "AQ-_~.+/=".utf8))
      _ = try await spotify.accounts.appToken()
      let bodies = spotify.requests.withLock { $0.map { String(decoding: $0.body, as: UTF8.self) } }
      #expect(
        bodies == ["grant_type=refresh_token&refresh_token=AQ-_~.%2B%2F%3D", "grant_type=client_credentials"])
    }
  }

  @Test(
    "an id and a secret of any length are Basic as everybody else writes it",
    arguments: ["", "x", "xy", "xyz", "xyz1", "a:b", "ü🦉", String(repeating: "s", count: 97)])
  func basic(_ secret: String) async throws {
    try await withCannedSpotify(200, Recorded.token, secret: secret) { spotify in
      _ = try await spotify.accounts.appToken()
      let expected = Data("an id:\(secret)".utf8).base64EncodedString()
      #expect(spotify.requests.withLock { $0[0].headers["authorization"] } == "Basic \(expected)")
    }
  }

  @Test(
    "an answer without a new refresh token says so, however it says it",
    arguments: ["", #","refresh_token":null"#, #","refresh_token":"""#])
  func noRefreshToken(_ field: String) async throws {
    try await withCannedSpotify(
      200, #"{"access_token":"a","token_type":"bearer","expires_in":3600.0\#(field)}"#
    ) {
      spotify in
      let answer = try await spotify.accounts.refresh(SecretBytes(copying: "old".utf8))
      #expect(answer.hasRefreshToken == false)
      #expect(answer.scopes == nil)
      #expect(answer.lifetime == .seconds(3_600))
    }
  }
}
