import Reactor
import Redis
import TestSupport
import Testing

/// Runs `body` on a reactor with a client of the shared Redis and a prefix for its keys.
func withClient<Success: Sendable>(
  _ body: @escaping @Sendable (RedisClient, String) async throws -> Success
) async throws -> Success {
  try await withClient(RedisConfiguration(url: TestRedis.url), body)
}

/// The same with another Redis, or with other limits.
func withClient<Success: Sendable>(
  _ configuration: RedisConfiguration,
  _ body: @escaping @Sendable (RedisClient, String) async throws -> Success
) async throws -> Success {
  try await onReactor { reactor in
    let client = RedisClient(reactor: reactor, configuration: configuration)
    defer { client.close() }
    return try await body(client, TestRedis.prefix())
  }
}

/// The code that `body` throws, nil when it doesn't.
func code(_ body: () async throws(RedisError) -> some Any) async -> RedisError.Code? {
  await error(body)?.code
}

func error(_ body: () async throws(RedisError) -> some Any) async -> RedisError? {
  do throws(RedisError) {
    _ = try await body()
    return nil
  } catch { return error }
}
