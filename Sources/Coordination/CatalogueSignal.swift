import Redis

/// Tells every instance that the shared catalogue has a new version. A hint: the version is in Postgres.
package struct CatalogueSignal: Sendable {
  private let redis: RedisClient
  private let namespace: Namespace

  package init(redis: RedisClient, namespace: Namespace) {
    self.redis = redis
    self.namespace = namespace
  }

  package var channel: String { namespace.key("catalogue") }

  /// The channel on which a refresh is asked for, so that a worker doesn't wait for its next look.
  package var requestChannel: String { namespace.key("catalogue", "request") }

  package func announce(version: Int64) async throws(CoordinationError) {
    try await publish(channel, "\(version)")
  }

  package func announceRequest() async throws(CoordinationError) {
    try await publish(requestChannel, "")
  }

  private func publish(_ channel: String, _ message: String) async throws(CoordinationError) {
    do throws(RedisError) { _ = try await redis.send("PUBLISH", channel, message) } catch {
      throw CoordinationError(error)
    }
  }
}
