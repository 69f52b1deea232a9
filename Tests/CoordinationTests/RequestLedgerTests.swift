import Coordination
import Domain
import Foundation
import Reactor
import Redis
import TestSupport
import Testing

@Suite("The ledger of requests")
struct RequestLedgerTests {
  /// A ledger on a clock that the test sets.
  struct Desk: Sendable {
    let ledger: RequestLedger
    let clock: Locked<Int64>

    func admit(
      _ group: EndpointGroup = .library, _ priority: RequestPriority = .immediate, _ ceilings: RequestCeilings
    ) async throws -> RequestLedger.Answer {
      try await ledger.admit(group, priority, ceilings: ceilings)
    }

    func advance(milliseconds: Int64) { clock.withLock { $0 += milliseconds } }

    /// What a refusal asks to wait; nil when the request may go.
    func wait(
      _ group: EndpointGroup = .library, _ priority: RequestPriority = .immediate, _ ceilings: RequestCeilings
    ) async throws -> Duration? {
      if case .wait(let time, _) = try await admit(group, priority, ceilings) { return time }
      return nil
    }
  }

  /// Any time will do.
  private static let start: Int64 = 1_790_000_000_123

  private func withDesk(
    windows: LedgerWindows = .spotify, isSeeded: Bool = true,
    _ body: @escaping @Sendable (Desk, RedisClient, String) async throws -> Void
  ) async throws {
    try await withRedis { redis, namespace, name in
      let clock = Locked(Self.start)
      let ledger = RequestLedger(
        redis: redis, namespace: namespace, account: DeveloperAccountID("acc"), windows: windows,
        clock: { clock.withLock { $0 } })
      if isSeeded { try await ledger.seed(RequestLedger.Seed(), ceilings: .none) }
      try await body(Desk(ledger: ledger, clock: clock), redis, name)
    }
  }

  @Test(
    "no window is ever over its ceiling, whatever comes when, and nobody waits in vain",
    arguments: Seeds.chosen(0..<4))
  func windows(_ seed: UInt64) async throws {
    let windows = LedgerWindows(
      short: .init(length: .milliseconds(3_000), bucket: .milliseconds(100)),
      day: .init(length: .milliseconds(20_000), bucket: .milliseconds(500)), margin: .milliseconds(50))
    try await withDesk(windows: windows) { desk, _, _ in
      var random = SeededRandom(seed: seed)
      let ceilings = RequestCeilings(perWindow: 3 + random.below(8), perDay: 12 + random.below(20))
      var sent: [(at: Int64, group: EndpointGroup, isBackground: Bool)] = []
      for _ in 0..<600 {
        // Mostly crowds, now and then a long rest.
        desk.advance(milliseconds: Int64(random.oneIn(200) ? random.below(60_000) : random.below(400)))
        let group: EndpointGroup = random.oneIn(3) ? .search : .library
        let priority = [RequestPriority.immediate, .person, .background][random.below(3)]
        let now = desk.clock.withLock { $0 }
        switch try await desk.admit(group, priority, ceilings) {
        case .go: sent.append((now, group, priority == .background))
        case .wait(let time, let cause) where cause != .people:
          // One moment before it is over it is still too early, then it isn't.
          let milliseconds =
            time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000
          #expect(milliseconds > 0)
          desk.advance(milliseconds: milliseconds - 1)
          #expect(try await desk.wait(group, priority, ceilings) != nil)
          desk.advance(milliseconds: 1)
        default: break
        }
      }
      #expect(sent.count > 100, "seed \(seed): too few to prove anything")
      for (index, last) in sent.enumerated() {
        let before = sent[...index]
        #expect(before.filter { $0.at > last.at - 3_000 }.count <= ceilings.perWindow ?? 0, "seed \(seed)")
        #expect(
          before.filter { $0.at > last.at - 20_000 && $0.group == last.group }.count <= ceilings.perDay ?? 0,
          "seed \(seed)")
      }
    }
  }

  @Test("the wait that is told is exact: a moment earlier is too early, then the place is free")
  func exactWait() async throws {
    try await withDesk { desk, _, _ in
      let ceilings = RequestCeilings(perWindow: 2)
      #expect(try await desk.admit(.me, .immediate, ceilings) == .go)
      desk.advance(milliseconds: 10_000)
      #expect(try await desk.admit(.search, .immediate, ceilings) == .go)
      let wait = try #require(try await desk.wait(.search, .immediate, ceilings))
      // Bucket, window and margin of the first.
      #expect(wait == .milliseconds(877 + 30_000 + 1_000 - 10_000))
      desk.advance(milliseconds: 877 + 21_000 - 1)
      #expect(try await desk.wait(.search, .immediate, ceilings) == .milliseconds(1))
      desk.advance(milliseconds: 1)
      #expect(try await desk.admit(.search, .immediate, ceilings) == .go)
      #expect(try await desk.wait(.search, .immediate, ceilings) != nil)
    }
  }

  @Test("many instances at once never pass a ceiling together, and use all of it")
  func concurrency() async throws {
    let configuration = try RedisConfiguration(url: TestRedis.url)
    try await withDesk { desk, redis, name in
      let ceilings = RequestCeilings(perWindow: 100, perDay: 60)
      let answers = try await withThrowingTaskGroup(of: [RequestLedger.Answer].self) { group in
        for number in 0..<6 {
          group.addTask {
            let other = RedisClient(reactor: redis.reactor, configuration: configuration)
            defer { other.close() }
            let ledger = RequestLedger(
              redis: other, namespace: Namespace(name), account: DeveloperAccountID("acc"),
              clock: { desk.clock.withLock { $0 } })
            return try await atOnce(40) {
              try await ledger.admit(($0 + number) % 2 == 0 ? .search : .me, .immediate, ceilings: ceilings)
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(answers.filter { $0 == .go }.count == 100)
      #expect(answers.filter { if case .wait(_, .window) = $0 { true } else { false } }.count > 0)
      let reading = try #require(try await desk.ledger.reading())
      #expect(reading.usedInWindow == 100)
      #expect(reading.groups.values.allSatisfy { $0.usedInDay <= 60 && $0.usedInDay == $0.usedInWindow })
    }
  }

  @Test(
    "runs leave a tenth to pages, the background a quarter to people; one at least gets everybody through")
  func shares() {
    let shares = [40, 14, 8, 2, 1].map { ceiling in
      [RequestPriority.immediate, .person, .background].map {
        RequestCeilings(perWindow: ceiling, perDay: ceiling * 2).share(of: $0)
      }
    }
    #expect(
      shares.map { $0.map(\.perWindow) } == [
        [40, 36, 30], [14, 12, 10], [8, 7, 6], [2, 1, 1], [1, 1, 1],
      ])
    #expect(shares[0].map(\.perDay) == [80, 72, 60])
    #expect(RequestCeilings.none.share(of: .background).isNone)
  }

  @Test("the background leaves a quarter to people, and comes after one who waits")
  func peopleFirst() async throws {
    try await withDesk { desk, _, _ in
      let ceilings = RequestCeilings(perWindow: 8)
      for _ in 0..<6 { #expect(try await desk.admit(.artists, .background, ceilings) == .go) }
      #expect(try await desk.wait(.artists, .background, ceilings) != nil)
      desk.advance(milliseconds: 20_000)
      for _ in 0..<2 { #expect(try await desk.admit(.library, .immediate, ceilings) == .go) }
      let wait = try #require(try await desk.wait(.library, .immediate, ceilings))
      // The six places of the beginning are free again, but somebody was there before.
      desk.advance(milliseconds: wait.components.seconds * 1_000 + 999)
      guard case .wait(let rest, .people) = try await desk.admit(.artists, .background, ceilings) else {
        Issue.record("the background didn't wait for a person")
        return
      }
      #expect(rest <= .milliseconds(500))
      #expect(try await desk.admit(.library, .immediate, ceilings) == .go)
      desk.advance(milliseconds: 500)
      #expect(try await desk.admit(.artists, .background, ceilings) == .go)
    }
  }

  @Test("a ceiling of one still lets the background through")
  func smallest() async throws {
    try await withDesk { desk, _, _ in
      let ceilings = RequestCeilings(perWindow: 1, perDay: 1)
      let answers = [
        try await desk.admit(.artists, .background, ceilings),
        try await desk.admit(.artists, .background, ceilings),
      ]
      #expect(answers[0] == .go && answers[1] != .go)
    }
  }

  @Test("a day's ceiling is each group's own, and its room comes back five minutes by five minutes")
  func day() async throws {
    try await withDesk { desk, _, _ in
      let ceilings = RequestCeilings(perDay: 3)
      for _ in 0..<3 { #expect(try await desk.admit(.search, .immediate, ceilings) == .go) }
      guard case .wait(let time, .day) = try await desk.admit(.search, .immediate, ceilings) else {
        Issue.record("a fourth went")
        return
      }
      #expect(time > .seconds(86_400) && time <= .seconds(86_400 + 301))
      #expect(try await desk.admit(.library, .immediate, ceilings) == .go)
      desk.advance(milliseconds: 86_400_000 + 301_000)
      for _ in 0..<3 { #expect(try await desk.admit(.search, .immediate, ceilings) == .go) }
      #expect(try await desk.admit(.search, .immediate, ceilings) != .go)
    }
  }

  @Test("a pause stops every group, a parked group leaves the others alone, and neither gets shorter")
  func pauses() async throws {
    try await withDesk { desk, _, _ in
      let ledger = desk.ledger
      #expect(try await ledger.pause(.library, for: .seconds(3_600), .quota) != nil)
      #expect(try await ledger.pause(.library, for: .seconds(60), .rate) == nil)
      #expect(try await desk.admit(.library, .immediate, .none) == .wait(.seconds(3_600), .quota))
      #expect(try await desk.admit(.following, .immediate, .none) == .go)
      let until = try #require(try await ledger.pause(nil, for: .seconds(5), .rate))
      #expect(abs(until.timeIntervalSince1970 * 1_000 - Double(Self.start + 5_000)) < 1)
      #expect(try await desk.admit(.following, .immediate, .none) == .wait(.seconds(5), .paused))
      let reading = try #require(try await ledger.reading())
      #expect(reading.pausedUntil == until)
      #expect(reading.groups[.library]?.parkedUntil != nil && reading.groups[.following]?.parkedUntil == nil)
      desk.advance(milliseconds: 5_000)
      #expect(try await desk.admit(.following, .immediate, .none) == .go)
      #expect(try await desk.admit(.library, .immediate, .none) == .wait(.seconds(3_595), .quota))
      desk.advance(milliseconds: 3_595_000)
      #expect(try await desk.admit(.library, .immediate, .none) == .go)
    }
  }

  @Test("what is counted grows old, whether somebody asks or not")
  func reading() async throws {
    try await withDesk { desk, _, _ in
      for _ in 0..<4 { _ = try await desk.admit(.search, .immediate, .none) }
      try await desk.ledger.record([.search: 3, .artists: 2, .me: 0])
      var reading = try #require(try await desk.ledger.reading())
      #expect(reading.usedInWindow == 9 && reading.groups[.search]?.usedInDay == 7)
      #expect(reading.groups[.me] == nil && reading.groups[.artists]?.usedInWindow == 2)
      desk.advance(milliseconds: 40_000)
      reading = try #require(try await desk.ledger.reading())
      #expect(reading.usedInWindow == 0 && reading.groups[.search]?.usedInDay == 7)
      desk.advance(milliseconds: 90_000_000)
      reading = try #require(try await desk.ledger.reading())
      #expect(reading.groups[.search]?.usedInDay ?? 0 == 0)
      _ = try await desk.admit(.search, .immediate, .none)
      #expect(try await desk.ledger.reading()?.groups[.search]?.usedInDay == 1)
    }
  }

  @Test("old buckets are dropped, and an account that sends nothing ends")
  func tidiness() async throws {
    try await withDesk { desk, redis, name in
      let key = "{\(name)}:ledger:acc"
      for _ in 0..<500 {
        _ = try await desk.admit(.search, .immediate, .none)
        desk.advance(milliseconds: 1_000)
      }
      // Twice the short window, two of the day, sums, and what says how it stands.
      #expect(try #require(try await redis.send("HLEN", key).int) < 2 * 33 + 2 + 10)
      #expect(try #require(try await redis.send("PTTL", key).int) > 7 * 86_400_000)
    }
  }

  @Test("a clock that is set back lets nobody over a ceiling, and nobody wait for ever")
  func clockBack() async throws {
    try await withDesk { desk, _, _ in
      let ceilings = RequestCeilings(perWindow: 2)
      for _ in 0..<2 { _ = try await desk.admit(.search, .immediate, ceilings) }
      desk.advance(milliseconds: -600_000)
      #expect(try await desk.admit(.search, .immediate, ceilings) != .go)
      desk.advance(milliseconds: 640_000)
      for _ in 0..<2 { #expect(try await desk.admit(.search, .immediate, ceilings) == .go) }
      #expect(try await desk.admit(.search, .immediate, ceilings) != .go)
    }
  }

  @Test("a wiped ledger says so, and of two who begin it anew one does")
  func wiped() async throws {
    try await withDesk(isSeeded: false) { desk, redis, name in
      let ceilings = RequestCeilings(perWindow: 5, perDay: 100)
      #expect(try await desk.admit(.search, .immediate, ceilings) == .unknown)
      #expect(try await desk.ledger.reading() == nil)
      _ = try await desk.ledger.pause(.player, for: .seconds(100), .rate)
      #expect(try await desk.admit(.search, .immediate, ceilings) == .unknown, "a pause is no ledger")
      let day = Date(timeIntervalSince1970: Double(Self.start / 1_000 - 7_200))
      let seed = RequestLedger.Seed(
        counts: [
          .init(group: .search, start: Date(timeIntervalSince1970: 0), requests: 1_000),
          .init(group: .search, start: day, requests: 30), .init(group: .search, start: nil, requests: 4),
        ],
        pauses: [
          .init(
            group: .player, until: Date(timeIntervalSince1970: Double(Self.start / 1_000) + 50),
            reason: .quota),
          .init(
            group: .browse, until: Date(timeIntervalSince1970: Double(Self.start / 1_000) + 70),
            reason: .quota),
        ], isWindowFull: true)
      let seeded = try await atOnce(5) { _ in try await desk.ledger.seed(seed, ceilings: ceilings) }
      #expect(seeded.filter { $0 }.count == 1)
      let reading = try #require(try await desk.ledger.reading())
      #expect(reading.groups[.search]?.usedInDay == 34 && reading.usedInWindow == 5)
      guard case .wait(let time, .window) = try await desk.admit(.search, .immediate, ceilings) else {
        Issue.record("the window is not full")
        return
      }
      #expect(time > .seconds(30) && time <= .seconds(32))
      // The longer pause counts.
      #expect(try await desk.admit(.player, .immediate, .none) == .wait(.seconds(100), .rate))
      #expect(try await desk.admit(.browse, .immediate, .none) == .wait(.milliseconds(69_877), .quota))
      _ = try await redis.send("DEL", "{\(name)}:ledger:acc")
      #expect(try await desk.admit(.search, .immediate, ceilings) == .unknown)
    }
  }

  @Test("after a restart of Redis the window counts as full, once")
  func restarted() async throws {
    try await PrivateRedis.with(["--appendfsync", "always"]) { server in
      try await withRedis(url: server.url) { redis, namespace, _ in
        let ledger = RequestLedger(redis: redis, namespace: namespace, account: DeveloperAccountID("acc"))
        let ceilings = RequestCeilings(perWindow: 10, perDay: 100)
        try await ledger.seed(RequestLedger.Seed(), ceilings: ceilings)
        var greeted = try await ledger.greet(ceilings: ceilings)
        #expect(greeted.isKnown && ledger.connection == greeted.connection)
        for _ in 0..<3 { #expect(try await ledger.admit(.search, .immediate, ceilings: ceilings) == .go) }
        #expect(try await ledger.reading()?.usedInWindow == 3)
        try await server.restart()
        while (try? await redis.send("PING")) == nil { await Task.yield() }
        #expect(ledger.connection != greeted.connection, "a new connection has another number")
        for _ in 1...2 {
          greeted = try await ledger.greet(ceilings: ceilings)
          #expect(greeted.isKnown)
          let reading = try #require(try await ledger.reading())
          #expect(reading.usedInWindow == 10)
          #expect(reading.groups[.search]?.usedInDay == 6, "what the window had counts again, once")
        }
      }
    }
  }

  @Test("accounts and deployments have ledgers of their own")
  func accounts() async throws {
    try await withDesk { desk, redis, _ in
      let ceilings = RequestCeilings(perWindow: 1)
      #expect(try await desk.admit(.me, .immediate, ceilings) == .go)
      let other = desk.ledger.of(DeveloperAccountID("another: {one}"))
      #expect(try await other.admit(.me, .immediate, ceilings: ceilings) == .unknown)
      try await other.seed(RequestLedger.Seed(), ceilings: ceilings)
      #expect(try await other.admit(.me, .immediate, ceilings: ceilings) == .go)
    }
  }
}
