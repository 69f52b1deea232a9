import SpotifySimulator
import TestSupport
import Testing

/// Redis and Postgres go away in the middle of runs of all kinds, and come back.
@Suite struct RestartTests {
  @Test func `Redis flushed: whoever works alone keeps its runs, and begins none of them anew`() async throws
  {
    try await withWorld {
      AllKinds.prepare(&$0)
      $0.ownRedis = []
    } _: { world in
      let mira = world.browser(at: try await world.start(.serve))
      let worker = try await world.start(.worker)
      let all = try await AllKinds.begin(mira, in: world)
      _ = try await world.redis("FLUSHALL")
      _ = try await world.rows("UPDATE sync_run SET dispatched_at = dispatched_at - interval '36 seconds'")
      try await world.until("every run has a lease again") {
        let leases = try await world.redis("KEYS", world.key("lease:*")).elements?.count
        let waiting = try await world.redis("EXISTS", world.key("queued")).int
        return leases == 4 && waiting == 0
      }
      all.goOn()
      try await all.expectAllRight()
      #expect(try await world.count("SELECT max(epoch) FROM sync_run WHERE trigger = 'manual'") == 1)
      #expect(!worker.process.errors.contains("CK001"))
      #expect(await worker.process.terminate() == 0)
    }
  }

  @Test func `Redis killed and started again: what runs goes on`() async throws {
    try await withWorld {
      AllKinds.prepare(&$0)
      $0.ownRedis = []
    } _: { world in
      let mira = world.browser(at: try await world.start(.serve))
      let worker = try await world.start(.worker)
      let all = try await AllKinds.begin(mira, in: world)
      try await world.ownRedis.restart()
      all.goOn()
      try await all.expectAllRight()
      #expect(try await world.count("SELECT max(epoch) FROM sync_run WHERE trigger = 'manual'") == 1)
      #expect(await worker.process.terminate() == 0)
    }
  }

  /// After `kill -9` the staged pages are gone, too.
  @Test(arguments: [false, true])
  func `Postgres restarted: every run ends right, and once in effect`(byKilling: Bool) async throws {
    try await withWorld {
      AllKinds.prepare(&$0)
      $0.hasOwnPostgres = true
    } _: { world in
      let postgres = try world.ownPostgres
      let mira = world.browser(at: try await world.start(.serve))
      let worker = try await world.start(.worker)
      let all = try await AllKinds.begin(mira, in: world)
      if byKilling { await postgres.kill() } else { await postgres.shutDown() }
      try await postgres.start()
      try await world.until("Postgres answers") {
        let rows = try? await world.count("SELECT count(*) FROM staged_page")
        return rows == (byKilling ? 0 : 1)
      }
      all.goOn()
      try await world.until("requests are answered") { try await mira.get("/api/me/").status == 200 }
      try await all.expectAllRight()
      #expect(await worker.process.terminate() == 0)
    }
  }

  /// As after a crash of Postgres that the worker outlived: what it keeps then has a hole before it.
  @Test(arguments: [SyncCase.tracks, .playlists, .following])
  func `Pages that were staged and lost are fetched again by whoever takes over`(
    _ kind: SyncCase
  ) async throws {
    try await withWorld {
      kind.prepare(&$0)
    } _: { world in
      let point = CrashPoint(kind: kind, step: .middlePage)
      let scene = try await CrashScene.begin(point, in: world)
      defer { scene.end() }
      let gate = try #require(point.gate)
      let change = try await kind.edit(scene.mira, in: world, isInDoubt: false)
      // Nothing is here, so that nothing seems gone.
      if kind == .following { _ = try await world.rows("DELETE FROM followed_artist") }
      world.simulator.hold(gate.group, fromNth: gate.nth)
      let id = try await scene.mira.requestSync(kind.rawValue)
      try await world.simulator.waitUntilHeld(gate.group)
      try await world.until("what came before is kept") { try await world.count(kind.kept) == gate.kept }
      _ = try await world.rows("TRUNCATE staged_page, staged_list_page")
      world.simulator.release(gate.group, count: 1, keepHolding: true)
      try await world.until("a page behind the hole is kept") { try await world.count(kind.kept) == 1 }
      try await world.simulator.waitUntilHeld(gate.group)
      await scene.worker.process.kill9()
      world.simulator.release(gate.group)
      try await world.outliveLease()
      _ = try await world.start(.worker)
      let run = try await scene.mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded" && run["gaps"].array.isEmpty, "\(run)")
      #expect(try await kind.shown(scene.mira) == change.truth)
    }
  }
}
