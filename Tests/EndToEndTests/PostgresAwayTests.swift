import SpotifySimulator
import TestSupport
import Testing

@Suite struct PostgresAwayTests {
  @Test func `Away at the start: it is waited for, told, and given up with exit code 1`() async throws {
    try await withWorld { world in
      let closed = try FreePort.find()
      let address = "postgres://nobody:sesame@127.0.0.1:\(closed)/none"
      for part in [World.Part.serve, .worker] {
        let service = try world.launch(part, ["DATABASE_URL": address, "STARTUP_PATIENCE_SECONDS": "1"])
        #expect(await service.process.ended() == 1)
        #expect(service.process.errors.contains("waiting for Postgres"))
        #expect(service.process.errors.contains("Postgres could not be reached for 1 s"))
        #expect(!service.process.errors.contains("sesame"))
      }
      let migration = try await BuiltProgram.run(
        ["migrate"], ["DATABASE_URL": address, "STARTUP_PATIENCE_SECONDS": "1"])
      #expect(migration.code == 1 && !migration.errors.isEmpty && !migration.errors.contains("sesame"))
    }
  }

  @Test func `A process that waits ends in order when it is told to`() async throws {
    try await withWorld { world in
      let closed = try FreePort.find()
      let service = try world.launch(.serve, ["DATABASE_URL": "postgres://x@127.0.0.1:\(closed)/x"])
      try await service.process.wait(for: "waiting for Postgres")
      #expect(await service.process.terminate() == 0)
    }
  }

  @Test func `It comes up when Postgres does`() async throws {
    try await withWorld { world in
      let proxy = try world.databaseProxy()
      defer { proxy.stop() }
      proxy.refuse()
      let service = try world.launch(.all, ["DATABASE_URL": try world.databaseURL(through: proxy)])
      try await service.process.wait(for: "waiting for Postgres")
      try proxy.accept()
      try await service.process.wait(for: World.Part.all.sign)
      let mira = world.browser(at: service)
      #expect(try await mira.get("/readyz").status == 200)
      try await mira.signIn(as: "mira")
      #expect(try await mira.newestRun(in: world)["status"].string == "succeeded")
    }
  }

  @Test func `Away while running: 503 as a problem, told by readyz, and well again by itself`() async throws {
    try await withWorld { world in
      let proxy = try world.databaseProxy()
      defer { proxy.stop() }
      let service = try await world.start(.all, ["DATABASE_URL": try world.databaseURL(through: proxy)])
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      proxy.refuse()
      proxy.cutAll()
      for path in ["/api/me/", "/api/me/tracks/", "/spotify/sync/", "/spotify/is-authenticated"] {
        let answer = try await mira.get(path)
        #expect(answer.status == 503 && answer.code == "unavailable", "\(path): \(answer.text)")
        #expect(answer.header("retry-after") != nil)
      }
      #expect(try await mira.post("/spotify/sync/tracks/").status == 503)
      let ready = try await mira.get("/readyz")
      #expect(ready.status == 503)
      #expect(ready.json["postgres"].string == "unavailable" && ready.json["redis"].string == "ok")
      #expect(try await mira.get("/healthz").status == 200)
      #expect(try await mira.get("/api/artists/").status == 200, "the copy in memory needs nobody")
      try proxy.accept()
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [4]))
      try await world.until("it is well") { try await mira.get("/readyz").status == 200 }
      #expect(try await mira.sync(in: world)["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `A Postgres that hangs is told in time, and nobody waits for ever`() async throws {
    try await withWorld { world in
      let proxy = try world.databaseProxy()
      defer { proxy.stop() }
      let service = try await world.start(.serve, ["DATABASE_URL": try world.databaseURL(through: proxy)])
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      proxy.pause()
      let ready = try await mira.get("/readyz")
      #expect(ready.status == 503 && ready.json["postgres"].string == "timeout")
      let answer = try await mira.get("/api/me/")
      #expect(answer.status == 503 && answer.code == "unavailable")
      proxy.resume()
      try await world.until("it is well") { try await mira.get("/api/me/").status == 200 }
    }
  }

  @Test func `Every connection cut in the middle of a run: the run goes on, and so do requests`() async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 3)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      _ = try await world.rows(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'cratekeeper%'
        """)
      world.simulator.release(.savedTracks)
      try await world.until("requests are answered") { try await mira.get("/api/me/").status == 200 }
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["added"].int == 175)
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(try await mira.get("/readyz").status == 200)
    }
  }
}
