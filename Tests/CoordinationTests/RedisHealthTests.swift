import Coordination
import TestSupport
import Testing

@Suite("The health of Redis")
struct RedisHealthTests {
  @Test("a Redis that keeps what it acknowledges needs no warning, and its changes are seen")
  func warnings() async throws {
    let redis = try await PrivateRedis.start()
    try await withRedis(url: redis.url) { client, _, _ in
      let health = RedisHealth(redis: client)
      try await health.ping()
      #expect(try await health.warnings() == [])
      _ = try await client.send("CONFIG", "SET", "appendonly", "no")
      let forgetful = try await health.warnings()
      #expect(forgetful.count == 1)
      #expect(forgetful.first?.contains("appendonly") == true)
      _ = try await client.send("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
      let dropping = try await health.warnings()
      #expect(dropping.count == 2)
      #expect(dropping.last?.contains("maxmemory-policy allkeys-lru") == true)
      await redis.kill()
      #expect(await coordinationCode { try await health.ping() } == .unavailable)
      #expect(await coordinationCode { try await health.warnings() } == .unavailable)
    }
    await redis.stop()
  }
}
