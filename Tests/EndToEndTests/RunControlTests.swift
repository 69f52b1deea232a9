import SpotifySimulator
import TestSupport
import Testing

/// Asking for runs, stopping them, and disconnecting under them.
@Suite struct RunControlTests {
  @Test func `Fifty who ask at once get one run`() async throws {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let mira = world.browser(at: services[0])
      try await mira.signIn(as: "mira")
      let first = try await mira.newestID()
      let asked = try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<50 {
          let browser = mira.at(services[number % 2].base)
          group.addTask { try await browser.requestSync() }
        }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(asked == [first])
      let waiting = try await world.redis("SCARD", world.key("queued"))
      #expect(waiting.int == 1)
      _ = try await world.start(.worker)
      #expect(try await mira.newestRun(in: world)["status"].string == "succeeded")
      #expect(try await mira.get("/spotify/sync/").json["items"].array.count == 1)
      #expect(world.simulator.counts.count(.savedTracks) == 5, "four pages and the head again")
    }
  }

  @Test func `A run that waits for a worker is cancelled at once, and nobody begins it`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let id = try await mira.newestID()
      let answer = try await mira.delete("/spotify/sync/\(id)/")
      #expect(answer.status == 202 && answer.json["status"].string == "cancelled")
      #expect(answer.json["finished_at"].string != nil)
      _ = try await world.start(.worker)
      // The next one shows that the worker has passed it over.
      let next = try await mira.sync(in: world)
      #expect(next["status"].string == "succeeded" && next["id"].string != id)
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "cancelled" && run["attempt"].int == 0)
      #expect(world.simulator.counts.count(.savedTracks) == 5)
      #expect(try await mira.delete("/spotify/sync/\(id)/").json["status"].string == "cancelled")
    }
  }

  @Test func `A run at work stops at its next step, and leaves nothing behind`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 3)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      try await world.until("two pages are staged") {
        try await world.count("SELECT count(*) FROM staged_page") == 2
      }
      let id = try await mira.newestID()
      #expect(try await mira.delete("/spotify/sync/\(id)").json["status"].string == "running")
      world.simulator.release(.savedTracks)
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "cancelled")
      #expect(try await world.count("SELECT count(*) FROM staged_page") == 0)
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 0)
      #expect(try await mira.sync(in: world)["changes"]["added"].int == 175)
    }
  }

  @Test func `Disconnecting under a run erases what was there, and nothing is written after it`() async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      // On every page, so that all are read.
      try world.simulator.edit("mira", LibraryEdit(unsave: [1, 60, 110, 160]))
      world.simulator.hold(.savedTracks, fromNth: 3)
      _ = try await mira.requestSync()
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      let answer = try await mira.post("/spotify/disconnect/")
      #expect(answer.status == 200 && answer.json["disconnected"].bool == true)
      #expect(answer.json["erased"]["tokens"].int == 2)
      #expect(answer.json["erased"]["tracks"].int == 175)
      #expect(answer.json["erased"]["runs"].int == 2)
      world.simulator.release(.savedTracks)
      try await service.process.wait(for: "CK001")
      #expect(try await world.syncedRows == 0)
      let tokens: Int = try await world.count(
        "SELECT count(*) FROM spotify_grant WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL")
      #expect(tokens == 0)
      let me = try await mira.get("/api/me/").json
      #expect(me["spotify_user_id"].string == "mira")
      #expect(me["connection"]["status"].string == "disconnected" && me["counts"]["tracks"].int == 0)
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == false)
      let refused = try await mira.post("/spotify/sync/tracks/")
      #expect(refused.status == 409 && refused.code == "not_connected")
      #expect(try await mira.post("/spotify/refresh/").code == "not_connected")
      // Again is no error, and there is nothing left to erase.
      #expect(try await mira.post("/spotify/disconnect/").json["erased"]["tokens"].int == 0)

      let account = me["id"].string
      try await mira.signIn(as: "mira")
      #expect(try await mira.newestRun(in: world)["changes"]["added"].int == 171)
      #expect(try await mira.get("/api/me/").json["id"].string == account)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `Disconnecting at the very moment of a merge waits for nobody for ever`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      // Rows that a merge changes, so that both sides want the same ones.
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [3, 100]))
      world.simulator.resetCounts()
      world.simulator.hold(.libraryContains)
      _ = try await mira.requestSync()
      try await world.simulator.waitUntilHeld(.libraryContains)
      let answer = try await world.transaction { transaction in
        // The merge stops behind its rows and before the run's.
        _ = try await transaction.query("SELECT FROM staged_page WHERE start = 0 FOR UPDATE")
        world.simulator.release(.libraryContains)
        try await world.until("the merge waits") { try await world.waitingForLocks >= 1 }
        let answer = world.reactor.spawn { try? await mira.post("/spotify/disconnect/").status }
        try await world.until("both wait") { try await world.waitingForLocks >= 2 }
        return answer
      }
      #expect(await answer.value == 200)
      #expect(try await world.syncedRows == 0)
    }
  }
}

extension World {
  /// What syncing leaves behind, row by row.
  fileprivate var syncedRows: Int {
    get async throws {
      try await count(
        """
        SELECT (SELECT count(*) FROM saved_track) + (SELECT count(*) FROM staged_page)
               + (SELECT count(*) FROM sync_run)
        """)
    }
  }
}
