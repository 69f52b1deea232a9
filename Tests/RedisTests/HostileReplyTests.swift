import Reactor
import Redis
import TestSupport
import Testing

@Suite("A hostile reply")
struct HostileReplyTests {
  @Test(
    "is a protocol violation and ends the connection",
    arguments: [
      "hello\r\n", "\r\n", "?1\r\n", ":12a\r\n", ":\r\n", "$-2\r\n", "$x\r\n", "$\r\n",
      "$99999999999999999999\r\n", "$9223372036854775807\r\n", "$70000000\r\n",
      "$0000000000000000000000000000001\r\n", "*-2\r\n", "*99999999999\r\n", "*1\r\n*1\r\n!\r\n",
      "$3\r\nabcde\r\n", String(repeating: "*1\r\n", count: 20), "+OK\r\n+OK\r\n+unasked\r\n",
      "+" + String(repeating: "endless", count: 20_000),
    ])
  func refused(_ reply: String) async throws {
    let hungUp = AsyncStream<Void>.makeStream()
    let fake = try FakeRedis { connection in
      connection.welcome()
      connection.read()
      connection.write(reply)
      connection.drain()
      hungUp.continuation.yield()
    }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      if reply.hasSuffix("+unasked\r\n") {
        _ = try await client.send(pipeline: [["PING"], ["PING"]])
      } else {
        let failed = await code { () throws(RedisError) in try await client.send("PING") }
        #expect(failed == .protocolViolation)
      }
      // The client itself has hung up, or this would never end.
      for await _ in hungUp.stream { break }
    }
    fake.stop()
  }

  @Test("that claims a giant array costs what was sent, not what is claimed")
  func giantArray() async throws {
    let fake = try FakeRedis { connection in
      connection.welcome()
      connection.read()
      connection.write("*2147483647\r\n+one\r\n")
    }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      let failed = await code { () throws(RedisError) in try await client.send("PING") }
      #expect(failed == .connection)
    }
    fake.stop()
  }

  @Test("instead of a welcome is refused")
  func wrongWelcome() async throws {
    for (reply, expected) in [
      (":1\r\n", RedisError.Code.protocolViolation), ("-NOAUTH Authentication required.\r\n", .configuration),
      ("-LOADING Redis is loading the dataset in memory\r\n", .connection),
      ("-ERR max number of clients reached\r\n", .connection),
    ] {
      let fake = try FakeRedis { connection in
        connection.read()
        connection.write(reply)
        connection.drain()
      }
      try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
        let failed = await code { () throws(RedisError) in try await client.send("PING") }
        #expect(failed == expected)
      }
      fake.stop()
    }
  }

  @Test("may come in any pieces")
  func pieces() async throws {
    let reply = "*3\r\n$5\r\nhe\r\no\r\n*2\r\n:-7\r\n$-1\r\n+fine\r\n"
    let fake = try FakeRedis { connection in
      connection.welcome()
      connection.read()
      for byte in reply.utf8 {
        connection.write([byte])
        // The byte before was taken: it can't be merged with this one for ever.
        connection.waitUntilTaken()
      }
      connection.drain()
    }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      let value = try await client.send("PING")
      #expect(
        value
          == .array([
            .string(Array("he\r\no".utf8)), .array([.integer(-7), .null]), .string(Array("fine".utf8)),
          ]))
    }
    fake.stop()
  }

  @Test("made of random RESP bytes never hangs or crashes a client", arguments: seeds)
  func fuzz(_ seed: UInt64) async throws {
    let (rounds, commands) = (40, 20)
    let random = Locked(SeededRandom(seed: seed))
    let fake = try FakeRedis { connection in
      connection.welcome()
      connection.read()
      for piece in random.withLock({ Noise.pieces(&$0) }) { connection.write(piece) }
    }
    try await withClient(RedisConfiguration(url: fake.url)) { client, _ in
      for _ in 0..<rounds {
        // Whatever it says, each call ends: with a value, or with an error that has a code for it.
        for await code in client.many(commands) {
          #expect(
            [nil, .connection, .protocolViolation, .server, .deadlineExceeded].contains(code), "seed \(seed)")
        }
      }
    }
    fake.stop()
  }

  private static let seeds: [UInt64] = (1...4).map { $0 } + [UInt64.random(in: 0 ... .max)]
}

extension RedisClient {
  /// Sends commands at once; how each ended.
  fileprivate func many(_ count: Int) -> AsyncStream<RedisError.Code?> {
    AsyncStream { continuation in
      let left = Locked(count)
      for _ in 0..<count {
        reactor.spawn {
          continuation.yield(await code { () throws(RedisError) in try await self.send("PING") })
          let isLast = left.withLock { left in
            left -= 1
            return left == 0
          }
          if isLast { continuation.finish() }
        }
      }
    }
  }
}
