import Redis
import TestSupport
import Testing

@Suite("A Redis client")
struct RedisClientTests {
  @Test("understands every kind of reply")
  func types() async throws {
    try await withClient { client, prefix in
      #expect(try await client.send("SET", prefix + "a", "1").text == "OK")
      #expect(try await client.send("INCRBY", prefix + "a", "41") == .integer(42))
      #expect(try await client.send("GET", prefix + "a").int == 42)
      #expect(try await client.send("GET", prefix + "nothing").isNull)
      #expect(try await client.send("SET", prefix + "empty", "").text == "OK")
      #expect(try await client.send("GET", prefix + "empty") == .string([]))
      let script = "return {1, {'two', {3, {}}}, false, redis.error_reply('OWN word')}"
      let nested = try await client.send("EVAL", script, "0")
      #expect(
        nested
          == .array([
            .integer(1), .array([.string(Array("two".utf8)), .array([.integer(3), .array([])])]), .null,
            .error("OWN word"),
          ]))
    }
  }

  @Test("throws an error reply with its code and goes on")
  func serverErrors() async throws {
    try await withClient { client, prefix in
      _ = try await client.send("SET", prefix + "a", "text")
      let wrong = await error { () throws(RedisError) in try await client.send("LPUSH", prefix + "a", "x") }
      #expect(wrong?.code == .server)
      #expect(wrong?.serverCode == "WRONGTYPE")
      #expect(try await client.send("GET", prefix + "a").text == "text")
    }
  }

  @Test("keeps arguments out of its errors, also those that Redis repeats")
  func noArgumentsInErrors() async throws {
    try await withClient { client, _ in
      let unknown = await error { () throws(RedisError) in
        try await client.send("NOSUCHCOMMAND", "secret-value")
      }
      #expect(unknown?.message == "ERR unknown command 'NOSUCHCOMMAND'")
    }
  }

  @Test("carries any bytes there and back")
  func binary() async throws {
    try await withClient { client, prefix in
      let bytes = (0..<1_024).map { UInt8(truncatingIfNeeded: $0) } + Array("\r\n$-1\r\n".utf8)
      _ = try await client.send(["SET", "\(prefix)bin", .bytes(bytes)])
      #expect(try await client.send("GET", prefix + "bin").bytes == bytes)
    }
  }

  @Test("carries a reply of ten megabytes while small ones follow it")
  func hugeReply() async throws {
    try await withClient { client, prefix in
      let bytes = [UInt8](repeating: 7, count: 10 << 20)
      _ = try await client.send(["SET", "\(prefix)huge", .bytes(bytes)])
      async let huge = client.send("GET", prefix + "huge")
      async let small = client.send("PING")
      #expect(try await small.text == "PONG")
      #expect(try await huge.bytes == bytes)
      _ = try await client.send("DEL", prefix + "huge")
    }
  }

  @Test("answers ten thousand pipelined commands in order")
  func pipelined() async throws {
    try await withClient { client, prefix in
      let key = prefix + "count"
      let replies = try await client.send(
        pipeline: (0..<10_000).map { _ in ["INCR", RedisArgument(key)] })
      #expect(replies == (1...10_000).map { .integer($0) })
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<10_000 {
          group.addTask { try await client.send(["ECHO", RedisArgument(number)]).int == Int64(number) }
        }
        for try await isOwn in group { #expect(isOwn) }
      }
    }
  }

  @Test("executes a whole pipeline when one of it fails, and throws that error")
  func failingPipeline() async throws {
    try await withClient { client, prefix in
      let failed = await code { () throws(RedisError) in
        try await client.send(pipeline: [
          ["SET", "\(prefix)a", 1], ["LPUSH", "\(prefix)a", 2], ["INCR", "\(prefix)a"],
        ])
      }
      #expect(failed == .server)
      let kept = try await client.send("GET", prefix + "a")
      #expect(kept.int == 2)
      #expect(try await client.send(pipeline: []).isEmpty)
    }
  }

  @Test("selects its database and tells its name")
  func introduction() async throws {
    try await PrivateRedis.with { redis in
      var configuration = try RedisConfiguration(url: "redis://127.0.0.1:\(redis.port)/3")
      configuration.clientName = "tester"
      try await withClient(configuration) { client, _ in
        let info = try await client.send("CLIENT", "INFO").text ?? ""
        #expect(info.contains(" name=tester "))
        #expect(info.contains(" db=3 "))
      }
    }
  }

  @Test("authenticates, and says clearly when the password or the database is wrong")
  func authentication() async throws {
    try await PrivateRedis.with(["--requirepass", "right@word"]) { redis in
      try await withClient(RedisConfiguration(url: "redis://:right%40word@127.0.0.1:\(redis.port)")) {
        client, _ in
        let pong = try await client.send("PING")
        #expect(pong.text == "PONG")
      }
      for credentials in ["", ":wrong@", "nobody:wrong@"] {
        try await withClient(RedisConfiguration(url: "redis://\(credentials)127.0.0.1:\(redis.port)")) {
          client, _ in
          let refused = await error { () throws(RedisError) in try await client.send("PING") }
          #expect(refused?.code == .configuration)
          #expect(refused?.message.contains("refused") == true)
          #expect(refused?.message.contains("wrong") == false)
        }
      }
      try await withClient(RedisConfiguration(url: "redis://:right%40word@127.0.0.1:\(redis.port)/99")) {
        client, prefix in
        let refused = await error { () throws(RedisError) in try await client.send("SET", prefix, "x") }
        #expect(refused?.code == .configuration)
      }
    }
  }

  @Test("refuses what its outgoing buffer can't hold, without sending it")
  func overloaded() async throws {
    var configuration = try RedisConfiguration(url: TestRedis.url)
    configuration.outgoingLimit = 1_000
    try await withClient(configuration) { client, prefix in
      let refused = await code { () throws(RedisError) in
        try await client.send(["SET", "\(prefix)a", .bytes([UInt8](repeating: 0, count: 1_001))])
      }
      #expect(refused == .overloaded)
      let exists = try await client.send("EXISTS", prefix + "a")
      #expect(exists == .integer(0))
    }
  }

  @Test("fails what is in flight and what follows when it is closed")
  func closing() async throws {
    try await withClient { client, _ in
      async let inFlight = code { () throws(RedisError) in try await client.send("PING") }
      async let closing: Void = client.close()
      await closing
      #expect(await inFlight == .closed)
      #expect(await code { () throws(RedisError) in try await client.send("PING") } == .closed)
    }
  }

  @Test("is let go of once it is closed", .timeLimit(.minutes(1)))
  func released() async throws {
    let url = try TestRedis.url
    try await onReactor { reactor in
      let configuration = try RedisConfiguration(url: url)
      var client: RedisClient? = RedisClient(reactor: reactor, configuration: configuration)
      _ = try await client?.send("PING")
      weak let gone = client
      client?.close()
      client = nil
      // Without an end when something still holds it.
      while gone != nil { await Task.yield() }
    }
  }
}
