import Coordination
import Foundation
import Reactor
import Redis
import TestSupport
import Testing

@Suite("The counts of callers")
struct CallerCountsTests {
  /// Counts on a clock that the test sets.
  private struct Desk: Sendable {
    let counts: CallerCounts
    let clock: Locked<Int64>
    var margin = Duration.zero

    var now: Int64 { clock.withLock { $0 } }
    func advance(_ milliseconds: Int64) { clock.withLock { $0 += milliseconds } }

    func take(
      _ wanted: Int = 1, of limit: Int, _ name: String = "read:a", back: CallerCounts.Leftover = .none
    ) async throws -> CallerCounts.Taken {
      try await counts.take(
        wanted, of: limit, for: name, margin: margin, givingBack: back, within: .seconds(60))
    }
  }

  private func withDesk(
    margin: Duration = .zero, _ body: @escaping @Sendable (Desk, RedisClient, String) async throws -> Void
  ) async throws {
    try await withRedis { redis, namespace, name in
      let clock = Locked<Int64>(1_790_000_000_123)
      let counts = CallerCounts(
        redis: redis, namespace: namespace, clock: { clock.withLock { $0 } })
      try await body(Desk(counts: counts, clock: clock, margin: margin), redis, "{\(name)}:calls:read:a")
    }
  }

  @Test(
    "no minute has more than the limit, and who waits as told gets one", arguments: Seeds.chosen(0..<4))
  func window(_ seed: UInt64) async throws {
    try await withDesk { desk, _, _ async throws in
      var random = SeededRandom(seed: seed)
      let limit = 1 + random.below(40)
      var granted: [Int64] = []
      var refusals = 0
      for _ in 0..<300 {
        // Mostly crowds, now and then a long rest.
        desk.advance(Int64(random.oneIn(100) ? random.below(150_000) : random.below(1_500)))
        let wanted = 1 + random.below(6)
        let taken = try await desk.take(wanted, of: limit)
        #expect(taken.granted <= wanted)
        granted += Array(repeating: desk.now, count: taken.granted)
        guard taken.granted == 0 else { continue }
        refusals += 1
        let milliseconds = Int64(taken.wait / .milliseconds(1))
        #expect(milliseconds > 0 && milliseconds <= 61_000)
        // One moment before it is over it is still too early, then it isn't.
        desk.advance(milliseconds - 1)
        #expect(try await desk.take(of: limit).granted == 0)
        desk.advance(1)
        let next = try await desk.take(of: limit)
        #expect(next.granted == 1, "seed \(seed): it waited in vain")
        granted += Array(repeating: desk.now, count: next.granted)
      }
      #expect(refusals > 10, "seed \(seed): too few to prove anything")
      for time in granted {
        let minute = granted.count { $0 > time - 60_000 && $0 <= time }
        #expect(minute <= limit, "seed \(seed)")
      }
    }
  }

  @Test("what is granted for a while counts longer by that, so that no minute of use has more than the limit")
  func margin() async throws {
    try await withDesk(margin: .seconds(1)) { desk, _, _ async throws in
      #expect(try await desk.take(100, of: 60).granted == 60)
      // Used at the last moment, a second later: sixty seconds from then on there is none.
      desk.advance(61_000)
      #expect(try await desk.take(of: 60).granted == 0)
      desk.advance(1_000)
      #expect(try await desk.take(of: 60).granted == 1)
    }
  }

  @Test("what is given back is free again, and nothing is given back that isn't there")
  func leftovers() async throws {
    try await withDesk { desk, redis, key async throws in
      let taken = try await desk.take(10, of: 10)
      #expect(try await desk.take(of: 10).granted == 0)
      let leftover = CallerCounts.Leftover(count: 7, bucket: taken.bucket)
      #expect(try await desk.take(5, of: 10, back: leftover).granted == 5)
      // Again, and from a bucket that nobody has heard of: 3 remain of the first ten, and what was granted since.
      #expect(try await desk.take(20, of: 10, back: leftover).granted == 9)
      #expect(try await desk.take(20, of: 10, back: .init(count: 9, bucket: 7)).granted == 0)
      _ = try await redis.send("DEL", key)
      #expect(try await desk.take(20, of: 10, back: leftover).granted == 10)
      #expect(try await desk.take(of: 10).granted == 0)
    }
  }

  @Test("callers and limits don't know each other, and a count ends by itself")
  func keys() async throws {
    try await withDesk { desk, redis, key async throws in
      #expect(try await desk.take(of: 1).granted == 1)
      #expect(try await desk.take(of: 1).granted == 0)
      #expect(try await desk.take(of: 1, "read:b").granted == 1)
      #expect(try await desk.take(of: 1, "change:a").granted == 1)
      let left = try #require(number(try await redis.send("PTTL", key)))
      #expect((50_000...61_000).contains(left))
    }
  }

  @Test("of many who take at once just as many get one, by Redis' own time")
  func race() async throws {
    try await withRedis { redis, namespace, _ in
      let counts = CallerCounts(redis: redis, namespace: namespace)
      let taken = try await atOnce(50) { _ in
        try await counts.take(1, of: 20, for: "change:a", margin: .zero, within: .seconds(60))
      }
      #expect(taken.count { $0.granted == 1 } == 20)
      for refused in taken where refused.granted == 0 {
        #expect(refused.wait > .seconds(1) && refused.wait <= .seconds(61))
      }
    }
  }

  @Test("a lower limit counts at once")
  func lowered() async throws {
    try await withDesk { desk, _, _ async throws in
      #expect(try await desk.take(50, of: 50).granted == 50)
      #expect(try await desk.take(of: 10).granted == 0)
      desk.advance(61_000)
      #expect(try await desk.take(50, of: 10).granted == 10)
    }
  }

  @Test("what is not ours is an error, and so is a Redis that is away")
  func failures() async throws {
    try await withDesk { desk, redis, key async throws in
      _ = try await redis.send("SET", key, "x")
      #expect(await coordinationCode { try await desk.take(of: 1) } == .unexpected)
    }
    let redis = try await PrivateRedis.start()
    try await withRedis(url: redis.url) { client, namespace, _ in
      let counts = CallerCounts(redis: client, namespace: namespace)
      await redis.kill()
      let code = await coordinationCode {
        try await counts.take(1, of: 1, for: "read:a", margin: .zero, within: .milliseconds(500))
      }
      #expect(code == .unavailable)
    }
    await redis.stop()
  }
}
