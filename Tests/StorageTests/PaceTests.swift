import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Runs by themselves, as often as it is worth it")
struct PaceTests {
  private static let changed = SyncRun.Changes(added: 1)
  private static let unchanged = SyncRun.Changes()

  /// Runs of one deployment, with bounds of its own.
  private struct Desk: Sendable {
    let db: ServiceDatabase
    let intervals: SyncIntervals
    var runs: SyncRuns { SyncRuns(db.database, intervals: intervals) }

    init(_ db: ServiceDatabase, shortest: Int = 100, longest: Int = 3_000) {
      self.db = db
      intervals = SyncIntervals(
        [.tracks: .seconds(1_000), .following: .seconds(1_000)], shortest: .seconds(shortest),
        longest: .seconds(longest))
    }

    func claim(_ user: UserID, _ trigger: SyncTrigger = .schedule) async throws -> RunClaim {
      let run = try await runs.request(.tracks, for: user, trigger: trigger)
      return try #require(try await runs.claim(run.id, of: user))
    }

    func finish(_ claim: RunClaim, _ changes: SyncRun.Changes) async throws {
      let outcome = SavedTracks.Outcome(
        run: Sample.run(changes), inserts: [], updates: [], removals: [],
        list: SavedTracks.ListChange(placeholders: [], totalOffset: 0, audit: .done))
      try await db.savedTracks.finish(outcome, of: claim)
    }

    /// A whole run.
    ///
    /// - Returns: what the interval has come to; nil when it is what everybody begins with.
    func run(
      _ user: UserID, _ changes: SyncRun.Changes, _ trigger: SyncTrigger = .schedule
    ) async throws -> Double? {
      try await finish(try await claim(user, trigger), changes)
      return try await interval(user)
    }

    func interval(_ user: UserID) async throws -> Double? {
      try await db.value(
        "SELECT interval_s FROM sync_schedule WHERE user_id = \(user.rawValue) AND kind = 'tracks'")
    }

    /// Seconds until the next run, by the database's clock.
    func left(_ user: UserID) async throws -> Double {
      try await db.value(
        """
        SELECT extract(epoch FROM next_check_at - now())::float8
        FROM sync_schedule
        WHERE user_id = \(user.rawValue) AND kind = 'tracks'
        """)
    }

    func letTimePass() async throws {
      _ = try await db.owner.query("UPDATE sync_schedule SET next_check_at = now() - interval '1 minute'")
    }

    func openRuns() async throws -> [(user: UserID, run: RunID)] {
      try await runs.takeDue(stale: .zero, limit: 1_000).map { ($0.user, $0.run) }
    }
  }

  @Test("a busy library is looked at more often, a silent one more seldom, both within bounds")
  func adaptive() async throws {
    try await withServiceDatabase { db in
      let desk = Desk(db)
      let user = try await db.connectedUser()
      var intervals: [Double?] = []
      for _ in 0..<5 { intervals.append(try await desk.run(user, Self.changed)) }
      #expect(intervals == [500, 250, 125, 100, 100])
      #expect((99...110).contains(try await desk.left(user)))
      intervals = []
      for _ in 0..<10 { intervals.append(try await desk.run(user, Self.unchanged)) }
      #expect(intervals.prefix(3) == [150, 225, 337.5] && intervals.suffix(2) == [3_000, 3_000])
      #expect((2_690...3_300).contains(try await desk.left(user)))
      // The put-off of what is due goes by it, too.
      try await desk.letTimePass()
      #expect(try await desk.runs.scheduleDue(limit: 10) == 1)
      #expect((2_690...3_300).contains(try await desk.left(user)))
      #expect(try await desk.interval(user) == 3_000)
    }
  }

  @Test("bounds that were changed count from the next run on")
  func changedBounds() async throws {
    try await withServiceDatabase { db in
      let user = try await db.connectedUser()
      for _ in 0..<4 { _ = try await Desk(db).run(user, Self.unchanged) }
      let narrow = Desk(db, shortest: 50, longest: 200)
      try await narrow.letTimePass()
      #expect(try await narrow.runs.scheduleDue(limit: 10) == 1)
      #expect((175...220).contains(try await narrow.left(user)))
      let claim = try #require(try await narrow.runs.claim(try await narrow.openRuns()[0].run, of: user))
      #expect(claim.pace?.interval == .seconds(200))
      try await narrow.finish(claim, Self.changed)
      #expect(try await narrow.interval(user) == 100)
    }
  }

  @Test("failures, first runs, and silence that somebody asked about say nothing of the pace")
  func nothing() async throws {
    try await withServiceDatabase { db in
      let desk = Desk(db)
      let user = try await db.connectedUser()
      #expect(try await desk.run(user, Self.changed, .connect) == nil)
      #expect(try await desk.run(user, Self.unchanged, .manual) == nil)
      for status in [SyncStatus.failed, .cancelled] {
        try await desk.runs.end(try await desk.claim(user), as: status, failure: nil, requestsMade: 1)
        #expect(try await desk.interval(user) == nil)
        #expect((895...1_100).contains(try await desk.left(user)))
      }
      #expect(try await desk.run(user, Self.changed, .manual) == 500)
      try await desk.runs.end(try await desk.claim(user), as: .failed, failure: nil, requestsMade: 1)
      #expect(try await desk.interval(user) == 500)
      #expect((445...550).contains(try await desk.left(user)))
    }
  }

  @Test(
    "no run by itself within a quarter of an hour of another, whoever asked for it and whatever became of it")
  func floor() async throws {
    try await withServiceDatabase { db in
      let runs = SyncRuns(db.database)
      let user = try await db.connectedUser()
      let desk = Desk(db, shortest: 900)
      let ends: [@Sendable (RunClaim) async throws -> Void] = [
        { try await desk.finish($0, Self.changed) },
        { try await desk.runs.end($0, as: .failed, failure: nil, requestsMade: 1) },
        {
          _ = try await desk.runs.cancel($0.run, of: user)
          try await desk.runs.end($0, as: .cancelled, failure: nil, requestsMade: 1)
        },
        {
          // Put off, then cancelled while it waits.
          try await desk.runs.postpone(
            $0, for: .seconds(50), failure: nil, countsAsAttempt: true, requestsMade: 1)
          _ = try await desk.runs.cancel($0.run, of: user)
        },
        {
          // Cancelled while it is at work, then put off.
          _ = try await desk.runs.cancel($0.run, of: user)
          try await desk.runs.postpone(
            $0, for: .seconds(50), failure: nil, countsAsAttempt: true, requestsMade: 1)
        },
      ]
      _ = try await desk.run(user, Self.changed)
      for (number, end) in ends.enumerated() {
        let claim = try await desk.claim(user, .manual)
        try await desk.letTimePass()
        try await end(claim)
        #expect(try await desk.left(user) >= 895, "end \(number)")
        #expect(try await runs.scheduleDue(limit: 10) == 0, "end \(number)")
        #expect(try await db.value("SELECT count(*) FROM sync_run WHERE finished_at IS NULL") == 0)
      }
    }
  }

  @Test("a run that ends while every worker asks what is due is not followed by another at once")
  func endsAndRounds() async throws {
    try await withServiceDatabase(connections: 8) { db in
      let desk = Desk(db)
      var users: [UserID] = []
      for number in 0..<12 { users.append(try await db.connectedUser("user\(number)")) }
      for round in 0..<6 {
        for user in users where round == 0 { _ = try await desk.run(user, Self.unchanged) }
        var claims: [RunClaim] = []
        for user in users { claims.append(try await desk.claim(user, .manual)) }
        try await desk.letTimePass()
        let ending = claims
        let made = try await TestSupport.atOnce(16) { number in
          guard number < ending.count else { return try await desk.runs.scheduleDue(limit: 100) }
          try await desk.finish(ending[number], Self.changed)
          return 0
        }
        #expect(made.reduce(0, +) == 0)
        #expect(try await db.value("SELECT count(*) FROM sync_run WHERE finished_at IS NULL") == 0)
        #expect(
          try await db.value("SELECT bool_and(next_check_at > now() + interval '95 s') FROM sync_schedule"))
      }
    }
  }

  @Test("people who connected together are spread: within a tenth, and over all of it")
  func spread() async throws {
    try await withServiceDatabase { db in
      let desk = Desk(db)
      var left: [Double] = []
      for number in 0..<100 {
        let user = try await db.connectedUser("user\(number)")
        _ = try await desk.run(user, Self.unchanged)
        left.append(
          try await db.value(
            """
            SELECT extract(epoch FROM next_check_at - finished_at)::float8
            FROM sync_schedule
            JOIN sync_run USING (user_id, kind)
            WHERE user_id = \(user.rawValue)
            """))
      }
      // 1,500 s. A hundred even throws miss a quarter of the range once in a million million times.
      #expect(left.allSatisfy { (1_350...1_650).contains($0) })
      for quarter in 0..<4 {
        let range = (1_350 + Double(quarter) * 75)...(1_350 + Double(quarter + 1) * 75)
        #expect(left.contains { range.contains($0) })
      }
    }
  }

  @Test("one whose runs always fail, and one whose run never ends, keep nobody from being looked at in time")
  func neighbours() async throws {
    try await withServiceDatabase { db in
      let desk = Desk(db)
      let failing = try await db.connectedUser("failing")
      let stuck = try await db.connectedUser("stuck")
      var others: [UserID] = []
      for number in 0..<5 { others.append(try await db.connectedUser("user\(number)")) }
      for user in [failing, stuck] + others { _ = try await desk.run(user, Self.unchanged) }
      for round in 1...4 {
        try await desk.letTimePass()
        // A limit below the number of people: the ones with trouble come first in no round after the first.
        var made = 0
        for _ in 0..<7 { made += try await desk.runs.scheduleDue(limit: 1) }
        #expect(made == (round == 1 ? 7 : 6))
        for open in try await desk.openRuns() {
          guard let claim = try await desk.runs.claim(open.run, of: open.user) else { continue }
          switch open.user {
          case stuck: break
          case failing:
            try await desk.runs.end(
              claim, as: .failed, failure: RunFailure(code: "x", detail: "y"), requestsMade: 1)
          default: try await desk.finish(claim, Self.unchanged)
          }
        }
      }
      for user in others {
        let succeeded: Int64 = try await db.value(
          "SELECT count(*) FROM sync_run WHERE user_id = \(user.rawValue) AND status = 'succeeded'")
        #expect(succeeded == 5)
        #expect(try await desk.interval(user) == 3_000)
      }
      #expect(try await desk.interval(failing) == 1_500)
    }
  }
}
