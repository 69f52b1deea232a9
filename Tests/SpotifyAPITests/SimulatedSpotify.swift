import HTTPClient
import Reactor
import Secrets
import SpotifyAPI
import SpotifySimulator
import TestSupport

/// The client and the simulator, on one reactor.
struct SimulatedSpotify: Sendable {
  let simulator: Simulator
  let http: HTTPClient
  let api: SpotifyClient
  let accounts: SpotifyAccounts

  struct NoCode: Error { let status: Int }

  /// A code of `user`, who has agreed.
  func code(
    of user: String = "ada.quill", state: String = "s", challenge: String = String(repeating: "a", count: 43)
  ) async throws -> String {
    let url = accounts.authorizeURL(state: state, challenge: challenge) + "&simulate_user=\(user)"
    let answer = try await http.send(HTTPClientRequest(url: url))
    guard let location = answer.header("Location"), let start = location.firstRange(of: "code=")?.upperBound
    else {
      throw NoCode(status: answer.status)
    }
    return String(location[start...].prefix { $0 != "&" })
  }

  /// An access token of `user`.
  func token(of user: String = "ada.quill") async throws -> String {
    let answer = try await tokens(of: user)
    return Spotify.text(answer.accessToken)
  }

  func tokens(of user: String = "ada.quill") async throws -> TokenAnswer {
    // The SHA-256 of the verifier, in base64url.
    let code = try await code(of: user, challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    return try await accounts.exchange(
      code: SecretBytes(copying: code.utf8), verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
  }
}

func withSimulatedSpotify<R: Sendable>(
  secret: String = SimulatorConfiguration.Client.demo.secret, scopes: String = "user-library-read",
  _ configuration: SimulatorConfiguration = .init(),
  _ test: @escaping @Sendable (SimulatedSpotify) async throws -> R
) async throws -> R {
  try await onReactor { reactor in
    let simulator = try await Simulator.start(on: reactor, configuration: configuration)
    let http = try HTTPClient(reactor: reactor, configuration: HTTPClient.Configuration(userAgent: "tests/1"))
    let spotify = Spotify.configuration(
      base: simulator.baseURL, api: "/v1", id: SimulatorConfiguration.Client.demo.id, secret: secret,
      scopes: [scopes])
    let outcome: Result<R, any Error>
    do {
      outcome = .success(
        try await test(
          SimulatedSpotify(
            simulator: simulator, http: http,
            api: SpotifyClient(client: http, configuration: spotify, admission: .unlimited),
            accounts: SpotifyAccounts(client: http, configuration: spotify, admission: .unlimited))))
    } catch { outcome = .failure(error) }
    http.close()
    await simulator.stop()
    return try outcome.get()
  }
}
