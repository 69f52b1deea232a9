import Coordination
import Domain
import Foundation
import Redis
import TestSupport

/// Runs `body` on a reactor with a client of a Redis and a namespace that nobody else has.
func withRedis<Success: Sendable>(
  url: String? = nil,
  _ body: @escaping @Sendable (RedisClient, Namespace, _ name: String) async throws -> Success
) async throws -> Success {
  var configuration = try RedisConfiguration(url: try url ?? TestRedis.url)
  // A busy machine is no fault of Redis'.
  configuration.commandDeadline = .seconds(60)
  return try await onReactor { [configuration] reactor in
    let client = RedisClient(reactor: reactor, configuration: configuration)
    defer { client.close() }
    let name = "test-\(UUID().uuidString.lowercased())"
    return try await body(client, Namespace(name), name)
  }
}

/// The code of the error that `body` throws; nil when it throws none.
func coordinationCode<R>(_ body: () async throws -> R) async -> CoordinationError.Code? {
  do {
    _ = try await body()
    return nil
  } catch { return (error as? CoordinationError)?.code }
}

func job(_ user: Int64) -> JobDispatch.Job { JobDispatch.Job(user: UserID(user), run: RunID(UUID())) }

func number(_ value: RedisValue) -> Int64? { if case .integer(let number) = value { number } else { nil } }
