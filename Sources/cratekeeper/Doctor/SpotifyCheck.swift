import FoundationEssentials
import HTTPClient
import Reactor
import SpotifyAPI

/// Whether Spotify is reached, takes this app's id and secret, and what it lets the app call.
struct SpotifyCheck: Sendable {
  struct Outcome: Sendable {
    var findings: [Finding]
    var clock: ClockOffset?
    var requests: Int
  }

  let configuration: SpotifyConfiguration
  /// Why no token can be asked for, if so.
  let lackOfCredentials: String?
  /// Nil when it isn't known where the ledger is.
  let ledger: DoctorLedger?
  let patience: Patience
  let now: @Sendable () -> Date

  private static let (accounts, api, credentials) = ("Spotify's accounts", "Spotify's API", "app credentials")

  static func notChecked(_ reason: String) -> Outcome {
    Outcome(
      findings: ([accounts, api, credentials] + AppRights.checks).map { .notChecked($0, reason) }, clock: nil,
      requests: 0)
  }

  func callAsFunction() async -> Outcome {
    let http: HTTPClient
    do throws(HTTPClientError) {
      var settings = HTTPClient.Configuration(userAgent: "cratekeeper/\(Version.text)")
      settings.connectTimeout = patience.limit
      http = try HTTPClient(reactor: patience.reactor, configuration: settings)
    } catch { return SpotifyCheck.notChecked("\(error)") }
    defer { http.close() }
    let spent = Locked(0)
    async let accounts = reach(SpotifyCheck.accounts, configuration.accountsURL, http, spent)
    async let app = examineApp(http, spent)
    let (reached, findings) = (await accounts, await app)
    return Outcome(
      findings: [reached.finding] + findings, clock: reached.clock, requests: spent.withLock { $0 })
  }

  /// Any answer means that it is there.
  private func reach(
    _ check: String, _ url: String, _ http: HTTPClient, _ spent: Locked<Int>
  ) async -> (finding: Finding, clock: ClockOffset?) {
    let began = now()
    let answer = await patience.await {
      spent.withLock { $0 += 1 }
      return try await http.send(HTTPClientRequest(url: url + "/"))
    }
    switch answer {
    case .failure(let error):
      return (SpotifyCheck.unreachable(check, url, error), nil)
    case .success(let response) where response.status >= 500:
      return (
        .warning(
          check, "\(url) answers \(response.status)", "wait, and look at https://status.spotify.dev"), nil
      )
    case .success(let response):
      let clock = ClockOffset(header: response.header("Date"), began: began, ended: now())
      return (.ok(check, "\(url) answers"), clock)
    }
  }

  private func examineApp(_ http: HTTPClient, _ spent: Locked<Int>) async -> [Finding] {
    if let lackOfCredentials {
      let reached = await reach(SpotifyCheck.api, configuration.apiURL, http, spent)
      return [reached.finding]
        + ([SpotifyCheck.credentials] + AppRights.checks).map { .notChecked($0, lackOfCredentials) }
    }
    return await lend { await examineApp(http, spent, $0) }
  }

  private func examineApp(
    _ http: HTTPClient, _ spent: Locked<Int>, _ admission: RequestAdmission
  ) async -> [Finding] {
    // Not through AppAccess: its token is everybody's, so that one who gives up doesn't end the request.
    let accounts = SpotifyAccounts(client: http, configuration: configuration, admission: admission)
    let answer = await patience.await {
      spent.withLock { $0 += 1 }
      return AppToken(try await accounts.appToken())
    }
    let token: AppToken
    switch answer {
    case .success(let given): token = given
    case .failure(let error):
      let reached = await reach(SpotifyCheck.api, configuration.apiURL, http, spent)
      return [reached.finding, SpotifyCheck.refusal(error)]
        + AppRights.checks.map { .notChecked($0, "the app has no token") }
    }
    let spotify = SpotifyClient(client: http, configuration: configuration, admission: admission)
    let (findings, silence) = await AppRights(
      token: token, spotify: spotify, patience: patience, spent: spent
    ).findings()
    let api =
      silence.map { SpotifyCheck.unreachable(SpotifyCheck.api, configuration.apiURL, $0) }
      ?? .ok(SpotifyCheck.api, "\(configuration.apiURL) answers")
    return [api, .ok(SpotifyCheck.credentials, "Spotify gives this app a token")] + findings
  }

  private func lend<Value>(_ body: (RequestAdmission) async -> Value) async -> Value {
    guard let ledger else { return await body(.unlimited) }
    return await ledger.lend(body)
  }

  // MARK: Findings

  private static func refusal(_ error: any Error) -> Finding {
    switch (error as? SpotifyError)?.code {
    case .invalidClient?:
      .problem(
        credentials, "\(error)",
        "copy SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET again from your app's page at "
          + "https://developer.spotify.com/dashboard")
    case .rateLimited?, .quotaExceeded?:
      .warning(credentials, "\(error)", "wait; this app, or another of the same account, asks too much")
    default: .problem(credentials, "no token: \(error)", "try again when Spotify's accounts are reached")
    }
  }

  private static func unreachable(
    _ check: String, _ url: String, _ error: any Error
  ) -> Finding {
    let cause = error as? HTTPClientError
    let advice =
      switch cause?.code {
      case .nameNotResolved?: "does this machine resolve names? (`getent hosts accounts.spotify.com`)"
      case .tls?: "install ca-certificates, set the clock, and see that nothing in between ends TLS"
      default:
        "let this machine connect to it (firewall, network); SPOTIFY_API_URL and SPOTIFY_ACCOUNTS_URL "
          + "are for simulators"
      }
    return .problem(check, "\(url) can't be reached: \(cause?.message ?? "\(error)")", advice)
  }
}
