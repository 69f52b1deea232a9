import Foundation
import SpotifySimulator
import TestSupport
import Testing

/// Every request to Spotify is counted, whichever process sends it.
@Suite struct LedgerTests {
  private static let allScopes = "user-library-read user-follow-read playlist-read-private"

  @Test func `No half minute ever has more requests than SPOTIFY_LIMIT_30S, whoever sends them`() async throws
  {
    let ceiling = 20
    try await withWorld {
      $0.simulator.users = [
        .init(id: "mira", name: "Mira", tracks: 380, seed: 11), .init(id: "noor", name: "Noor", tracks: 380),
      ]
      $0.environment["SPOTIFY_LIMIT_30S"] = "\(ceiling)"
    } _: { world in
      let service = try await world.start(.serve)
      for _ in 1...2 { _ = try await world.start(.worker, ["WORKER_CONCURRENCY": "1"]) }
      let people = [world.browser(at: service), world.browser(at: service)]
      var runs: [String] = []
      for (person, name) in zip(people, ["mira", "noor"]) {
        try await person.signIn(as: name)
        runs.append(try await person.newestID())
      }
      try await world.until("the window is full") {
        // Runs leave a tenth to pages.
        try await world.quota(service)["used_30s"].int ?? 0 >= ceiling - 2
      }
      for (person, run) in zip(people, runs) {
        let run = try await person.run(run, on: world.reactor, within: .seconds(150))
        #expect(run["status"].string == "succeeded" && run["attempt"].int == 1)
      }
      let times = SpotifySimulator.EndpointGroup.allCases.filter {
        ![.token, .authorize, .image].contains($0)
      }
      .flatMap { world.simulator.log($0) }.map(\.arrivedAt).sorted()
      #expect(times.count > ceiling)
      for (index, time) in times.enumerated() {
        let inWindow = times[...index].filter { $0 > time - 30 }.count
        #expect(inWindow <= ceiling)
      }
      #expect(try await world.counted(service) == world.seenBySpotify)
    }
  }

  @Test(arguments: [
    (Fault(.rateLimit, group: .savedTracks, times: 0, retryAfter: 3_600), "rate_limited", 3_600.0),
    (Fault(.quotaExceeded, group: .savedTracks, times: 0), "quota_exceeded", 48_925),
  ])
  func `A group that Spotify closes is asked once, by nobody else, and the others go on`(
    _ fault: Fault, _ code: String, _ seconds: Double
  ) async throws {
    try await withWorld {
      $0.ownRedis = []
      $0.environment["SPOTIFY_SCOPES"] = Self.allScopes
      $0.environment["PAGES_IN_PARALLEL"] = "1"
    } _: { world in
      let service = try await world.start(.serve)
      let first = try await world.start(.worker)
      world.simulator.add(fault)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let run = try await mira.run(try await mira.newestID(), on: world.reactor) {
        $0["status"].string == "waiting"
      }
      #expect(run["error"]["code"].string == code)
      for kind in ["playlists", "following", "releases"] {
        #expect(try await mira.newestRun(kind, in: world)["status"].string == "succeeded", "\(kind)")
      }
      #expect(world.simulator.counts.count(.savedTracks) == 1)
      // Neither another process nor a wiped Redis asks again.
      #expect(await first.process.terminate() == 0)
      _ = try await world.redis("FLUSHALL")
      _ = try await world.start(.worker)
      let noor = world.browser(at: service)
      try await noor.signIn(as: "noor")
      let other = try await noor.run(try await noor.newestID(), on: world.reactor) {
        $0["status"].string == "waiting"
      }
      #expect(other["error"]["code"].string == code && other["requests"]["made"].int == 0)
      let until = try Date(try #require(other["waiting_until"].string), strategy: .iso8601)
      #expect(until.timeIntervalSinceNow > seconds - 60 && until.timeIntervalSinceNow < seconds + 5)
      #expect(try await noor.newestRun("following", in: world)["status"].string == "succeeded")
      #expect(world.simulator.counts.count(.savedTracks) == 1)
      let groups = try await world.quota(service)["groups"].array
      #expect(groups.filter { $0["parked_until"] != .null }.map(\.["group"].string) == ["library"])
    }
  }

  @Test func `A used up SPOTIFY_LIMIT_DAY lets the group's runs wait for the next day, and no other`()
    async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = Self.allScopes
      $0.environment["SPOTIFY_LIMIT_DAY"] = "4"
      // Else one that has its place may be given up before it is sent.
      $0.environment["PAGES_IN_PARALLEL"] = "1"
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let run = try await mira.run(try await mira.newestID(), on: world.reactor) {
        $0["status"].string == "waiting"
      }
      #expect(run["error"]["code"].string == "quota_exceeded" && run["attempt"].int == 0)
      let until = try Date(try #require(run["waiting_until"].string), strategy: .iso8601)
      #expect((86_300...86_800).contains(until.timeIntervalSinceNow))
      #expect(try await mira.newestRun("following", in: world)["status"].string == "succeeded")
      #expect(world.simulator.counts.count(.savedTracks) == 3, "one is left for pages")
      #expect(try await world.quota(service)["limit_day"].int == 4)
    }
  }

  @Test func `What is counted outlives a restarted and a wiped Redis, and both ways to read it agree`()
    async throws
  {
    try await withWorld {
      $0.ownRedis = []
      $0.environment["SPOTIFY_SCOPES"] = Self.allScopes
    } _: { world in
      let (service, worker) = (try await world.start(.serve), try await world.start(.worker))
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      for kind in ["tracks", "playlists", "following", "releases"] {
        #expect(try await mira.newestRun(kind, in: world)["status"].string == "succeeded")
      }
      try await world.until("all is counted") { try await world.counted(service) == world.seenBySpotify }
      let counted = try await world.counted(service)
      #expect(counted.count >= 6, "\(counted)")
      #expect(try await world.counted(worker) == counted)
      let account = try await world.quota(service)
      #expect(account["developer_account"].string == "cratekeeper-demo")
      #expect(account["client_ids"].array.map(\.string) == ["cratekeeper-demo"])
      #expect(account["limit_30s"] == .null && account["limit_day"] == .null)
      #expect(account["paused_until"] == .null && account["groups"].array.count == 10)

      let printed = try await BuiltProgram.run(["quota"], world.environment)
      #expect(printed.code == 0, "\(printed.errors)")
      for (group, requests) in counted {
        let line = printed.output.split(separator: "\n").first { $0.hasPrefix("  \(group) ") }
        let words = line?.split(separator: " ") ?? []
        #expect(words.count == 4 && words[2] == "\(requests)", "\(group): \(printed.output)")
      }

      try await world.untilCopied(service)
      _ = try await world.redis("FLUSHALL")
      #expect(try await world.counted(service) == counted, "the copy is read")
      #expect(try await mira.sync("following", in: world)["status"].string == "succeeded")
      try await world.until("the count goes on") { try await world.counted(service) == world.seenBySpotify }

      try await world.ownRedis.restart()
      try await world.until("Redis is back") { try await mira.get("/readyz").status == 200 }
      #expect(try await mira.sync("following", in: world)["status"].string == "succeeded")
      try await world.until("the count goes on") { try await world.counted(service) == world.seenBySpotify }
    }
  }

  @Test func `The doctor's requests are counted, too, and it asks nothing of a group that is parked`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await BuiltProgram.run(["doctor"], world.environment)
      let counted = try await world.counted(service)
      #expect(counted == world.seenBySpotify && counted["search"] ?? 0 > 0 && counted["browse"] == 1)
      world.simulator.add(Fault(.quotaExceeded, group: .search))
      #expect(try await mira.get("/api/search/?q=the&type=artist").json["source"].string == "local")
      let searches = world.simulator.counts.count(.search)
      let report = try await BuiltProgram.run(["doctor"], world.environment)
      #expect(report.output.contains("this app's quota is used up"), "\(report.output)")
      #expect(world.simulator.counts.count(.search) == searches)
    }
  }

  @Test(arguments: [false, true])
  func `While Redis is away requests go on and are counted later; with a ceiling none is sent`(
    _ hasCeiling: Bool
  ) async throws {
    try await withWorld {
      $0.ownRedis = []
      if hasCeiling { $0.environment["SPOTIFY_LIMIT_DAY"] = "1000" }
    } _: { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let search = "/api/search/?q=the&type=artist"
      #expect(try await mira.get(search).json["source"].string == "spotify")
      #expect(world.simulator.counts.count(.search) == 1)
      try await world.ownRedis.kill()
      for _ in 1...3 {
        let answer = try await mira.get(search)
        #expect(answer.status == 200 && answer.json["source"].string == (hasCeiling ? "local" : "spotify"))
      }
      #expect(world.simulator.counts.count(.search) == (hasCeiling ? 1 : 4))
      try await world.ownRedis.restart()
      try await world.until("Redis is back") { try await mira.get("/readyz").status == 200 }
      try await world.until("the ledger is asked again") {
        let sent = world.simulator.counts.count(.search)
        _ = try await mira.get(search)
        let isSent = world.simulator.counts.count(.search) > sent
        guard isSent else { return false }
        return try await world.counted(service)["search"] ?? 0 >= world.simulator.counts.count(.search)
      }
    }
  }
}
