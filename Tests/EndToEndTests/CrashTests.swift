import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// Workers that are killed with `kill -9`.
///
/// Mira has 430 tracks: pages at 0, 49, … 392 (each overlaps the one before it by a track), then the head again.
@Suite struct CrashTests {
  private static let pages = 9

  private func withTwoPrograms(
    _ body: @escaping @Sendable (World, Browser, World.Service) async throws -> Void
  ) async throws {
    try await withWorld {
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 430)]
      $0.environment["PAGES_IN_PARALLEL"] = "2"
    } _: { world in
      let service = try await world.start(.serve)
      let worker = try await world.start(.worker)
      try await body(world, world.browser(at: service), worker)
    }
  }

  /// That the result of the first run is there, once.
  private static func expectOnceInEffect(_ run: JSONValue, _ browser: Browser, _ world: World) async throws {
    #expect(run["status"].string == "succeeded" && run["error"] == .null)
    #expect(run["changes"]["added"].int == 430)
    #expect(try await browser.tracks() == world.library(of: "mira"))
    #expect(try await world.count("SELECT count(*) FROM saved_track") == 430)
    #expect(try await world.count("SELECT count(*) FROM staged_page") == 0)
    #expect(try await world.count("SELECT count(*) FROM sync_run") == 1)
  }

  private static func target(_ page: Int) -> String { "/v1/me/tracks?offset=\(page * 49)&limit=50" }

  @Test func `A worker killed between pages: another goes on with the rest`() async throws {
    try await withTwoPrograms { world, mira, worker in
      world.simulator.hold(.savedTracks, fromNth: 5)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      try await world.until("four pages are staged") {
        try await world.count("SELECT count(*) FROM staged_page") == 4
      }
      let staged = try await world.rows("SELECT start FROM staged_page").map {
        try $0.decode(0, as: Int32.self)
      }
      await worker.process.kill9()
      world.simulator.release(.savedTracks)
      try await world.until("the dead worker's requests are over") {
        world.simulator.counts.inFlight.now == 0
      }
      world.simulator.resetCounts()
      try await world.outliveLease()
      _ = try await world.start(.worker)
      let run = try await mira.newestRun(in: world)
      try await CrashTests.expectOnceInEffect(run, mira, world)
      #expect(run["attempt"].int == 1, "a crash is not an attempt")
      let rest = (0..<CrashTests.pages).filter { !staged.contains(Int32($0 * 49)) }.map(CrashTests.target)
      let asked = world.simulator.log(.savedTracks).map(\.target)
      #expect(asked.sorted() == (rest + [CrashTests.target(0)]).sorted(), "the rest, and the head again")
    }
  }

  @Test func `A worker killed in the middle of the merge: nothing of it stays, and another merges`()
    async throws
  {
    try await withTwoPrograms { world, mira, worker in
      world.simulator.hold(.savedTracks, fromNth: CrashTests.pages + 1)
      try await mira.signIn(as: "mira")
      try await world.holdingMerge(afterPages: CrashTests.pages) {
        // Its machine is gone, and the connection with it: the transaction is undone.
        await worker.process.kill9()
        _ = try await world.rows(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'
          """)
        try await world.until("the merge is undone") { try await world.waitingForLocks == 0 }
      }
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 0)
      #expect(try await world.count("SELECT count(*) FROM staged_page") == CrashTests.pages)
      world.simulator.resetCounts()
      try await world.outliveLease()
      _ = try await world.start(.worker)
      let run = try await mira.newestRun(in: world)
      try await CrashTests.expectOnceInEffect(run, mira, world)
      #expect(world.simulator.log(.savedTracks).map(\.target) == [CrashTests.target(0)], "the head alone")
    }
  }

  @Test func `A worker killed between the commit and the end of its lease: nothing is done twice`()
    async throws
  {
    try await withTwoPrograms { world, mira, worker in
      world.simulator.hold(.savedTracks, fromNth: CrashTests.pages + 1)
      try await mira.signIn(as: "mira")
      // The server has all of the transaction: it commits, and the worker never hears it. Frozen and not killed
      // at first, as the server undoes what waits for a lock when its client has gone.
      try await world.holdingMerge(afterPages: CrashTests.pages) { await worker.process.freeze() }
      let run = try await mira.newestRun(in: world)
      await worker.process.kill9()
      try await CrashTests.expectOnceInEffect(run, mira, world)
      let leases = try await world.redis("KEYS", world.key("lease:*")).elements ?? []
      #expect(leases.count == 1, "the dead worker's lease is what this is about")
      world.simulator.resetCounts()

      try await world.outliveLease()
      _ = try await world.start(.worker)
      // A run after it shows that the worker has looked at what there is to do.
      let again = try await mira.sync(in: world)
      #expect(again["status"].string == "succeeded" && again["changes"]["added"].int == 0)
      #expect(world.simulator.counts.count(.savedTracks) == CrashTests.pages + 1, "one run, not two")
      #expect(try await mira.run(run["id"].string ?? "", on: world.reactor) == run, "the old run was touched")
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 430)
    }
  }

  @Test func `A worker that hangs and wakes up after another took over can't write any more`() async throws {
    try await withTwoPrograms { world, mira, worker in
      world.simulator.hold(.savedTracks, fromNth: 5)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      // Not in the middle of a transaction: a process that hangs there, and whose machine lives, keeps its locks.
      try await worker.process.wait(for: "fetched the new releases")
      try await world.until("four pages are staged") {
        try await world.count("SELECT count(*) FROM staged_page") == 4
      }
      await worker.process.freeze()
      try await world.outliveLease()
      let other = try await world.start(.worker)
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 4)
      world.simulator.release(.savedTracks)
      let run = try await mira.newestRun(in: world)
      try await CrashTests.expectOnceInEffect(run, mira, world)
      worker.process.thaw()
      try await worker.process.wait(for: "CK001")
      #expect(try await mira.run(run["id"].string ?? "", on: world.reactor) == run, "the run was touched")
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 430)
      #expect(try await world.count("SELECT count(*) FROM staged_page") == 0)
      #expect(await other.process.terminate() == 0)
      #expect(await worker.process.terminate() == 0)
    }
  }

  @Test func `A run that kills its worker three times without progress ends as failed, with the reason`()
    async throws
  {
    try await withTwoPrograms { world, mira, worker in
      world.simulator.hold(.savedTracks)
      try await mira.signIn(as: "mira")
      var last = worker
      for _ in 1...3 {
        try await world.simulator.waitUntilHeld(.savedTracks)
        await last.process.kill9()
        world.simulator.release(.savedTracks, keepHolding: true)
        try await world.until("its requests are over") { world.simulator.counts.inFlight.now == 0 }
        try await world.outliveLease()
        last = try await world.start(.worker)
      }
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "failed" && run["error"]["code"].string == "crashed")
      // It is looked at, and asked for again.
      world.simulator.release(.savedTracks)
      #expect(try await mira.sync(in: world)["status"].string == "succeeded")
    }
  }
}
