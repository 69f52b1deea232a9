import Coordination
import Reactor
import Redis
import TestSupport
import Testing

@Suite("Signals")
struct SignalTests {
  /// Subscribes to a channel and collects what comes until `count` messages are there.
  private static func messages(
    _ reactor: Reactor, on channel: String, count: Int, _ publish: () async throws -> Void
  ) async throws -> [String] {
    let (subscribed, isSubscribed) = AsyncStream.makeStream(of: Void.self)
    let (messages, message) = AsyncStream.makeStream(of: String.self)
    let subscriber = RedisSubscriber(
      reactor: reactor, configuration: try RedisConfiguration(url: TestRedis.url), channels: [channel],
      onMessage: { _, payload in message.yield(String(decoding: payload, as: UTF8.self)) },
      onSubscribed: { isSubscribed.yield() })
    defer { subscriber.close() }
    for await _ in subscribed { break }
    try await publish()
    var received: [String] = []
    for await message in messages {
      received.append(message)
      if received.count == count { break }
    }
    return received
  }

  @Test("a new version of the catalogue is heard by whoever listens")
  func catalogue() async throws {
    try await withRedis { redis, namespace, _ in
      let signal = CatalogueSignal(redis: redis, namespace: namespace)
      let heard = try await Self.messages(redis.reactor, on: signal.channel, count: 2) {
        try await signal.announceRequest()
        try await signal.announce(version: 41)
        try await signal.announce(version: 42)
      }
      #expect(heard == ["41", "42"])
    }
  }

  @Test("a refresh that is asked for is heard on its own channel")
  func request() async throws {
    try await withRedis { redis, namespace, _ in
      let signal = CatalogueSignal(redis: redis, namespace: namespace)
      #expect(signal.channel != signal.requestChannel)
      let heard = try await Self.messages(redis.reactor, on: signal.requestChannel, count: 1) {
        try await signal.announceRequest()
      }
      #expect(heard == [""])
    }
  }

  @Test("a run that waits is hinted at, one that waits already isn't")
  func jobs() async throws {
    try await withRedis { redis, namespace, _ in
      let dispatch = JobDispatch(redis: redis, namespace: namespace)
      let job = job(1)
      let heard = try await Self.messages(redis.reactor, on: dispatch.channel, count: 2) {
        try await dispatch.put(job, isInteractive: true)
        try await dispatch.put(job, isInteractive: true)
        _ = try await redis.send("PUBLISH", dispatch.channel, "the end")
      }
      #expect(heard == ["", "the end"])
    }
  }

  @Test("two deployments have channels of their own")
  func namespaces() async throws {
    try await withRedis { redis, namespace, name in
      let other = Namespace(name + "-other")
      #expect(
        CatalogueSignal(redis: redis, namespace: namespace).channel
          != CatalogueSignal(redis: redis, namespace: other).channel)
      #expect(
        JobDispatch(redis: redis, namespace: namespace).channel
          != JobDispatch(redis: redis, namespace: other).channel)
    }
  }
}
