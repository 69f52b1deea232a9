import Reactor
import Redis
import TestSupport
import Testing

@Suite("A subscriber")
struct RedisSubscriberTests {
  private enum Event: Sendable, Equatable {
    case subscribed
    case message(String, [UInt8])
    case lost(RedisError.Code)
  }

  /// Runs `body` with the events of a subscriber.
  private func withSubscriber(
    _ url: String, _ channels: [String], heartbeat: Duration = .seconds(15),
    _ body: @escaping @Sendable (inout AsyncStream<Event>.Iterator) async throws -> Void
  ) async throws {
    try await onReactor { reactor in
      let (events, event) = AsyncStream<Event>.makeStream()
      let subscriber = RedisSubscriber(
        reactor: reactor, configuration: try RedisConfiguration(url: url), channels: channels,
        heartbeat: heartbeat, onMessage: { event.yield(.message($0, $1)) },
        onSubscribed: { event.yield(.subscribed) }, onLost: { event.yield(.lost($0.code)) })
      defer { subscriber.close() }
      var iterator = events.makeAsyncIterator()
      try await body(&iterator)
    }
  }

  @Test("hears its channels, any bytes, in order")
  func messages() async throws {
    let prefix = TestRedis.prefix()
    let (one, two) = (prefix + "one", prefix + "two")
    try await withSubscriber(TestRedis.url, [one, two]) { events in
      #expect(await events.next() == .subscribed)
      try await withClient { client, _ in
        _ = try await client.send(pipeline: [
          ["PUBLISH", RedisArgument(one), .bytes([0, 13, 10, 255])], ["PUBLISH", RedisArgument(two), "b"],
          ["PUBLISH", "\(prefix)other", "c"], ["PUBLISH", RedisArgument(one), ""],
        ])
      }
      #expect(await events.next() == .message(one, [0, 13, 10, 255]))
      #expect(await events.next() == .message(two, Array("b".utf8)))
      #expect(await events.next() == .message(one, []))
    }
  }

  @Test("subscribes again after the server was killed and restarted, and says so")
  func restart() async throws {
    try await PrivateRedis.with { redis in
      try await withSubscriber(redis.url, ["news"]) { events in
        #expect(await events.next() == .subscribed)
        await redis.kill()
        #expect(await events.next() == .lost(.connection))
        try await redis.restart()
        while let event = await events.next(), event != .subscribed { #expect(event == .lost(.connection)) }
        try await withClient(RedisConfiguration(url: redis.url)) { client, _ in
          let heard = try await client.send("PUBLISH", "news", "again")
          #expect(heard == .integer(1))
        }
        #expect(await events.next() == .message("news", Array("again".utf8)))
      }
    }
  }

  @Test("notices a server that hangs without closing the connection")
  func hanging() async throws {
    try await PrivateRedis.with { redis in
      try await withSubscriber(redis.url, ["news"], heartbeat: .milliseconds(20)) { events in
        // A loaded machine may be silent for that long by itself.
        while let event = await events.next(), event != .subscribed {}
        redis.pause()
        #expect(await events.next() == .lost(.connection))
        redis.resume()
        while let event = await events.next(), event != .subscribed {}
      }
    }
  }

  @Test("says why it can't subscribe and tries on")
  func refused() async throws {
    let fake = try FakeRedis { connection in
      connection.welcome()
      connection.read()
      connection.write("*2\r\n+subscribe\r\n+too short\r\n")
      connection.drain()
    }
    try await withSubscriber(fake.url, ["news"]) { events in
      for _ in 0..<3 { #expect(await events.next() == .lost(.protocolViolation)) }
    }
    fake.stop()
  }

  @Test("may be closed from within its own callback, and is quiet then")
  func closedWithin() async throws {
    let prefix = TestRedis.prefix()
    try await onReactor { reactor in
      let (events, event) = AsyncStream<Int>.makeStream()
      let own = Locked<RedisSubscriber?>(nil)
      let subscriber = RedisSubscriber(
        reactor: reactor, configuration: try RedisConfiguration(url: TestRedis.url), channels: [prefix],
        onMessage: { _, _ in
          own.withLock { $0 }?.close()
          event.yield(1)
        }, onSubscribed: { event.yield(0) })
      own.withLock { $0 = subscriber }
      var iterator = events.makeAsyncIterator()
      #expect(await iterator.next() == 0)
      try await withClient { client, _ in
        _ = try await client.send(pipeline: (0..<9).map { ["PUBLISH", RedisArgument(prefix), .integer($0)] })
        var count: Int64? = 1
        while count != 0 { count = try await client.send("PUBLISH", prefix, "late").int }
      }
      event.finish()
      #expect(await iterator.next() == 1)
      #expect(await iterator.next() == nil)
      own.withLock { $0 = nil }
    }
  }
}
