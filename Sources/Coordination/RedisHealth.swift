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
    try await facts().warnings
  }

  /// What Redis says about itself.
  package func facts() async throws(CoordinationError) -> RedisFacts {
    do throws(RedisError) { return RedisFacts(info: try await redis.send("INFO").text ?? "") } catch {
      throw CoordinationError(error)
    }
  }
}
