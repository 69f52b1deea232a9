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
      let head = CrashTests.target(0)
      #expect(asked.sorted() == (rest + [head, head]).sorted(), "the rest, between two heads")
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
