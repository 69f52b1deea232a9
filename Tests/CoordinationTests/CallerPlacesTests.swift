import Coordination
import Foundation
import Reactor
import Redis
import TestSupport
import Testing

@Suite("The places of callers' requests")
struct CallerPlacesTests {
  /// An instance on a clock that the test sets.
  private final class Instance: Sendable {
    private let places: CallerPlaces
    private let order = Locked(0)

    init(_ name: String, _ redis: RedisClient, _ namespace: Namespace, _ clock: Locked<Int64>) {
      places = CallerPlaces(
        redis: redis, namespace: namespace, owner: name, lease: .seconds(15),
        clock: { clock.withLock { $0 } })
    }

    func lease(
      _ count: Int, of limit: Int, _ name: String = "a", inUse: Int = 0, order given: Int? = nil
    ) async throws -> Int {
      let order = order.withLock { order in
        order += 1
        return given ?? order
      }
      let wish = CallerPlaces.Wish(name: name, count: count, inUse: inUse, order: order)
      return try await places.lease([wish], of: limit, within: .seconds(60))[0]
    }
  }

  private func withInstances(
    _ count: Int,
    _ body:
      @escaping @Sendable ([Instance], Locked<Int64>, RedisClient, _ prefix: String) async throws -> Void
  ) async throws {
    try await withRedis { redis, namespace, name in
      let clock = Locked<Int64>(1_790_000_000_123)
      let instances = (0..<count).map { Instance("instance-\($0)", redis, namespace, clock) }
      try await body(instances, clock, redis, "{\(name)}:places:")
    }
  }

  @Test(
    "the sum of all instances is never over the limit, and all of it is given out",
    arguments: Seeds.chosen(0..<4))
  func sum(_ seed: UInt64) async throws {
    try await withInstances(3) { instances, clock, _, _ async throws in
      var random = SeededRandom(seed: seed)
      let limit = 1 + random.below(20)
      var held = [0, 0, 0]
      var ends: [Int64] = [0, 0, 0]
      for _ in 0..<400 {
        clock.withLock { $0 += Int64(random.below(3_000)) }
        let now = clock.withLock { $0 }
        for other in 0..<3 where ends[other] <= now { held[other] = 0 }
        let who = random.below(3)
        let wanted = random.below(limit + 5)
        let others = held.indices.filter { $0 != who }.reduce(0) { $0 + held[$1] }
        held[who] = try await instances[who].lease(wanted, of: limit)
        ends[who] = now + 15_000
        #expect(held[who] == min(wanted, limit - others), "seed \(seed)")
        #expect(held.reduce(0, +) <= limit)
      }
    }
  }

  @Test("places of an instance that died are free when its lease ends, not before")
  func death() async throws {
    try await withInstances(2) { instances, clock, _, _ async throws in
      #expect(try await instances[0].lease(3, of: 4) == 3)
      #expect(try await instances[1].lease(4, of: 4) == 1)
      clock.withLock { $0 += 14_000 }
      #expect(try await instances[1].lease(4, of: 4) == 1)
      clock.withLock { $0 += 1_000 }
      #expect(try await instances[1].lease(4, of: 4) == 4)
      #expect(try await instances[0].lease(1, of: 4) == 0)
    }
  }

  @Test("giving back twice frees nothing that another has, and who was overtaken changes nothing")
  func order() async throws {
    try await withInstances(2) { instances, _, _, _ async throws in
      #expect(try await instances[0].lease(2, of: 4) == 2)
      #expect(try await instances[1].lease(2, of: 4) == 2)
      for _ in 0..<2 { #expect(try await instances[0].lease(0, of: 4) == 0) }
      #expect(try await instances[0].lease(4, of: 4) == 2)
      #expect(try await instances[0].lease(1, of: 4, order: 9) == 1)
      #expect(try await instances[0].lease(2, of: 4, order: 8) == 1)
      #expect(try await instances[0].lease(2, of: 4, order: 10) == 2)
    }
  }

  @Test(
    "callers don't know each other, what is wiped comes back with the next renewal, and all ends by itself")
  func keys() async throws {
    try await withInstances(2) { instances, _, redis, prefix async throws in
      #expect(try await instances[0].lease(2, of: 2) == 2)
      #expect(try await instances[1].lease(1, of: 2) == 0)
      #expect(try await instances[1].lease(1, of: 2, "b") == 1)
      let left = try #require(number(try await redis.send("PTTL", prefix + "a")))
      #expect((1...15_000).contains(left))
      _ = try await redis.send("DEL", prefix + "a")
      #expect(try await instances[0].lease(2, of: 2) == 2)
      #expect(try await instances[1].lease(1, of: 2) == 0)
      #expect(try await instances[0].lease(0, of: 2) == 0)
      #expect(try await redis.send("EXISTS", prefix + "a") == .integer(0))
      // Another was faster: what is under way counts all the same, and nobody gets more.
      #expect(try await instances[1].lease(2, of: 2) == 2)
      #expect(try await instances[0].lease(2, of: 2, inUse: 1) == 1)
      #expect(try await instances[1].lease(2, of: 2, inUse: 1) == 1)
      #expect(try await instances[1].lease(0, of: 2) == 0)
      #expect(try await instances[0].lease(0, of: 2) == 0)
      _ = try await redis.send("SET", prefix + "a", "x")
      #expect(await coordinationCode { try await instances[0].lease(1, of: 2) } == .unexpected)
    }
  }
}
