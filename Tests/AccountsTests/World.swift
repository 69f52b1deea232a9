import Accounts
import Coordination
import Domain
import Foundation
import HTTPClient
import Logging
import PostgreSQL
import Reactor
import Redis
import Secrets
import SpotifyAPI
import SpotifySimulator
import Storage
import TestSupport
import TokenVault

/// A clock that a test sets.
final class TestClock: Sendable {
  private let ahead = Locked<TimeInterval>(0)

  var now: Date { Date().addingTimeInterval(ahead.withLock { $0 }) }
  func advance(seconds: Int) { ahead.withLock { $0 += Double(seconds) } }
}

/// The use-cases of accounts on real parts: a database, a namespace in Redis and a simulator of a test's own.
///
/// Each ``instance(secret:)`` is what another process would be: it shares nothing with the others but Postgres,
/// Redis and Spotify.
struct World: Sendable {
  let db: ServiceDatabase
  let redis: RedisClient
  let namespace: Namespace
  let simulator: Simulator
  let http: HTTPClient
  let app: AppID
  /// `TOKEN_KEYS`, the same for all instances.
  let keys: String
  let clock = TestClock()

  var reactor: Reactor { db.reactor }
  var states: SignInStates { SignInStates(redis: redis, namespace: namespace) }
  var dispatch: JobDispatch { JobDispatch(redis: redis, namespace: namespace) }
  var grants: Grants { Grants(db.database) }
  var sessions: Sessions { Sessions(db.database) }

  static let redirect = "http://127.0.0.1:8080/spotify/callback/"

  /// - Parameters:
  ///   - ownKeys: its `TOKEN_KEYS`, unless they are everybody's.
  ///   - own: its app, unless it is everybody's.
  func instance(
    secret: String? = nil, keys ownKeys: String? = nil,
    app own: (client: SimulatorConfiguration.Client, id: AppID)? = nil,
    storing patience: Duration = RefreshAccessToken.longestStoring
  ) throws -> Instance {
    let (client, app) = own ?? (.demo, app)
    let grants = Grants(db.database, app: app)
    let spotify = SpotifyConfiguration(
      apiURL: simulator.apiURL, accountsURL: simulator.accountsURL,
      clientID: client.id, clientSecret: SecretBytes(copying: (secret ?? client.secret).utf8),
      redirectURI: World.redirect, scopes: ["user-library-read"])
    let accounts = SpotifyAccounts(client: http, configuration: spotify, admission: .unlimited)
    let api = SpotifyClient(client: http, configuration: spotify, admission: .unlimited)
    let seal = TokenSeal(vault: TokenVault(ring: try KeyRing(parsing: ownKeys ?? keys)), logger: .silent)
    let clock = clock
    let refresh = RefreshAccessToken(
      grants: grants, spotify: accounts, seal: seal, reactor: reactor, traffic: RefreshTraffic(),
      logger: .silent, storing: patience, now: { clock.now })
    return Instance(
      connect: ConnectAccount(
        states: states, spotify: accounts, api: api, seal: seal, users: Users(db.database), grants: grants,
        sessions: sessions, runs: SyncRuns(db.database), dispatch: dispatch, app: app,
        requestedScopes: spotify.scopes, logger: .silent, now: { clock.now }),
      accesses: UserAccesses(refresh: refresh, seal: seal),
      appAccess: AppAccess(
        spotify: accounts, reactor: reactor, store: AppAccess.Store(), now: { clock.now }),
      eraseAccount: EraseAccount(erasure: Erasure(db.database), dispatch: dispatch, logger: .silent), api: api
    )
  }

  // MARK: The person

  /// Agrees on Spotify's page as `user` and gives what the browser brings back.
  func agree(_ beginning: ConnectAccount.Beginning, as user: String = "ada.quill") async throws
    -> ConnectAccount.Return
  {
    let answer = try await http.send(
      HTTPClientRequest(url: beginning.authorizeURL + "&simulate_user=\(user)"))
    let query = try Answer.query(answer.header("Location"))
    return ConnectAccount.Return(
      state: query["state"], code: query["code"], error: query["error"], browserToken: beginning.browserToken,
      userAgent: "tests", oldSession: nil)
  }

  /// The whole way through, with `instance`.
  func connect(_ instance: Instance, as user: String = "ada.quill") async throws -> ConnectAccount.Connection
  {
    let beginning = try await instance.connect.begin(next: nil, user: nil)
    return try await instance.connect.finish(try await agree(beginning, as: user))
  }

  /// Time passes until the access token is about to end, here and at Spotify.
  func letTokenEnd() {
    clock.advance(seconds: 3_601)
    simulator.advanceClock(seconds: 3_601)
  }

  func refreshes() -> Int { simulator.counts.tokenRequests("refresh_token") }

  func grant(of user: UserID) async throws -> Grant? { try await grants.load(user)?.grant }
}

struct Instance: Sendable {
  let connect: ConnectAccount
  let accesses: UserAccesses
  let appAccess: AppAccess
  let eraseAccount: EraseAccount
  let api: SpotifyClient

  /// Asks Spotify who the user is, with the user's token.
  func whoIs(_ user: UserID) async throws -> String {
    try await accesses.access(of: user).perform { (token: borrowing SecretBytes) async throws(SpotifyError) in
      try await api.profile(token: token)
    }.id.rawValue
  }

  /// Asks for the catalogue with the app's token.
  func search() async throws -> Int {
    try await appAccess.perform { (token: borrowing SecretBytes) async throws(SpotifyError) in
      try await api.searchAlbums(query: "tag:new", offset: 0, limit: 10, token: token)
    }.received
  }
}

enum Answer {
  struct NoRedirect: Error {}

  /// The decoded query of an address.
  static func query(_ location: String?) throws -> [String: String] {
    guard let location, let components = URLComponents(string: location) else { throw NoRedirect() }
    var query: [String: String] = [:]
    for item in components.queryItems ?? [] { query[item.name] = item.value }
    return query
  }
}

func withWorld<R: Sendable>(
  _ configuration: SimulatorConfiguration = SimulatorConfiguration(), isAltered: Bool = false,
  _ body: @escaping @Sendable (World) async throws -> R
) async throws -> R {
  let redisConfiguration = try RedisConfiguration(url: TestRedis.url)
  return try await withServiceDatabase(isAltered: isAltered) { db in
    let simulator = try await Simulator.start(on: db.reactor, configuration: configuration)
    var settings = HTTPClient.Configuration(userAgent: "tests/1")
    settings.maxConnectionsPerHost = 256
    let http = try HTTPClient(reactor: db.reactor, configuration: settings)
    let redis = RedisClient(reactor: db.reactor, configuration: redisConfiguration)
    let outcome: Result<R, any Error>
    do {
      let app = try await Grants(db.database).registerApp(clientID: SimulatorConfiguration.Client.demo.id)
      outcome = .success(
        try await body(
          World(
            db: db, redis: redis, namespace: Namespace("test-\(UUID().uuidString.lowercased())"),
            simulator: simulator, http: http, app: app, keys: KeyRing.generate())))
    } catch { outcome = .failure(error) }
    http.close()
    redis.close()
    await simulator.stop()
    return try outcome.get()
  }
}

/// The code of the account error that `body` throws; nil when it throws none.
func accountCode<R>(_ body: () async throws -> R) async -> AccountError.Code? {
  do {
    _ = try await body()
    return nil
  } catch { return (error as? AccountError)?.code }
}
