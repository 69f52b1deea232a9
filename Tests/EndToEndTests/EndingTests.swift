import Glibc
import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// SIGTERM.
@Suite struct EndingTests {
  @Test func `A request that is under way is answered, and the process ends with 0`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      let callback = try await mira.agree(as: "mira")
      world.simulator.hold(.token)
      let answer = world.reactor.spawn { try? await mira.get(callback) }
      try await world.simulator.waitUntilHeld(.token)
      service.process.signal(SIGTERM)
      try await service.process.wait(for: #""ending""#)
      try await world.until("nobody listens") {
        do { return try await mira.get("/healthz").status == 0 } catch { return true }
      }
      #expect(service.process.isRunning)
      world.simulator.release(.token)
      #expect(await answer.value?.status == 302)
      #expect(await service.process.ended() == 0)
      #expect(try await world.count("SELECT count(*) FROM session") == 1)
    }
  }

  @Test
  func
    `A token that is on its way is stored before the process ends, also when nobody waits for it any more`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      world.simulator.hold(.token)
      let answer = world.reactor.spawn { try? await mira.post("/spotify/refresh/") }
      try await world.simulator.waitUntilHeld(.token)
      service.process.signal(SIGTERM)
      // The requests have been cut by then.
      try await service.process.wait(for: "waiting for a token that is on its way")
      #expect(try await world.count("SELECT token_version::int FROM spotify_grant") == 1)
      world.simulator.release(.token)
      #expect(await service.process.ended() == 0)
      #expect(await answer.value?.status != 200)
      #expect(try await world.count("SELECT token_version::int FROM spotify_grant") == 2)
    }
  }

  @Test func `No token is asked for any more, by whoever waited for another's request`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      // As if another process had died while it asked.
      _ = try await world.rows(
        """
        UPDATE spotify_grant
        SET access_token_expires_at = now(), refresh_lease = gen_random_uuid(),
            refresh_lease_until = now() + interval '1 hour'
        """)
      for statement in CountedLooks.statements { _ = try await world.rows(statement) }
      let answer = world.reactor.spawn { try? await mira.post("/spotify/refresh/") }
      // It is read that the token ends, that another is at it, and then again and again whether it still is.
      try await world.until("somebody waits") {
        try await world.count("SELECT last_value::int FROM looks") >= 3
      }
      service.process.signal(SIGTERM)
      try await service.process.wait(for: #""ending""#)
      _ = try await world.rows("UPDATE spotify_grant SET refresh_lease_until = now()")
      #expect(await service.process.ended() == 0)
      #expect(await answer.value?.status == 503)
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 0)
      #expect(try await world.count("SELECT token_version::int FROM spotify_grant") == 1)
    }
  }

  @Test func `A run that can't be finished is handed back, and another worker finishes it`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let worker = try await world.start(.worker)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 3)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      try await world.until("two pages are staged") {
        try await world.count("SELECT count(*) FROM staged_page") == 2
      }
      #expect(await worker.process.terminate() == 0)
      let back = try await mira.get("/spotify/sync/\(try await mira.newestID())/").json
      #expect(back["status"].string == "queued" && back["attempt"].int == 0)
      #expect(back["waiting_until"] == .null && back["error"] == .null)
      #expect(try await world.redis("KEYS", world.key("lease:*")).elements?.isEmpty == true)
      world.simulator.release(.savedTracks)
      try await world.until("its requests are over") { world.simulator.counts.inFlight.now == 0 }
      world.simulator.resetCounts()
      // Nothing has to run out first: it begins at once.
      _ = try await world.start(.worker)
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded" && run["attempt"].int == 1)
      #expect(world.simulator.counts.count(.savedTracks) == 4, "the two that were missing, between two heads")
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `A run that is nearly done is finished first`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 5)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks)
      service.process.signal(SIGTERM)
      try await service.process.wait(for: #""ending""#)
      world.simulator.release(.savedTracks)
      #expect(await service.process.ended() == 0)
      #expect(try await world.count("SELECT count(*) FROM sync_run WHERE status = 'succeeded'") == 1)
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 175)
    }
  }

  @Test func `A second signal ends it at once`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks)
      service.process.signal(SIGINT)
      try await service.process.wait(for: #""ending""#)
      service.process.signal(SIGINT)
      #expect(await service.process.ended() == 1)
    }
  }
}
