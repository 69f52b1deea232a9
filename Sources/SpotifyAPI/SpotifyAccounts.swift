import Domain
import FoundationEssentials
import HTTPClient
import Secrets

/// Spotify's accounts service: where people consent and tokens are made.
///
/// Every request for a token passes its ``RequestAdmission`` first.
package struct SpotifyAccounts: Sendable {
  private let client: HTTPClient
  private let configuration: SpotifyConfiguration
  private let admission: RequestAdmission
  /// Every request for a token asks it first, and tells it when Spotify refuses the app.
  package let standing: AppStanding

  /// Longer than any token answer seen; a provider that is slow is better than a refresh that ran twice.
  package static let deadline = Duration.seconds(20)

  package init(
    client: HTTPClient, configuration: SpotifyConfiguration, admission: RequestAdmission,
    standing: AppStanding = AppStanding()
  ) {
    self.client = client
    self.configuration = configuration
    self.admission = admission
    self.standing = standing
  }

  /// Who an authorization answer has to be of, where it says so (RFC 9207).
  package var issuer: String { configuration.accountsURL }

  /// Where to send the browser.
  ///
  /// - Parameter asksAgain: whether Spotify's page asks who agreed before, too, instead of sending them right back.
  package func authorizeURL(state: String, challenge: String, asksAgain: Bool = false) -> String {
    var fields = [
      ("response_type", "code"),
      ("client_id", configuration.clientID),
      ("redirect_uri", configuration.redirectURI),
      ("scope", configuration.scopes.joined(separator: " ")),
      ("state", state),
      ("code_challenge_method", "S256"),
      ("code_challenge", challenge),
    ]
    if asksAgain { fields.append(("show_dialog", "true")) }
    return "\(configuration.accountsURL)/authorize?\(FormEncoding.query(fields))"
  }

  /// For who has something to lose by asking in vain; each request looks by itself as well.
  ///
  /// - Throws: `rateLimited` or `quotaExceeded`, with the time to wait, while Spotify wants nobody to ask for tokens.
  package func checkPause() async throws(SpotifyError) {
    try await admission.admit(.token, .immediate)
  }

  /// Trades a code for tokens. A code works once.
  package func exchange(
    code: borrowing SecretBytes, verifier: String
  ) async throws(SpotifyError) -> TokenAnswer {
    let body = FormEncoding.body(
      [
        ("grant_type", "authorization_code"), ("redirect_uri", configuration.redirectURI),
        ("code_verifier", verifier),
      ], name: "code", secret: code)
    return try await requestToken(body)
  }

  /// - Parameter patience: for the whole exchange, the wait for a connection included.
  package func refresh(
    _ refreshToken: borrowing SecretBytes, within patience: Duration = deadline
  ) async throws(SpotifyError) -> TokenAnswer {
    try await requestToken(
      FormEncoding.body([("grant_type", "refresh_token")], name: "refresh_token", secret: refreshToken),
      within: patience)
  }

  /// The app's own token, for the catalogue: no user, no scope, no refresh token.
  package func appToken() async throws(SpotifyError) -> TokenAnswer {
    try await requestToken(SecretBytes(copying: "grant_type=client_credentials".utf8))
  }

  private func requestToken(
    _ body: consuming SecretBytes, within patience: Duration = deadline
  ) async throws(SpotifyError) -> TokenAnswer {
    try standing.check()
    let began = ContinuousClock.now
    try await checkPause()
    let patience = patience - (ContinuousClock.now - began)
    guard patience > .zero else { throw SpotifyError(.unavailable, "there was no time left to ask") }
    var response: HTTPClientResponse
    do throws(HTTPClientError) {
      let header = try SecretHeader(
        name: "Authorization", prefix: "Basic ", secret: configuration.basicCredentials)
      response = try await client.send(tokenRequest(within: patience), secretHeader: header, secretBody: body)
    } catch {
      throw SpotifyError(transport: error)
    }
    defer { response.wipeBody() }
    guard response.status == 200 else {
      let refusal = TokenRefusal.error(response)
      switch refusal.code {
      case .invalidClient: standing.refused(refusal)
      case .rateLimited, .quotaExceeded: await admission.heard(.token, refusal)
      default: break
      }
      throw refusal
    }
    return try TokenAnswer(body: response.body)
  }

  func tokenRequest(within patience: Duration) -> HTTPClientRequest {
    HTTPClientRequest(
      method: "POST", url: "\(configuration.accountsURL)/api/token",
      headers: [
        (name: "Content-Type", value: "application/x-www-form-urlencoded"),
        (name: "Accept", value: "application/json"),
      ], deadline: patience, maximumBodyBytes: 64 * 1_024, isAnswerSecret: true)
  }
}

/// The token endpoint's flat error object: `{"error":"invalid_grant","error_description":"…"}`.
struct TokenRefusal: Decodable {
  let error: String
  let errorDescription: String?

  private enum CodingKeys: String, CodingKey {
    case error
    case errorDescription = "error_description"
  }

  /// Nobody signs in meanwhile, so what asks for longer is asked again after this.
  private static let longestPause = Duration.seconds(3_600)
  /// Who is asked to wait no time at all would ask without end.
  private static let shortestPause = Duration.seconds(1)

  static func error(_ response: HTTPClientResponse) -> SpotifyError {
    if response.status == 429 || response.status >= 500 { return delay(SpotifyError(answer: response)) }
    guard let refusal = try? JSONDecoder().decode(TokenRefusal.self, from: Data(response.body)) else {
      return SpotifyError(.malformed, status: response.status, "the token endpoint's refusal is not JSON")
    }
    let message = SpotifyWords.harmless(refusal.errorDescription ?? refusal.error)
    return switch refusal.error {
    case "invalid_grant": SpotifyError(.invalidGrant, status: response.status, message)
    case "invalid_client", "unauthorized_client":
      SpotifyError(.invalidClient, status: response.status, message)
    default: SpotifyError(.badRequest, status: response.status, message)
    }
  }

  /// A 429, or an outage: a 503 that says how long is a wish to be left alone, too.
  private static func delay(_ error: SpotifyError) -> SpotifyError {
    guard let wait = error.retryAfter, error.status == 503 || error.status == 429 else { return error }
    return SpotifyError(
      error.status == 503 ? .rateLimited : error.code, status: error.status, error.message,
      retryAfter: min(max(wait, shortestPause), longestPause))
  }
}
