import Coordination
import Domain
import Foundation
import Reactor
import Redis
import Sync
import TestSupport
import Testing

@Suite("Days of many people, with the plan, the pace and the ledger together")
struct SimulatedDayTests {
  struct Scene: Sendable, CustomTestStringConvertible {
    let people: Int
    let days: Int64
    let ceilings: RequestCeilings
    /// Beyond the longest interval with its jitter.
    let patience: Duration

    var testDescription: String { "\(people) people for \(days == 1 ? "a day" : "\(days) days")" }
  }

  @Test(
    "days of four workers: no window over its ceiling, every copy exact, nobody forgotten",
    arguments: [
      // The 30 s are short when all begin together, and after an hour in which nobody worked.
      Scene(
        people: 1_000, days: 1, ceilings: RequestCeilings(perWindow: 32, perDay: 30_000),
        patience: .seconds(2 * 3_600)
      ),
      // The day is short always.
      Scene(
        people: 40, days: 2, ceilings: RequestCeilings(perWindow: 200, perDay: 240),
        patience: .seconds(86_400)),
    ])
  func days(_ scene: Scene) async throws {
    for seed in Seeds.chosen(7..<8) {
      let began = ContinuousClock.now
      let deployment = try await worked(scene, seed)
      try checkWindows(deployment, seed)
      #expect(deployment.tooEarly == 0, "seed \(seed)")
      let inexact = deployment.people.count { !$0.isExact }
      #expect(inexact == 0, "seed \(seed)")
      let longestGap = Duration.milliseconds(deployment.people.map(\.longestGap).max() ?? 0)
      #expect(longestGap <= .seconds(86_400) * 11 / 10 + scene.patience, "seed \(seed)")
      // A check every half hour that reads all of 500 tracks takes 480 a day; one that reads the top alone, 48.
      let perDay = (0..<scene.days).map { day in
        let of = deployment.admissions.count { $0.at / SimulatedDeployment.day == day }
        return Double(of) / Double(scene.people)
      }
      #expect(perDay.allSatisfy { $0 < 24 }, "seed \(seed)")
      let each = perDay.map { String(format: "%.1f", $0) }.joined(separator: ", then ")
      print(
        """
        \(scene.people) people of 500 tracks each, seed \(seed): \(each) requests each a day; \(deployment.checks) checks, \
        \(deployment.audits) of them audits, \(deployment.refusals) refusals of the ledger; the longest time between \
        two checks of one person \(longestGap.components.seconds / 60) min, the longest wait for a worker \
        \(deployment.latest / 1_000) s; took \(ContinuousClock.now - began)
        """)
    }
  }

  private func worked(_ scene: Scene, _ seed: UInt64) async throws -> SimulatedDeployment {
    var configuration = try RedisConfiguration(url: TestRedis.url)
    configuration.commandDeadline = .seconds(60)
    return try await onReactor { [configuration] reactor in
      let clients = (0..<4).map { _ in RedisClient(reactor: reactor, configuration: configuration) }
      defer { for client in clients { client.close() } }
      let namespace = Namespace("test-\(UUID().uuidString.lowercased())")
      // Any time will do.
      let clock = Locked<Int64>(1_790_000_000_123)
      let ledgers = clients.map { client in
        RequestLedger(
          redis: client, namespace: namespace, account: DeveloperAccountID("acc"),
          clock: { clock.withLock { $0 } })
      }
      try await ledgers[0].seed(RequestLedger.Seed(), ceilings: scene.ceilings)
      var random = SeededRandom(seed: seed)
      let people = try people(of: scene, &random)
      var asking: [(at: Int64, person: Int)] = []
      for person in people.indices where random.oneIn(20) {
        asking.append((Int64(random.below(Int(scene.days * SimulatedDeployment.day))), person))
      }
      let morning = SimulatedDeployment.day * 9 / 24
      var deployment = SimulatedDeployment(
        seed: seed, people: people, asking: asking, ledgers: ledgers, clock: clock, ceilings: scene.ceilings,
        outage: morning..<(morning + 3_600_000))
      try await deployment.work(until: scene.days * SimulatedDeployment.day)
      return deployment
    }
  }

  /// One in ten edits a dozen times a day, three now and then, the others never.
  private func people(of scene: Scene, _ random: inout SeededRandom) throws -> [SimulatedPerson] {
    let intervals = SyncIntervals.standard
    let pace = try #require(intervals.pace(of: .tracks, interval: nil))
    var beginnings: [(SimulatedLibrary, LocalCopy)] = []
    for _ in 0..<8 {
      let library = SimulatedLibrary(rows: 500, hasLocalFiles: false, &random)
      var first = SimulatedRun(of: library, pageSize: 50, audits: true, random: random)
      var copy = LocalCopy()
      let result = first.result(for: copy)
      copy.apply(try #require(result))
      beginnings.append((library, copy))
    }
    return (0..<scene.people).map { number in
      let edits = number % 10 == 0 ? 8 + random.below(8) : number % 10 < 4 ? 1 + random.below(2) : 0
      let (library, copy) = beginnings[random.below(beginnings.count)]
      return SimulatedPerson(
        library: library, copy: copy,
        edits: (0..<edits * Int(scene.days)).map { _ in
          Int64(random.below(Int(scene.days * SimulatedDeployment.day)))
        }, pace: pace,
        auditAt: Int64(random.below(Int(7 * SimulatedDeployment.day))))
    }
  }

  /// By the times at which requests were let through, not by what the ledger says of itself.
  private func checkWindows(_ deployment: SimulatedDeployment, _ seed: UInt64) throws {
    let admissions = deployment.admissions
    let ceilings = deployment.ceilings
    let share = ceilings.share(of: .background)
    for (length, ceiling, ofBackground) in [
      (30_000, try #require(ceilings.perWindow), try #require(share.perWindow)),
      (SimulatedDeployment.day, try #require(ceilings.perDay), try #require(share.perDay)),
    ] {
      var (first, most, mostAtBackground) = (0, 0, 0)
      for (index, last) in admissions.enumerated() {
        while admissions[first].at <= last.at - length { first += 1 }
        most = max(most, index - first + 1)
        if !last.isPerson { mostAtBackground = max(mostAtBackground, index - first + 1) }
      }
      #expect(most <= ceiling && mostAtBackground <= ofBackground, "seed \(seed): \(most) in \(length) ms")
      print(
        "at most \(most) of \(ceiling) requests in any \(length / 1_000) s, \(mostAtBackground) of \(ofBackground) in the background"
      )
    }
  }
}
