import HTTPServer
import Secrets

extension SimulatorState {
  /// `POST /api/token` (form): trades a code, a refresh token or the app's own credentials for a token.
  mutating func token(_ call: Call) -> HTTPResponse {
    guard Call.isForm(call.request) else { return .text(415, "Unsupported Media Type") }
    do throws(TokenRefusal) {
      let client = try authenticate(call)
      switch call.form("grant_type") {
      case "authorization_code": return try tradeCode(call, client)
      case "refresh_token": return try refresh(call, client)
      case "client_credentials":
        return grant(client, user: nil, scope: "", authorizedAt: microseconds, refreshToken: .leftOut)
      default:
        throw TokenRefusal(
          "unsupported_grant_type",
          "grant_type must be client_credentials, authorization_code or refresh_token")
      }
    } catch {
      return .tokenError(error.code, error.description)
    }
  }

  private func authenticate(_ call: Call) throws(TokenRefusal) -> SimulatorConfiguration.Client {
    let header = call.request.headers["authorization"]?.split(separator: " ", maxSplits: 1)
    guard let header, header.count == 2, header[0].lowercased() == "basic",
      let credentials = Base64.decode(String(header[1]))
    else { throw TokenRefusal("invalid_client", "") }
    let pair = credentials.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2, let client = configuration.clients.first(where: { $0.id == pair[0] }) else {
      throw TokenRefusal("invalid_client", "Invalid client")
    }
    guard client.secret == pair[1] else { throw TokenRefusal("invalid_client", "Invalid client secret") }
    return client
  }

  private mutating func tradeCode(
    _ call: Call, _ client: SimulatorConfiguration.Client
  ) throws(TokenRefusal) -> HTTPResponse {
    guard let text = call.form("code") else { throw TokenRefusal("invalid_request", "code must be supplied") }
    guard let redirectURI = call.form("redirect_uri") else {
      throw TokenRefusal("invalid_request", "redirect_uri must be supplied")
    }
    guard let code = tokens.takeCode(text, verifier: call.form("code_verifier")), code.client == client.id
    else {
      throw TokenRefusal("invalid_grant", "Invalid authorization code")
    }
    guard microseconds - code.issuedAt < 600 * 1_000_000 else {
      throw TokenRefusal("invalid_grant", "Authorization code expired")
    }
    guard code.redirectURI == redirectURI else { throw TokenRefusal("invalid_grant", "Invalid redirect URI") }
    if let challenge = code.challenge {
      let verifier = call.form("code_verifier") ?? ""
      guard (43...128).contains(verifier.utf8.count),
        TokenBook.challenge(of: verifier) == challenge
      else { throw TokenRefusal("invalid_grant", "code_verifier was incorrect") }
    }
    guard account(code.user) != nil else { throw TokenRefusal("invalid_grant", "Invalid authorization code") }
    let now = microseconds
    let token = tokens.issue(
      .refresh, client: client.id, user: code.user, scope: code.scope, authorizedAt: now, now: now)
    return grant(client, user: code.user, scope: code.scope, authorizedAt: now, refreshToken: .text(token))
  }

  private mutating func refresh(
    _ call: Call, _ client: SimulatorConfiguration.Client
  ) throws(TokenRefusal) -> HTTPResponse {
    guard let text = call.form("refresh_token") else {
      throw TokenRefusal("invalid_request", "refresh_token must be supplied")
    }
    guard let claims = tokens.claims(text), claims.kind == .refresh, claims.client == client.id,
      let user = claims.user, account(user) != nil
    else { throw TokenRefusal("invalid_grant", "Invalid refresh token") }
    guard !tokens.isRevoked(claims) else { throw TokenRefusal("invalid_grant", "Refresh token revoked") }
    let age = microseconds - claims.authorizedAt
    guard age < configuration.refreshTokenSeconds * 1_000_000 else {
      throw TokenRefusal("invalid_grant", "Refresh token expired")
    }
    let answer: RefreshTokenField
    switch configuration.refreshAnswer {
    case .absent: answer = .leftOut
    case .null: answer = .null
    case .empty: answer = .text("")
    case .new:
      tokens.revoke(claims)
      answer = .text(
        tokens.issue(
          .refresh, client: client.id, user: user, scope: claims.scope, authorizedAt: claims.authorizedAt,
          now: microseconds))
    }
    return grant(
      client, user: user, scope: claims.scope, authorizedAt: claims.authorizedAt, refreshToken: answer)
  }

  private mutating func grant(
    _ client: SimulatorConfiguration.Client, user: String?, scope: String, authorizedAt: Int,
    refreshToken: RefreshTokenField
  ) -> HTTPResponse {
    let token = tokens.issue(
      .access, client: client.id, user: user, scope: scope, authorizedAt: authorizedAt, now: microseconds)
    var response = HTTPResponse.json(200) { json in
      json.field("access_token", token)
      json.field("token_type", "Bearer")
      json.field("expires_in", configuration.accessTokenSeconds)
      switch refreshToken {
      case .leftOut: break
      case .null: json.nullField("refresh_token")
      case .text(let text): json.field("refresh_token", text)
      }
      if user != nil { json.field("scope", scope) }
    }
    response.headers.set("cache-control", "no-store")
    return response
  }
}

private enum RefreshTokenField {
  case leftOut
  case null
  case text(String)
}

private struct TokenRefusal: Error {
  let code: String
  let description: String

  init(_ code: String, _ description: String) {
    self.code = code
    self.description = description
  }
}
