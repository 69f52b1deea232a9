import Coordination
import Redis

/// Whether Redis is there and keeps what it acknowledges.
struct RedisCheck: Sendable {
  let configuration: RedisConfiguration
  /// Nobody said where it is: the default was tried.
  let isDefault: Bool
  let patience: Patience

  private static let (server, persistence) = ("Redis", "Redis' persistence")

  static func notChecked(_ reason: String) -> [Finding] {
    [server, persistence].map { .notChecked($0, reason) }
  }

  func callAsFunction() async -> [Finding] {
    let answer = await patience.await {
      var configuration = configuration
      configuration.clientName = "cratekeeper-doctor"
      let redis = RedisClient(reactor: patience.reactor, configuration: configuration)
      defer { redis.close() }
      return try await RedisHealth(redis: redis).facts()
    }
    switch answer {
    case .success(let facts): return [serverFinding(facts), RedisCheck.persistenceFinding(facts)]
    case .failure(let error):
      return [
        .problem(
          RedisCheck.server, "\(place) can't be asked: \(error)",
          isDefault
            ? "REDIS_URL is not set: set it to redis://user:password@host:port/number"
            : "start it, or correct the host, the port and the password in REDIS_URL"),
        .notChecked(RedisCheck.persistence, "no Redis"),
      ]
    }
  }

  private var place: String { "\(configuration.host):\(configuration.port)/\(configuration.database)" }

  private func serverFinding(_ facts: RedisFacts) -> Finding {
    let message = "\(facts.version ?? "of unknown version") at \(place)"
    if facts.isReplica {
      return .problem(
        RedisCheck.server, "\(message) is a replica and takes no writes", "set REDIS_URL to the primary")
    }
    return facts.isAtLeast(6, 2) == false
      ? .problem(RedisCheck.server, "\(message) is too old", "upgrade to Redis 6.2 or newer")
      : .ok(RedisCheck.server, message)
  }

  private static func persistenceFinding(_ facts: RedisFacts) -> Finding {
    if facts.failsToAppend {
      return .problem(
        persistence, "it can't write its append-only file", "look at Redis' log: is its disk full?")
    }
    let warnings = facts.warnings
    return warnings.isEmpty
      ? .ok(persistence, "appendonly yes, maxmemory-policy noeviction")
      : .warning(
        persistence, warnings.joined(separator: "; "),
        "in redis.conf: appendonly yes, maxmemory-policy noeviction; then restart it")
  }
}
