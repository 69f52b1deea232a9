import Accounts
import Coordination
import Domain
import HTTPServer
import Logging
import Storage
import TokenVault

/// A start that can't succeed; the message says what to do.
struct StartupFailure: Error, CustomStringConvertible {
  let description: String
}

/// This deployment's app at Spotify, and whose it is.
struct RegisteredApp: Sendable {
  let id: AppID
  let account: DeveloperAccountID
}

/// What has to be there before anything is served.
struct Startup: Sendable {
  let scope: ReactorScope
  /// How long Postgres and Redis are waited for.
  let patience: Duration
  let logger: Logger

  private static let pause = Duration.milliseconds(500)

  /// Waits for Postgres and Redis, checks the schema, the role and the keys, and registers this Spotify app.
  func prepare(clientID: String, keyRing: KeyRing) async throws -> RegisteredApp {
    if !keyRing.isLocked { logger.warning(KeyWords.unlocked, ["advice": "\(KeyWords.adviceForUnlocked)"]) }
    return try await scope.reactor.run {
      try await waitFor("Postgres") { () throws(StorageError) in
        try await scope.database.checkReadiness()
      } isAway: {
        $0.code == .unavailable
      }
      let redisHealth = RedisHealth(redis: scope.redis)
      try await waitFor("Redis") { () throws(CoordinationError) in
        try await redisHealth.ping()
      } isAway: {
        $0.code == .unavailable
      }
      for warning in try await redisHealth.warnings() { logger.warning(warning) }
      try await checkKeys(keyRing)
      let id = try await Grants(scope.database).registerApp(clientID: clientID)
      return RegisteredApp(id: id, account: try await LedgerCopy(scope.database).account(of: id))
    }
  }

  /// Fails when a stored token can't be opened for lack of its key: nothing would be served to whose it is. With
  /// another key of the same id newcomers' tokens would be sealed, too.
  private func checkKeys(_ ring: KeyRing) async throws {
    let grants = SealedGrants(scope.database)
    let inventory = KeyInventory(ring: ring.ids, uses: try await grants.keyUses())
    if let problem = KeyWords.missing(inventory) {
      throw StartupFailure(description: "\(problem); \(KeyWords.adviceForMissing)")
    }
    let tryKeys = TryKeys(grants: grants, vault: TokenVault(ring: ring))
    let strangers = try await tryKeys.strangers(in: inventory)
    if let problem = KeyWords.strangers(strangers.certain) {
      throw StartupFailure(description: "\(problem); \(KeyWords.adviceForStrangers)")
    }
    if let problem = KeyWords.doubtful(strangers.doubtful) {
      logger.error(problem, ["advice": KeyWords.adviceForDoubtful])
    }
  }

  /// Fails when another process listens there: with SO_REUSEPORT a second one would share it unnoticed.
  static func checkFree(_ address: ListenAddress, variable: String) throws {
    do { try HTTPServer.probe(host: address.host, port: address.port) } catch {
      throw StartupFailure(
        description: "\(variable) \(address) can't be listened on: \(error)")
    }
  }

  /// Where operations are answered: `OPS_LISTEN`, or a free port when it is unset and its default is taken.
  static func operationsAddress(_ configuration: Configuration) throws -> ListenAddress {
    let address = configuration.operationsListen
    do {
      try checkFree(address, variable: "OPS_LISTEN")
      return address
    } catch  where configuration.mayMoveOperations {
      return ListenAddress(host: address.host, port: 0)
    }
  }

  private func waitFor<Failure: Error>(
    _ name: String, _ check: () async throws(Failure) -> Void, isAway: (Failure) -> Bool
  ) async throws {
    let giveUpAt = ContinuousClock.now + patience
    var hasSaidSo = false
    while true {
      do throws(Failure) {
        return try await check()
      } catch {
        guard isAway(error) else { throw StartupFailure(description: "\(error)") }
        guard ContinuousClock.now < giveUpAt else {
          throw StartupFailure(
            description: "\(name) could not be reached for \(patience.components.seconds) s: \(error)"
          )
        }
        if !hasSaidSo {
          logger.warning("waiting for \(name)", ["error": "\(error)"])
          hasSaidSo = true
        }
      }
      try await scope.reactor.sleep(for: Startup.pause)
    }
  }
}
