import SpotifySimulator
import TestSupport
import Testing

@Suite struct ManyWorkersTests {
  private static let people = (1...20).map { "person-\($0)" }

  @Test
  func `Two servers, two workers, twenty people who all ask twice, a crash and a restart: one run each`()
    async throws
  {
    try await withWorld {
      $0.ownRedis = []
      $0.simulator.mode = .extended
      $0.simulator.users = Self.people.enumerated().map { number, id in
        .init(id: id, name: id, tracks: 60 + number)
      }
      $0.environment["WORKER_CONCURRENCY"] = "4"
    } _: { world in
      let servers = [try await world.start(.serve), try await world.start(.serve)]
      world.simulator.hold(.savedTracks)
      let workers = [try await world.start(.worker), try await world.start(.worker)]
      let runs = try await atOnce(Self.people.count) { number in
        let person = Self.people[number]
        let browser = world.browser(at: servers[0])
        try await browser.signIn(as: person)
        let asked = try await atOnce(4) { server in
          try await browser.at(servers[server % 2].base).requestSync()
        }
        #expect(Set(asked).count == 1, "\(person) got several runs")
        return (browser: browser, person: person, id: asked[0])
      }
      // Both are full.
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 8)
      await workers[1].process.kill9()
      try await world.ownRedis.restart()
      world.simulator.release(.savedTracks)
      try await world.outliveLease()
      _ = try await atOnce(runs.count) { number in
        let run = runs[number]
        let end = try await run.browser.run(run.id, on: world.reactor)
        #expect(end["status"].string == "succeeded" && end["attempt"].int == 1, "\(end)")
        let truth = try world.library(of: run.person)
        #expect(end["changes"]["added"].int == truth.count)
        #expect(try await run.browser.tracks() == truth)
      }
      for worker in workers {
        #expect(worker.process.errors.contains("a run begins"))
      }
      #expect(try await world.count("SELECT count(*) FROM sync_run") == Self.people.count)
      try await world.until("nothing is left in Redis") { try await world.isDispatchIdle }
      #expect(await workers[0].process.terminate() == 0)
    }
  }
}
