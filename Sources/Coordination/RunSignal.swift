import Domain
import Redis

/// Tells every instance that a run's row has changed. A hint: how the run is stands in Postgres.
package struct RunSignal: Sendable {
  private let redis: RedisClient
  private let namespace: Namespace

  package init(redis: RedisClient, namespace: Namespace) {
    self.redis = redis
    self.namespace = namespace
  }

  /// The channel of all runs of the deployment.
  package var channel: String { namespace.key("runs") }

  package func announce(_ run: RunID) async throws(CoordinationError) {
    do throws(RedisError) { _ = try await redis.send("PUBLISH", channel, "\(run)") } catch {
      throw CoordinationError(error)
    }
  }

  /// Which run a message of the channel names; nil for what isn't ours.
  package static func run(of message: [UInt8]) -> RunID? { RunID(String(decoding: message, as: UTF8.self)) }
}
