import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Runs by themselves")
struct ScheduleTests {
  private static let intervals = SyncIntervals([.tracks: .seconds(1_000), .following: .seconds(5_000)])

  private static func runs(_ db: ServiceDatabase) -> SyncRuns {
    SyncRuns(db.database, intervals: intervals)
  }

  /// As if the time of every row had come.
  private static func letTimePass(_ db: ServiceDatabase) async throws {
    _ = try await db.owner.query("UPDATE sync_schedule SET next_check_at = now() - interval '1 minute'")
  }

  private static func secondsLeft(_ kind: SyncKind, _ db: ServiceDatabase) async throws -> Double {
    try await db.value(
      "SELECT extract(epoch FROM next_check_at - now())::float8 FROM sync_schedule WHERE kind = \(kind.rawValue)"
    )
  }

  @Test("every end of a run says when the next is due: after its kind's interval, give or take a tenth")
  func ends() async throws {
    try await withServiceDatabase { db in
      let user = try await db.connectedUser()
      let runs = Self.runs(db)
      let ends: [@Sendable (RunClaim) async throws -> Void] = [
        { try await db.savedTracks.finish(Sample.outcome(), of: $0) },
        { try await runs.end($0, as: .failed, failure: nil, requestsMade: 1) },
        { try await runs.end($0, as: .cancelled, failure: nil, requestsMade: 1) },
      ]
      for end in ends {
        _ = try await db.owner.query("DELETE FROM sync_schedule")
        let run = try await runs.request(.tracks, for: user, trigger: .manual)
        try await end(try #require(try await runs.claim(run.id, of: user)))
        #expect((895...1_101).contains(try await Self.secondsLeft(.tracks, db)))
      }
      let run = try await runs.request(.following, for: user, trigger: .manual)
      let claim = try #require(try await runs.claim(run.id, of: user))
      try await db.followedArtists.finish(
        FollowedArtists.Outcome(run: Sample.run(), inserts: [], removals: []), of: claim)
      #expect((4_495...5_501).contains(try await Self.secondsLeft(.following, db)))
    }
  }

  @Test("a run that was put off or overtaken moves nothing")
  func otherEnds() async throws {
    try await withServiceDatabase { db in
      let user = try await db.connectedUser()
      let old = try await db.claim(user)
      let new = try #require(try await db.runs.claim(old.run, of: user))
      #expect(
        await storageCode { try await db.runs.end(old, as: .failed, failure: nil, requestsMade: 0) }
          == .fenced)
      try await db.runs.postpone(
        new, for: .seconds(9), failure: nil, countsAsAttempt: false, requestsMade: 0)
      #expect(try await db.value("SELECT count(*) FROM sync_schedule") == 0)
    }
  }

  @Test("connecting makes the rows, and the first runs keep the schedule from making more")
  func connecting() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let app = try await db.grants.registerApp(clientID: "an app")
      for version in 1...2 {
        _ = try await db.grants.store(
          Sample.tokens, of: user, app: app, scopes: [], version: Int64(version), firstRuns: SyncKind.allCases
        )
      }
      #expect(try await db.value("SELECT count(*) FROM sync_schedule") == 4)
      #expect(try await Self.runs(db).scheduleDue(limit: 100) == 0)
      #expect(try await db.value("SELECT count(*) FROM sync_run") == 4)
      // Put off by its interval; a kind that never runs by itself is left alone.
      #expect((895...1_101).contains(try await Self.secondsLeft(.tracks, db)))
      #expect(try await Self.secondsLeft(.playlists, db) <= 0)
    }
  }

  @Test("what is due becomes a run once, however many workers ask at once")
  func atOnce() async throws {
    try await withServiceDatabase(connections: 8) { db in
      for number in 0..<20 {
        let user = try await db.connectedUser("user\(number)")
        try await db.savedTracks.finish(Sample.outcome(), of: try await db.claim(user))
      }
      let runs = Self.runs(db)
      #expect(try await runs.scheduleDue(limit: 100) == 0)
      try await Self.letTimePass(db)
      let made = try await TestSupport.atOnce(8) { _ in try await runs.scheduleDue(limit: 100) }
      #expect(made.reduce(0, +) == 20)
      #expect(
        try await db.value(
          "SELECT count(DISTINCT user_id) FROM sync_run WHERE trigger = 'schedule' AND status = 'queued'")
          == 20)
      #expect(try await db.value("SELECT min(next_check_at) > now() FROM sync_schedule"))
      // Still open: due again, and nothing more comes of it.
      try await Self.letTimePass(db)
      #expect(try await runs.scheduleDue(limit: 100) == 0)
      #expect(try await runs.takeDue(stale: .seconds(5), limit: 100).count == 20)
    }
  }

  @Test("no more than asked for at once, and the rest next time")
  func limit() async throws {
    try await withServiceDatabase { db in
      for number in 0..<5 {
        let user = try await db.connectedUser("user\(number)")
        try await db.savedTracks.finish(Sample.outcome(), of: try await db.claim(user))
      }
      try await Self.letTimePass(db)
      var made: [Int] = []
      for _ in 0..<4 { made.append(try await Self.runs(db).scheduleDue(limit: 2)) }
      #expect(made == [2, 2, 1, 0])
    }
  }

  @Test("a dead connection gets no runs and doesn't come up again at once, a suspect one gets them")
  func grants() async throws {
    for (status, runs) in [("healthy", 1), ("suspect", 1), ("dead", 0), ("disconnected", 0)] {
      try await withServiceDatabase { db in
        let user = try await db.connectedUser()
        try await db.savedTracks.finish(Sample.outcome(), of: try await db.claim(user))
        _ = try await db.owner.query("UPDATE spotify_grant SET status = \(status)")
        try await Self.letTimePass(db)
        #expect(try await Self.runs(db).scheduleDue(limit: 10) == runs, "\(status)")
        #expect(try await Self.secondsLeft(.tracks, db) > 800, "\(status)")
      }
    }
  }

  @Test("a kind whose interval is zero never runs by itself, and with all of them zero nothing is asked")
  func never() async throws {
    try await withServiceDatabase { db in
      let user = try await db.connectedUser()
      try await db.savedTracks.finish(Sample.outcome(), of: try await db.claim(user))
      try await Self.letTimePass(db)
      for intervals in [SyncIntervals([:]), SyncIntervals([.following: .seconds(9)])] {
        #expect(try await SyncRuns(db.database, intervals: intervals).scheduleDue(limit: 10) == 0)
      }
      #expect(try await Self.runs(db).scheduleDue(limit: 10) == 1)
    }
  }

  @Test("disconnecting takes the schedule along, also when a run is scheduled at that moment")
  func disconnecting() async throws {
    try await withServiceDatabase(connections: 8) { db in
      for _ in 0..<20 {
        let user = try await db.connectedUser()
        try await db.savedTracks.finish(Sample.outcome(), of: try await db.claim(user))
        try await Self.letTimePass(db)
        _ = try await TestSupport.atOnce(3) { number in
          if number == 1 {
            _ = try await Erasure(db.database).disconnect(user)
          } else {
            try await Self.runs(db).scheduleDue(limit: 10)
          }
        }
        #expect(try await db.content(of: "sync_schedule") == [])
        #expect(try await db.content(of: "sync_run") == [])
        _ = try await db.owner.query("UPDATE spotify_grant SET token_version = 0")
      }
    }
  }
}
