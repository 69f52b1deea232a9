import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A worker that is stopped in its tracks for longer than its lease, and wakes up when another has its run.
@Suite struct PausedWorkerTests {
  private static let shortLease = ["WORKER_LEASE_SECONDS": "1"]

  @Test(arguments: SyncCase.allCases, [true, false])
  func `It writes nothing, fails nothing, and asks for no more than what was under way`(
    _ kind: SyncCase, wakesDuringTheRun: Bool
  ) async throws {
    try await withWorld {
      kind.prepare(&$0)
    } _: { world in
      let point = CrashPoint(kind: kind, step: .middlePage)
      let scene = try await CrashScene.begin(point, in: world, worker: PausedWorkerTests.shortLease)
      defer { scene.end() }
      let (mira, sleeper) = (scene.mira, scene.worker)
      let gate = try #require(kind.middle)
      let change = try await kind.edit(mira, in: world, isInDoubt: false)
      world.simulator.hold(gate.group, fromNth: gate.nth)
      let id = try await mira.requestSync(kind.rawValue)
      try await world.simulator.waitUntilHeld(gate.group)
      try await world.until("what came before is kept") { try await world.count(kind.kept) == gate.kept }
      try await world.freezeBeyondLease(sleeper)
      let other = try await world.start(.worker)
      try await world.simulator.waitUntilHeld(gate.group, atLeast: 2)
      #expect(try await world.count("SELECT epoch FROM sync_run WHERE status = 'running'") == 2)
      world.simulator.resetCounts()

      if wakesDuringTheRun {
        // The answer that it waited for comes, and it can't keep it.
        world.simulator.release(gate.group, count: 1, keepHolding: true)
        sleeper.process.thaw()
        try await sleeper.process.wait(for: "CK001")
        #expect(try await world.count(kind.kept) == gate.kept)
        #expect(try await world.count("SELECT epoch FROM sync_run WHERE status = 'running'") == 2)
      }
      world.simulator.release(gate.group)
      let run = try await mira.run(id, on: world.reactor)
      if !wakesDuringTheRun {
        sleeper.process.thaw()
        try await sleeper.process.wait(for: "CK001")
      }

      #expect(run["status"].string == "succeeded" && run["attempt"].int == 1, "\(run)")
      #expect(run["changes"]["added"].int == change.added && run["changes"]["removed"].int == change.removed)
      #expect(try await kind.shown(mira) == change.truth)
      #expect(!sleeper.process.errors.contains(#""a run succeeded","run_id":"\#(id)""#))
      try await other.process.wait(for: #""a run succeeded","run_id":"\#(id)""#)
      let asked = world.simulator.log(gate.group).count
      try await world.until("nothing is under way") { world.simulator.counts.inFlight.now == 0 }
      let twice = PausedWorkerTests.repeated(world, kind)
      #expect(
        twice == 1, "only what was under way: \(world.simulator.log().map { "\($0.target) \($0.status)" })")
      #expect(await sleeper.process.terminate() == 0)
      #expect(world.simulator.log(gate.group).count == asked, "it went on asking")
      #expect(try await mira.run(id, on: world.reactor) == run, "the run was touched")
      #expect(try await kind.shown(mira) == change.truth)
      #expect(await other.process.terminate() == 0)
    }
  }

  @Test func `It doesn't let go of the artists that the other asks for`() async throws {
    try await withWorld {
      SyncCase.releases.prepare(&$0)
      $0.environment["PAGES_IN_PARALLEL"] = "2"
    } _: { world in
      let point = CrashPoint(kind: .releases, step: .middlePage)
      let scene = try await CrashScene.begin(point, in: world, worker: PausedWorkerTests.shortLease)
      defer { scene.end() }
      let change = try await point.kind.edit(scene.mira, in: world, isInDoubt: false)
      // The first artist, then the albums of the next two; their singles are held.
      world.simulator.hold(.artistAlbums, fromNth: 5)
      let id = try await scene.mira.requestSync("releases")
      try await world.simulator.waitUntilHeld(.artistAlbums, atLeast: 2)
      try await world.freezeBeyondLease(scene.worker)
      _ = try await world.start(.worker)
      try await world.simulator.waitUntilHeld(.artistAlbums, atLeast: 3)
      let leased: SQL = "SELECT count(*) FROM artist_check WHERE lease_until > now() + interval '1 minute'"
      let atWork = try await world.count(leased)
      world.simulator.release(.artistAlbums, count: 1, keepHolding: true)
      scene.worker.process.thaw()
      try await scene.worker.process.wait(for: "CK001")
      #expect(await scene.worker.process.terminate() == 0)
      #expect(try await world.count(leased) == atWork)
      world.simulator.release(.artistAlbums)
      #expect(try await scene.mira.run(id, on: world.reactor)["changes"]["added"].int == change.added)
      #expect(try await point.kind.shown(scene.mira) == change.truth)
    }
  }

  /// Requests beyond the first one of each kind; the head of the saved tracks is asked for twice by anybody.
  private static func repeated(_ world: World, _ kind: SyncCase) -> Int {
    let targets = kind.groups.flatMap { world.simulator.log($0) }.map(\.target)
      .filter { !$0.hasPrefix("/v1/me/tracks?offset=0&") }
    return targets.count - Set(targets).count
  }
}

extension World {
  /// Stops a worker until its lease has run out and others may take its run.
  fileprivate func freezeBeyondLease(_ worker: Service) async throws {
    await worker.process.freeze()
    try await until("its lease is over") {
      try await self.redis("KEYS", self.key("lease:*")).elements?.isEmpty == true
    }
    try await outliveLease()
  }
}
