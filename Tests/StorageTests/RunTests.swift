import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Runs")
struct RunTests {
  private static let progress = SyncRun.Progress(done: 5, total: 9, unit: "pages")

  @Test("fifty who ask at once get one and the same run")
  func oneOpenRun() async throws {
    try await withServiceDatabase(connections: 8) { db in
      let user = try await db.user()
      let runs = try await atOnce(50) { _ in try await db.runs.request(.tracks, for: user, trigger: .manual) }
      #expect(Set(runs.map(\.id)).count == 1)
      #expect(runs.allSatisfy { $0.status == .queued && $0.kind == .tracks && $0.attempt == 0 })
      #expect(try await db.value("SELECT count(*) FROM sync_run") == 1)
    }
  }

  @Test("another kind and another person have runs of their own, and an ended run gives way")
  func otherRuns() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      let first = try await db.runs.request(.tracks, for: ada, trigger: .manual)
      let releases = try await db.runs.request(.releases, for: ada, trigger: .schedule)
      let his = try await db.runs.request(.tracks, for: bert, trigger: .manual)
      #expect(Set([first.id, releases.id, his.id]).count == 3)
      #expect(try await db.runs.load(his.id, of: ada) == nil)
      let claim = try #require(try await db.runs.claim(first.id, of: ada))
      try await db.savedTracks.finish(Sample.outcome(), of: claim)
      let second = try await db.runs.request(.tracks, for: ada, trigger: .manual)
      #expect(second.id != first.id && second.status == .queued)
      let listed = try await db.runs.list(of: ada, kind: nil, status: nil, after: nil, limit: 10)
      #expect(listed.map(\.id) == [second.id, releases.id, first.id])
      #expect(
        try await db.runs.list(of: ada, kind: .tracks, status: .succeeded, after: nil, limit: 10).map(\.id)
          == [first.id])
      #expect(
        try await db.runs.list(of: ada, kind: nil, status: nil, after: releases.id, limit: 1).map(\.id)
          == [first.id])
    }
  }

  @Test("the open run is found also when the clock was set back and an older one has the higher id")
  func clockSetBack() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      _ = try await db.owner.query(
        """
        INSERT INTO sync_run (user_id, run_id, kind, trigger, status)
        VALUES (\(user.rawValue), 'ffffffff-0000-7000-8000-000000000000', 'tracks', 'manual', 'succeeded')
        """)
      let run = try await db.runs.request(.tracks, for: user, trigger: .manual)
      #expect(run.status == .queued)
      #expect(try await db.runs.request(.tracks, for: user, trigger: .manual).id == run.id)
    }
  }

  @Test("a claim raises the epoch and counts an attempt, or a crash when nobody had let go")
  func claims() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let run = try await db.runs.request(.tracks, for: user, trigger: .manual)
      let first = try #require(try await db.runs.claim(run.id, of: user))
      #expect((first.epoch, first.attempt, first.crashes) == (1, 1, 0))
      let second = try #require(try await db.runs.claim(run.id, of: user))
      #expect((second.epoch, second.attempt, second.crashes) == (2, 1, 1))
      let third = try #require(try await db.runs.claim(run.id, of: user))
      #expect((third.epoch, third.attempt, third.crashes) == (3, 1, 2))
      // It gets on, so it isn't what kills the workers.
      #expect(try await !db.runs.report(third, progress: Self.progress, requestsMade: 6))
      let fourth = try #require(try await db.runs.claim(run.id, of: user))
      #expect((fourth.attempt, fourth.crashes) == (1, 1))
      try await db.runs.postpone(
        fourth, for: .zero, failure: nil, countsAsAttempt: true, requestsMade: 6)
      let fifth = try #require(try await db.runs.claim(run.id, of: user))
      #expect((fifth.epoch, fifth.attempt, fifth.crashes) == (5, 2, 0))
      #expect(try await db.runs.claim(run.id, of: UserID(999)) == nil)
      #expect(try await db.runs.claim(RunID(UUID()), of: user) == nil)
    }
  }

  @Test("of two claims at once both are given, and only the later may write")
  func concurrentClaims() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let run = try await db.runs.request(.tracks, for: user, trigger: .manual)
      let claims = try await atOnce(6) { _ in try await db.runs.claim(run.id, of: user) }.compactMap { $0 }
      #expect(claims.map(\.epoch).sorted() == [1, 2, 3, 4, 5, 6])
      for claim in claims {
        let code = await storageCode {
          try await db.runs.report(claim, progress: Self.progress, requestsMade: 1)
        }
        #expect(code == (claim.epoch == 6 ? nil : .fenced))
      }
    }
  }

  @Test("who has been overtaken writes nothing, whatever it tries")
  func fence() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.save([Sample.entry("kept", at: 1)], for: user)
      let old = try await db.claim(user)
      let new = try #require(try await db.runs.claim(old.run, of: user))
      let page = StagedPages.Page(
        offset: 0, total: 1, slots: [.row(TrackKey("x"), addedAt: Sample.time(1), isPlayable: nil)])
      _ = try await db.pages.keep(
        [page], tracks: [], scan: 1, of: new, progress: Self.progress, requestsMade: 1)
      let tables = ["sync_run", "saved_track", "staged_page", "track", "album", "artist"]
      let before = try await contents(of: tables, db)
      let attempts: [@Sendable () async throws -> Void] = [
        { _ = try await db.runs.report(old, progress: Self.progress, requestsMade: 9) },
        {
          try await db.runs.end(
            old, as: .failed, failure: RunFailure(code: "x", detail: "y"), requestsMade: 9)
        },
        { try await db.runs.end(old, as: .cancelled, failure: nil, requestsMade: 9) },
        {
          try await db.runs.postpone(
            old, for: .seconds(60), failure: nil, countsAsAttempt: true, requestsMade: 9)
        },
        {
          _ = try await db.pages.keep(
            [page, StagedPages.Page(offset: 49, total: 1, slots: [])], tracks: [Sample.track("new")], scan: 1,
            of: old, progress: Self.progress, requestsMade: 9)
        },
        {
          let removal = (key: TrackKey("kept"), addedAt: Sample.time(1))
          try await db.savedTracks.finish(
            Sample.outcome(inserts: [Sample.entry("new", at: 5)], removals: [removal]), of: old)
        },
      ]
      for attempt in attempts { #expect(await storageCode(attempt) == .fenced) }
      #expect(try await contents(of: tables, db) == before)
      try await db.savedTracks.finish(Sample.outcome(), of: new)
      #expect(await storageCode { try await db.savedTracks.finish(Sample.outcome(), of: new) } == .fenced)
    }
  }

  @Test("a run that is put off waits until its time, keeps its pages and tells why")
  func postponed() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      _ = try await db.pages.keep(
        [StagedPages.Page(offset: 0, total: 3, slots: [.null])], tracks: [], scan: 1, of: claim,
        progress: Self.progress, requestsMade: 2)
      let failure = RunFailure(code: "rate_limited", detail: "Spotify asks to wait")
      try await db.runs.postpone(
        claim, for: .seconds(900), failure: failure, countsAsAttempt: false, requestsMade: 3)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .waiting && run.failure == failure && run.attempt == 0 && run.finishedAt == nil)
      #expect(run.requests.made == 3 && run.progress == Self.progress)
      #expect(try #require(run.waitingUntil).timeIntervalSinceNow > 800)
      #expect(try await db.runs.claim(claim.run, of: user) == nil)
      _ = try await db.owner.query("UPDATE sync_run SET not_before = now()")
      let again = try #require(try await db.runs.claim(claim.run, of: user))
      #expect((again.attempt, again.crashes) == (1, 0))
      #expect(try await db.pages.newestScan(of: again).pages.count == 1)
      let working = try #require(try await db.runs.load(claim.run, of: user))
      #expect(working.failure == nil && working.waitingUntil == nil && working.startedAt == run.startedAt)
    }
  }

  @Test("a run that is handed back is queued, at no attempt's cost")
  func handedBack() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      try await db.runs.postpone(claim, for: .zero, failure: nil, countsAsAttempt: false, requestsMade: 0)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .queued && run.attempt == 0 && run.waitingUntil == nil)
    }
  }

  @Test("an ended run says why, has no pages left and is nobody's any more")
  func ended() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      _ = try await db.pages.keep(
        [StagedPages.Page(offset: 0, total: 3, slots: [.null])], tracks: [], scan: 1, of: claim,
        progress: Self.progress, requestsMade: 2)
      let failure = RunFailure(code: "crashed", detail: "three workers died of it")
      try await db.runs.end(claim, as: .failed, failure: failure, requestsMade: 7)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .failed && run.failure == failure && run.requests.made == 7)
      #expect(run.finishedAt != nil)
      #expect(try await db.value("SELECT count(*) FROM staged_page") == 0)
      #expect(try await db.runs.claim(claim.run, of: user) == nil)
    }
  }

  @Test("a run that nobody works on is cancelled at once", arguments: [SyncStatus.queued, .waiting])
  func cancelIdle(_ status: SyncStatus) async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      let delay: Duration = status == .waiting ? .seconds(60) : .zero
      try await db.runs.postpone(claim, for: delay, failure: nil, countsAsAttempt: false, requestsMade: 0)
      #expect(try await db.runs.load(claim.run, of: user)?.status == status)
      let cancelled = try #require(try await db.runs.cancel(claim.run, of: user))
      #expect(cancelled.status == .cancelled && cancelled.finishedAt != nil)
      #expect(try await db.runs.claim(claim.run, of: user) == nil)
      #expect(try await db.runs.takeDue(stale: .zero, limit: 10).isEmpty)
    }
  }

  @Test("a running run is asked to stop and ends when its worker hears of it")
  func cancelRunning() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      #expect(try await !db.runs.report(claim, progress: Self.progress, requestsMade: 1))
      #expect(try await db.runs.cancel(claim.run, of: user)?.status == .running)
      #expect(try await db.runs.report(claim, progress: Self.progress, requestsMade: 1))
      #expect(
        try await db.pages.keep([], tracks: [], scan: 1, of: claim, progress: Self.progress, requestsMade: 1))
      try await db.runs.end(claim, as: .cancelled, failure: nil, requestsMade: 1)
      #expect(try await db.runs.load(claim.run, of: user)?.status == .cancelled)
    }
  }

  @Test("a running run that was asked to stop and is put off is cancelled")
  func cancelPostponed() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      _ = try await db.runs.cancel(claim.run, of: user)
      try await db.runs.postpone(
        claim, for: .seconds(60), failure: nil, countsAsAttempt: true, requestsMade: 1)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .cancelled && run.finishedAt != nil && run.waitingUntil == nil)
    }
  }

  @Test("an ended run can't be cancelled, nor another person's")
  func cancelEnded() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      let claim = try await db.claim(ada)
      #expect(try await db.runs.cancel(claim.run, of: bert) == nil)
      try await db.savedTracks.finish(Sample.outcome(), of: claim)
      #expect(try await db.runs.cancel(claim.run, of: ada)?.status == .succeeded)
      #expect(try await db.runs.cancel(RunID(UUID()), of: ada) == nil)
    }
  }

  // MARK: Dispatch

  @Test("what is due is taken once by takers at the same time, and again when it was not seen for too long")
  func due() async throws {
    try await withServiceDatabase { db in
      var expected: Set<RunID> = []
      for number in 0..<30 {
        let user = try await db.user("user \(number)")
        expected.insert(
          try await db.runs.request(.tracks, for: user, trigger: number < 10 ? .schedule : .manual).id)
      }
      let taken = try await atOnce(4) { _ in try await db.runs.takeDue(stale: .seconds(300), limit: 100) }
        .flatMap { $0 }
      #expect(taken.count == 30)
      #expect(Set(taken.map(\.run)) == expected)
      #expect(taken.filter(\.isInteractive).count == 20)
      #expect(try await db.runs.takeDue(stale: .seconds(300), limit: 100).isEmpty)
      _ = try await db.owner.query(
        """
        UPDATE sync_run
        SET dispatched_at = now() - interval '301 seconds'
        WHERE trigger = 'schedule'
        """)
      #expect(try await db.runs.takeDue(stale: .seconds(300), limit: 4).count == 4)
      #expect(try await db.runs.takeDue(stale: .seconds(300), limit: 100).count == 6)
    }
  }

  @Test("a run whose time has come is taken, one that waits or has ended isn't")
  func notDue() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user)
      #expect(try await db.runs.takeDue(stale: .seconds(300), limit: 10).map(\.run) == [claim.run])
      try await db.runs.postpone(
        claim, for: .seconds(60), failure: nil, countsAsAttempt: true, requestsMade: 0)
      #expect(try await db.runs.takeDue(stale: .zero, limit: 10).isEmpty)
      _ = try await db.owner.query("UPDATE sync_run SET not_before = now() - interval '1 second'")
      #expect(try await db.runs.takeDue(stale: .seconds(300), limit: 10).map(\.run) == [claim.run])
      let again = try #require(try await db.runs.claim(claim.run, of: user))
      try await db.savedTracks.finish(Sample.outcome(), of: again)
      #expect(try await db.runs.takeDue(stale: .zero, limit: 10).isEmpty)
    }
  }

  private func contents(of tables: [String], _ db: ServiceDatabase) async throws -> [[String]] {
    var contents: [[String]] = []
    for table in tables { contents.append(try await db.content(of: table)) }
    return contents
  }
}
