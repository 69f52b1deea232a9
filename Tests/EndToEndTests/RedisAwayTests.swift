import SpotifySimulator
import TestSupport
import Testing

/// Redis says who should work now; the truth is elsewhere.
@Suite struct RedisAwayTests {
  private func withPrivateRedis(_ body: @escaping @Sendable (World, PrivateRedis) async throws -> Void)
    async throws
  {
    try await withWorld {
      $0.ownRedis = []
    } _: { world in
      try await body(world, world.ownRedis)
    }
  }

  @Test func `Flushed in the middle of a run: it ends right, and once`() async throws {
    try await withPrivateRedis { world, _ in
      let service = try await world.start(.serve)
      let worker = try await world.start(.worker)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 3)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 2)
      _ = try await world.redis("FLUSHALL")
      // A second worker finds the run without a lease; the first still works on it.
      _ = try await world.rows("UPDATE sync_run SET dispatched_at = dispatched_at - interval '36 seconds'")
      let other = try await world.start(.worker)
      try await world.until("the run was handed over again") {
        try await world.count(
          "SELECT count(*) FROM sync_run WHERE dispatched_at > now() - interval '30 seconds'") == 1
      }
      world.simulator.release(.savedTracks)
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["added"].int == 175)
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(try await world.count("SELECT count(*) FROM saved_track") == 175)
      #expect(try await world.count("SELECT count(*) FROM sync_run") == 1)
      #expect(await worker.process.terminate() == 0)
      #expect(await other.process.terminate() == 0)
    }
  }

  @Test func `Flushed before a worker came: what was accepted is done, and who is signed in stays so`()
    async throws
  {
    try await withPrivateRedis { world, _ in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let id = try await mira.newestID()
      #expect(try await world.redis("SCARD", world.key("queued")).int == 1)
      _ = try await world.redis("FLUSHALL")
      _ = try await world.start(.worker)
      #expect(try await mira.run(id, on: world.reactor)["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `Killed and started again: 503 for what needs it, and what was accepted meanwhile is done`()
    async throws
  {
    try await withPrivateRedis { world, redis in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      await redis.kill()
      let ready = try await mira.get("/readyz")
      #expect(ready.status == 503)
      #expect(ready.json["redis"].string == "unavailable" && ready.json["postgres"].string == "ok")
      #expect(try await world.browser(at: service).at(service.operations).get("/readyz").status == 503)
      #expect(try await mira.get("/healthz").status == 200, "the process lives")
      let signIn = try await mira.get("/spotify/auth/")
      #expect(signIn.status == 503 && signIn.code == "unavailable")
      #expect(signIn.header("retry-after") != nil)
      // What needs Postgres alone goes on.
      #expect(try await mira.get("/api/me/").status == 200)
      #expect(try await mira.tracks("limit=200").count == 175)
      #expect(try await world.browser(at: service).get("/api/artists/").status == 200)
      try world.simulator.edit("mira", LibraryEdit(save: 1))
      let id = try await mira.requestSync()
      try await redis.restart()
      #expect(try await mira.run(id, on: world.reactor)["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(try await mira.get("/readyz").status == 200)
      #expect(try await world.browser(at: service).signIn(as: "noor").status == 302)
    }
  }

  @Test func `A Redis that would lose or drop what it took is told on`() async throws {
    try await withWorld {
      $0.ownRedis = ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]
    } _: { world in
      let service = try await world.start(.serve)
      let ready = try await world.browser(at: service).get("/readyz")
      #expect(ready.status == 200)
      let warnings = ready.json["warnings"].array.compactMap(\.string)
      #expect(warnings.contains { $0.contains("appendonly") })
      #expect(warnings.contains { $0.contains("maxmemory-policy") })
      try await service.process.wait(for: "appendonly")
    }
  }

  @Test func `Away at the start: it is waited for, and the program comes up when it does`() async throws {
    try await withPrivateRedis { world, redis in
      await redis.kill()
      let service = try world.launch(.serve)
      try await service.process.wait(for: "waiting for Redis")
      try await redis.restart()
      try await service.process.wait(for: World.Part.serve.sign)
      #expect(try await world.browser(at: service).get("/readyz").status == 200)
    }
  }
}
