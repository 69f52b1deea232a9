import Redis

/// Whether Redis answers, and whether it keeps what it acknowledges.
package struct RedisHealth: Sendable {
  private let redis: RedisClient

  package init(redis: RedisClient) {
    self.redis = redis
  }

  package func ping() async throws(CoordinationError) {
    do throws(RedisError) { _ = try await redis.send("PING") } catch { throw CoordinationError(error) }
  }

  /// What an operator should change, each as a sentence; empty when all is well. Runs are safe either way, as
  /// their truth is in Postgres; sign-ins that are under way are not.
  package func warnings() async throws(CoordinationError) -> [String] {
    let info: String
    do throws(RedisError) { info = try await redis.send("INFO").text ?? "" } catch {
      throw CoordinationError(error)
    }
    var facts: [Substring: Substring] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { facts[parts[0]] = parts[1] }
    }
    var warnings: [String] = []
    if facts["aof_enabled"] == "0" {
      warnings.append(
        "Redis has `appendonly no`: when it is killed, sign-ins under way are lost; set it to yes")
    }
    if let policy = facts["maxmemory_policy"], policy != "noeviction" {
      warnings.append("Redis has `maxmemory-policy \(policy)` and may drop keys; set it to noeviction")
    }
    return warnings
  }
}
