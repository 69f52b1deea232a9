import Coordination
import Domain
import PostgreSQL
import Redis
import SpotifyAPI
import Storage
import Sync

/// The ledger of requests for the doctor's own: they are counted and keep the limits as all do, but go on when Redis
/// or Postgres is what is broken.
struct DoctorLedger: Sendable {
  let configuration: Configuration
  let patience: Patience

  /// Runs `body` with what decides about its requests.
  func lend<Value>(_ body: (RequestAdmission) async -> Value) async -> Value {
    var settings = configuration.redis
    settings.clientName = "cratekeeper-doctor"
    settings.commandDeadline = .seconds(1)
    let redis = RedisClient(reactor: patience.reactor, configuration: settings)
    defer { redis.close() }
    let ledger = RequestLedger(redis: redis, namespace: configuration.namespace, account: await account())
    return await body(
      RequestAdmission(
        admit: { (group, priority) async throws(SpotifyError) in
          if case .wait(let time, let cause) = await answer(ledger, group, priority) {
            throw SpotifyError(cause, waiting: time)
          }
        },
        // The service meets it by itself, if it lasts.
        heard: { _, _ in }))
  }

  private func answer(
    _ ledger: RequestLedger, _ group: EndpointGroup, _ priority: RequestPriority
  ) async -> RequestLedger.Answer {
    do {
      let answer = try await ledger.admit(group, priority, ceilings: configuration.ceilings)
      // Whoever begins the account adds what is remembered of it.
      if answer == .unknown { try await ledger.record([group: 1]) }
      return answer
    } catch {
      // What is wrong with Redis is another finding.
      return .unknown
    }
  }

  /// Whose the app is; a new one is an account of its own.
  private func account() async -> DeveloperAccountID {
    var settings = configuration.database
    settings.applicationName = "cratekeeper doctor"
    settings.onConnect = Database.onConnect
    settings.connections = 1
    let pool = PostgreSQLPool(reactor: patience.reactor, configuration: settings)
    let clientID = configuration.spotify.clientID
    let found = await patience.await {
      try await LedgerCopy(Database(pool: pool)).accounts().first { $0.clientIDs.contains(clientID) }?.id
    }
    await pool.close()
    if case .success(let account?) = found { return account }
    return DeveloperAccountID(clientID)
  }
}
