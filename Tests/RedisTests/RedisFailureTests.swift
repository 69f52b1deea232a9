import Glibc
import Reactor
import Redis
import TestSupport
import Testing

@Suite("When Redis fails, a client")
struct RedisFailureTests {
  @Test("gives up at its deadline, drops the late reply and goes on in order")
  func deadline() async throws {
    try await PrivateRedis.with { redis in
      try await withClient(RedisConfiguration(url: redis.url)) { client, _ in
        _ = try await client.send("PING")
        async let slow = code { () throws(RedisError) in
          try await client.send(["DEBUG", "SLEEP", "0.2"], deadline: .milliseconds(20))
        }
        async let next = client.send("ECHO", "next")
        #expect(await slow == .deadlineExceeded)
        #expect(try await next.text == "next")
      }
    }
  }

  @Test("closes a connection that went silent, fails what waits behind, and connects again")
  func stalled() async throws {
    try await PrivateRedis.with { redis in
      var configuration = try RedisConfiguration(url: redis.url)
      configuration.commandDeadline = .milliseconds(60)
      try await withClient(configuration) { client, _ in
        let before = try await client.send(["CLIENT", "ID"], deadline: .seconds(60)).int
        redis.pause()
        async let first = code { () throws(RedisError) in try await client.send("PING") }
        async let behind = code { () throws(RedisError) in
          try await client.send(["PING"], deadline: .seconds(3_600))
        }
        #expect(await first == .deadlineExceeded)
        #expect(await behind == .connection)
        redis.resume()
        let after = try await client.send(["CLIENT", "ID"], deadline: .seconds(60)).int
        #expect(before != after)
      }
    }
  }

  @Test("ends a cancelled command at once, drops its reply and goes on in order")
  func cancelled() async throws {
    try await PrivateRedis.with { redis in
      try await withClient(RedisConfiguration(url: redis.url)) { client, _ in
        redis.pause()
        let task = client.onItsReactor { () throws(RedisError) in try await client.send("ECHO", "cancelled") }
        async let next = client.send("ECHO", "next")
        task.cancel()
        #expect(await task.value == .cancelled)
        redis.resume()
        let reply = try await next
        #expect(reply.text == "next")
      }
    }
  }

  @Test("sends nothing for a task that is already cancelled")
  func cancelledBefore() async throws {
    try await withClient { client, prefix in
      let (gate, open) = AsyncStream<Void>.makeStream()
      let task = client.onItsReactor { () throws(RedisError) in
        for await _ in gate {}
        return try await client.send("SET", prefix + "a", "1")
      }
      task.cancel()
      open.finish()
      #expect(await task.value == .cancelled)
      let exists = try await client.send("EXISTS", prefix + "a")
      #expect(exists == .integer(0))
    }
  }

  @Test("fails what is in flight when the server is killed, and recovers when it is back")
  func killed() async throws {
    try await PrivateRedis.with { redis in
      try await withClient(RedisConfiguration(url: redis.url)) { client, prefix in
        _ = try await client.send("SET", prefix + "a", "kept")
        redis.pause()
        async let lost = code { () throws(RedisError) in try await client.send("GET", prefix + "a") }
        async let alsoLost = code { () throws(RedisError) in try await client.send("GET", prefix + "a") }
        await redis.kill()
        #expect(await lost == .connection)
        #expect(await alsoLost == .connection)
        // The first attempt is refused by the system, the next ones by the pause that follows.
        for _ in 0..<20 {
          let refused = await error { () throws(RedisError) in try await client.send("PING") }
          #expect(refused?.code == .connection)
          #expect(refused?.message.contains("refused") == true)
        }
        try await redis.restart()
        var value = RedisValue.null
        while value.isNull {
          do { value = try await client.send("GET", prefix + "a") } catch { await Task.yield() }
        }
        #expect(value.text == "kept")
      }
    }
  }

  @Test("doesn't hammer a server that refuses it")
  func backoff() async throws {
    let attempts = Locked(0)
    let fake = try FakeRedis { _ in attempts.withLock { $0 += 1 } }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      for _ in 0..<1_000 {
        let failed = await code { () throws(RedisError) in try await client.send("PING") }
        #expect(failed == .connection)
      }
    }
    fake.stop()
    #expect(attempts.withLock { $0 } < 20)
  }

  @Test("says so when a name doesn't exist")
  func unknownName() async throws {
    try await withClient(RedisConfiguration(url: "redis://no-such-host.invalid")) { client, _ in
      let failed = await error { () throws(RedisError) in try await client.send("PING") }
      #expect(failed?.code == .connection)
      #expect(failed?.message.contains("no-such-host.invalid") == true)
    }
  }

  @Test("resolves names, and tries all of their addresses")
  func resolves() async throws {
    try await PrivateRedis.with { redis in
      try await withClient(RedisConfiguration(url: "redis://localhost:\(redis.port)")) { client, _ in
        let pong = try await client.send("PING")
        #expect(pong.text == "PONG")
      }
    }
  }

  @Test("gives up a server that accepts and says nothing")
  func silentServer() async throws {
    let fake = try FakeRedis { $0.drain() }
    var configuration = try RedisConfiguration(url: fake.url)
    configuration.connectTimeout = .milliseconds(50)
    try await withClient(configuration) { client, _ in
      let failed = await code { () throws(RedisError) in try await client.send("PING") }
      #expect(failed == .connection)
    }
    fake.stop()
  }

  @Test("doesn't die from writing to a connection that the server has reset")
  func reset() async throws {
    let fake = try FakeRedis { connection in
      connection.welcome()
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        connection.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      for _ in 0..<50 {
        let failed = await code { () throws(RedisError) in
          try await client.send(["SET", "a", .bytes([UInt8](repeating: 0, count: 1 << 20))])
        }
        #expect(failed == .connection)
      }
    }
    fake.stop()
  }
}

extension RedisClient {
  /// A task of its own on the client's reactor, which a test can cancel.
  func onItsReactor(
    _ body: @escaping @Sendable () async throws(RedisError) -> RedisValue
  ) -> Task<RedisError.Code?, Never> {
    reactor.spawn { await code(body) }
  }
}
