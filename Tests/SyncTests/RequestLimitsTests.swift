import Coordination
import Domain
import Foundation
import Logging
import PostgreSQL
import Reactor
import Redis
import SpotifyAPI
import Storage
import Sync
import TestSupport
import Testing

@Suite("The limits of all instances together")
struct RequestLimitsTests {
  /// A database, keys in Redis, and instances that share nothing else.
  struct Desk: Sendable {
    static let account = DeveloperAccountID("acc")

    let db: ServiceDatabase
    let redis: RedisClient
    let namespace: Namespace
    let configuration: RedisConfiguration

    var copy: LedgerCopy { LedgerCopy(db.database) }
    var ledger: RequestLedger { RequestLedger(redis: redis, namespace: namespace, account: Desk.account) }
    var keep: KeepLedger { KeepLedger(ledger: ledger, copy: copy, account: Desk.account) }

    func instance(_ ceilings: RequestCeilings = .none) -> RequestAdmission {
      let other = RedisClient(reactor: db.reactor, configuration: configuration)
      return RequestLimits(
        ledger: RequestLedger(redis: other, namespace: namespace, account: Desk.account), copy: copy,
        account: Desk.account, ceilings: ceilings, alone: LimitsAlone(), reactor: db.reactor,
        logger: Logger(level: .error, format: .text)
      ).admission
    }

    func wipe() async throws {
      for key in try await redis.send("KEYS", "*").elements ?? [] {
        _ = try await redis.send("DEL", key.text ?? "")
      }
    }
  }

  private func withDesk(_ body: @escaping @Sendable (Desk, PrivateRedis) async throws -> Void) async throws {
    try await PrivateRedis.with { server in
      let configuration = try RedisConfiguration(url: server.url)
      try await withServiceDatabase { db in
        let redis = RedisClient(reactor: db.reactor, configuration: configuration)
        defer { redis.close() }
        try await body(
          Desk(db: db, redis: redis, namespace: Namespace("test"), configuration: configuration), server)
      }
    }
  }

  /// What a request of a group meets; nil when it may be sent.
  private func refusal(
    _ instance: RequestAdmission, _ group: EndpointGroup, _ priority: RequestPriority = .immediate
  ) async -> SpotifyError? {
    await spotifyError { try await instance.admit(group, priority) }
  }

  @Test("a short 429 stops every instance, a long one and a used up quota one group of each")
  func pauses() async throws {
    try await withDesk { desk, _ in
      let instances = [desk.instance(), desk.instance()]
      await instances[0].heard(
        .search, SpotifyError(.rateLimited, status: 429, "", retryAfter: .seconds(3_600)))
      await instances[0].heard(.player, SpotifyError(.quotaExceeded, status: 429, ""))
      for instance in instances {
        let search = await refusal(instance, .search)
        #expect(search?.code == .rateLimited && search?.isOurs == true && search?.status == nil)
        #expect(search?.retryAfter ?? .zero > .seconds(3_590))
        let player = await refusal(instance, .player)
        #expect(player?.code == .quotaExceeded)
        #expect(player?.retryAfter ?? .zero > .seconds(3_590), "an hour when Spotify doesn't say")
        #expect(await refusal(instance, .library) == nil)
      }
      await instances[1].heard(.library, SpotifyError(.rateLimited, status: 429, ""))
      for instance in instances {
        let library = await refusal(instance, .library)
        #expect(library?.code == .rateLimited && (library?.retryAfter ?? .zero) <= .seconds(5))
        #expect(await refusal(instance, .following)?.code == .rateLimited)
      }
    }
  }

  @Test(
    "a pause of the accounts host stops tokens on every instance and nothing else, and no ceiling binds them")
  func tokens() async throws {
    try await withDesk { desk, server in
      let instances = [desk.instance(), desk.instance(RequestCeilings(perWindow: 1, perDay: 1))]
      for _ in 1...4 { #expect(await refusal(instances[1], .token) == nil) }
      #expect(await refusal(instances[1], .library) == nil)
      #expect(await refusal(instances[1], .library)?.code == .quotaExceeded)
      #expect(await refusal(instances[1], .token) == nil)
      let counted = try #require(try await desk.ledger.reading())
      #expect(counted.usedInWindow == 1 && counted.groups[.token] == nil)

      await instances[0].heard(.token, SpotifyError(.rateLimited, status: 429, "", retryAfter: .seconds(40)))
      for instance in instances {
        let token = await refusal(instance, .token)
        #expect(token?.code == .rateLimited && token?.isOurs == true)
        #expect(token?.retryAfter ?? .zero > .seconds(30) && token?.retryAfter ?? .zero <= .seconds(40))
      }
      #expect(await refusal(instances[0], .following) == nil)
      // The Web API's short pauses are everybody's but the accounts host's.
      let third = desk.instance()
      #expect(await refusal(third, .token)?.code == .rateLimited)
      try await desk.wipe()
      #expect(await refusal(third, .token) == nil, "it is in Redis alone")
      await third.heard(.search, SpotifyError(.rateLimited, status: 429, "", retryAfter: .seconds(40)))
      #expect(await refusal(third, .following)?.code == .rateLimited)
      #expect(await refusal(third, .token) == nil)

      // Without Redis each has what it heard, and asks else, ceiling or not.
      await server.kill()
      #expect(await refusal(instances[0], .token)?.code == .rateLimited)
      #expect(await refusal(instances[1], .token) == nil)
      #expect(await refusal(instances[1], .library)?.code == .unavailable)
      #expect(await refusal(third, .token) == nil)
    }
  }

  @Test("a wiped Redis begins again with what Postgres has, once, and knows what was parked")
  func wiped() async throws {
    try await withDesk { desk, _ in
      let instance = desk.instance()
      for _ in 0..<7 { #expect(await refusal(instance, .library) == nil) }
      await instance.heard(.search, SpotifyError(.quotaExceeded, status: 429, "", retryAfter: .seconds(900)))
      try await desk.keep()
      try await desk.wipe()
      let instances = (0..<4).map { _ in desk.instance() }
      let refusals = try await atOnce(12) { await refusal(instances[$0 % 4], .library) }
      #expect(refusals.allSatisfy { $0 == nil })
      let reading = try #require(try await desk.ledger.reading())
      #expect(reading.groups[.library]?.usedInDay == 19)
      #expect(await refusal(instances[1], .search)?.code == .quotaExceeded)
    }
  }

  @Test(
    "with ceilings a wiped Redis is taken to have sent more than is known; a new one to have sent nothing")
  func guess() async throws {
    try await withDesk { desk, _ in
      let ceilings = RequestCeilings(perWindow: 20, perDay: 100)
      let first = desk.instance(ceilings)
      for _ in 0..<15 { #expect(await refusal(first, .library) == nil) }
      try await desk.keep()
      for _ in 0..<4 { #expect(await refusal(first, .library) == nil) }
      try await desk.wipe()
      let second = await refusal(desk.instance(ceilings), .library)
      #expect(second?.code == .rateLimited && second?.isOurs == true)
      #expect((second?.retryAfter ?? .zero) > .seconds(29), "the window before the wipe may have been full")
      let reading = try #require(try await desk.ledger.reading())
      #expect(reading.groups[.library]?.usedInDay == 30, "what was copied, and as much again for the rest")
    }
  }

  @Test("the copy only grows, and an old day's counts leave it")
  func copying() async throws {
    try await withDesk { desk, _ in
      let instance = desk.instance()
      for _ in 0..<3 { #expect(await refusal(instance, .artists) == nil) }
      let keep = desk.keep
      try await keep()
      try await keep()
      _ = try await desk.db.owner.query(
        """
        INSERT INTO request_ledger (developer_account, endpoint_group, bucket_start, requests)
        VALUES ('acc', 'artists', now() - interval '26 hours', 9), ('acc', 'of another version', now(), 5)
        """)
      try await desk.wipe()
      try await desk.ledger.seed(RequestLedger.Seed(), ceilings: .none)
      #expect(await refusal(instance, .artists) == nil)
      try await desk.keep()
      let counts = try await desk.copy.content(of: Desk.account).counts
      #expect(counts.filter { $0.group == .artists }.map(\.requests) == [3])
      let rows = try await desk.db.owner.query("SELECT count(*) FROM request_ledger")
      #expect(try rows[0].decode(0, as: Int.self) == 2)
    }
  }

  @Test("while Redis is away requests are counted by each process, and a 429 stops the one that met it")
  func away() async throws {
    try await withDesk { desk, server in
      let (instance, other) = (desk.instance(), desk.instance())
      #expect(await refusal(instance, .library) == nil)
      await server.kill()
      for _ in 0..<5 { #expect(await refusal(instance, .library) == nil) }
      await instance.heard(.search, SpotifyError(.rateLimited, status: 429, "", retryAfter: .seconds(700)))
      #expect(await refusal(instance, .search)?.code == .rateLimited)
      #expect(await refusal(other, .search) == nil, "it can't know")
      try await server.restart()
      // The ledger is asked again a second after it didn't answer.
      while try await desk.ledger.reading()?.groups[.library]?.usedInDay ?? 0 < 7 {
        #expect(await refusal(instance, .library) == nil)
        try await desk.db.reactor.sleep(for: .milliseconds(20))
      }
      // This one's second may have begun later.
      while await refusal(other, .search)?.code != .rateLimited {
        try await desk.db.reactor.sleep(for: .milliseconds(20))
      }
    }
  }

  @Test("with a ceiling nothing goes while Redis is away, and all goes on when it is back")
  func awayWithCeiling() async throws {
    try await withDesk { desk, server in
      let instance = desk.instance(RequestCeilings(perDay: 1_000))
      #expect(await refusal(instance, .library) == nil)
      await server.kill()
      let error = await refusal(instance, .library)
      #expect(error?.code == .unavailable && error?.isOurs == true && error?.status == nil)
      try await server.restart()
      while await refusal(instance, .library) != nil {
        try await desk.db.reactor.sleep(for: .milliseconds(20))
      }
    }
  }
}
