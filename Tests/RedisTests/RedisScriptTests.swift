import FoundationEssentials
import Redis
import TestSupport
import Testing

@Suite("A script")
struct RedisScriptTests {
  private static let add = RedisScript(
    "local function add(key, by) return redis.call('INCRBY', key, by) end",
    "return add(KEYS[1], ARGV[1])")

  @Test("runs with its keys and arguments, from many tasks at once")
  func runs() async throws {
    try await withClient { client, prefix in
      try await withThrowingTaskGroup(of: RedisValue.self) { group in
        for _ in 0..<50 {
          group.addTask { try await client.run(Self.add, keys: [prefix + "a"], arguments: [2]) }
        }
        for try await _ in group {}
      }
      #expect(try await client.send("GET", prefix + "a").int == 100)
    }
  }

  @Test("survives SCRIPT FLUSH and a server that has just been born")
  func flushed() async throws {
    try await PrivateRedis.with { redis in
      try await withClient(RedisConfiguration(url: redis.url)) { client, prefix in
        let key = prefix + "a"
        #expect(try await client.run(Self.add, keys: [key], arguments: [1]) == .integer(1))
        _ = try await client.send("SCRIPT", "FLUSH")
        #expect(try await client.run(Self.add, keys: [key], arguments: [1]) == .integer(2))
        _ = try await client.send("CONFIG", "RESETSTAT")
        #expect(try await client.run(Self.add, keys: [key], arguments: [1]) == .integer(3))
        let calls = try await client.send("INFO", "commandstats").text ?? ""
        // Loaded again by the call before, so the digest is enough.
        #expect(calls.contains("cmdstat_evalsha:calls=1,"))
        #expect(!calls.contains("cmdstat_eval:"))
      }
    }
  }

  @Test("takes no longer than it may in all, when Redis doesn't know it yet")
  func deadline() async throws {
    try await onReactor { reactor in
      let shared = try TestRedis.url
      let port = try #require(URL(string: shared)?.port.flatMap(UInt16.init(exactly:)))
      let proxy = try FaultProxy(on: reactor, to: port)
      let url = shared.replacing(":\(port)", with: ":\(proxy.port)")
      let client = RedisClient(reactor: reactor, configuration: try RedisConfiguration(url: url))
      _ = try await client.send(["PING"], deadline: .seconds(60))
      // There and back it is longer than half of the deadline.
      proxy.delay = .milliseconds(300)
      let loaded = await code { () throws(RedisError) in
        try await client.run(RedisScript("return 1"), keys: [], arguments: [], deadline: .seconds(1))
      }
      #expect(loaded == .deadlineExceeded)
      client.close()
      proxy.stop()
    }
  }

  @Test("throws what it replies as an error, and what it does wrong")
  func errors() async throws {
    try await withClient { client, prefix in
      let own = await error { () throws(RedisError) in
        try await client.run(
          RedisScript("return redis.error_reply('FENCED by another')"), keys: [], arguments: [])
      }
      #expect(own?.serverCode == "FENCED")
      let wrong = await code { () throws(RedisError) in
        try await client.run(
          RedisScript("return redis.call('INCRBY', KEYS[1], 'x')"), keys: [prefix], arguments: [])
      }
      #expect(wrong == .server)
    }
  }
}
