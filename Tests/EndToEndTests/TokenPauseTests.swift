import Foundation
import SpotifySimulator
import TestSupport
import Testing

/// Spotify's accounts host asks to be left alone: all instances do.
@Suite struct TokenPauseTests {
  private static let wishes = [
    Fault(.rateLimit, group: .token, retryAfter: 3),
    Fault(.status, group: .token, status: 503, retryAfter: 3),
  ]

  @Test(arguments: wishes)
  func `Between a wish to wait and its end no process asks for a token, and then everything works`(
    _ fault: Fault
  ) async throws {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      _ = try await world.start(.worker)
      let (mira, noor) = (world.browser(at: services[0]), world.browser(at: services[1]))
      for (person, name) in [(mira, "mira"), (noor, "noor")] {
        try await person.at(services[0].base).signIn(as: name)
        _ = try await person.newestRun(in: world)
      }
      let visitor = world.browser(at: services[1])
      let callback = try await visitor.agree(as: "noor")
      try await world.endTokens(afterHours: 0)
      world.simulator.resetCounts()
      world.simulator.add(fault)
      let first = try await mira.post("/spotify/refresh/")
      #expect(first.status == 503 && first.code == "spotify_rate_limited", "\(first.text)")
      #expect(first.header("retry-after") == "3")
      let run = try await noor.requestSync()
      // Whoever asks, as often as they like: other people, another process, a sign-in, the app itself, a run.
      let answers = try await atOnce(4) { number in
        let mine = number < 2 ? mira : noor
        var answers: [Browser.Answer] = []
        while answers.last.map({ $0.status != 200 }) ?? true {
          try await world.reactor.sleep(for: .milliseconds(20))
          answers.append(
            number.isMultiple(of: 2)
              ? try await mine.post("/spotify/refresh/") : try await mine.get("/spotify/is-authenticated"))
          _ = try await visitor.get("/api/search/?q=rain&type=track")
          guard answers.count < 2_000 else { break }
        }
        return answers
      }
      for answer in answers.flatMap(\.self) where answer.status != 200 {
        #expect(answer.status == 503 && answer.code == "spotify_rate_limited", "\(answer.text)")
        #expect((1...3).contains(Int(answer.header("retry-after") ?? "") ?? 0))
      }
      #expect(answers.allSatisfy { $0.last?.status == 200 })
      #expect(try await visitor.get(callback).status == 302)
      #expect(try await visitor.get("/api/search/?q=rain&type=track").status == 200)
      let ended = try await noor.run(run, on: world.reactor)
      #expect(ended["status"].string == "succeeded" && ended["attempt"].int == 1)

      let times = world.simulator.log(.token).map(\.arrivedAt).sorted()
      let wish = try #require(world.simulator.log(.token).first { $0.status != 200 })
      #expect(times.first == wish.arrivedAt && times.count >= 3, "\(times)")
      #expect(times.dropFirst().allSatisfy { $0 >= wish.arrivedAt + 3 }, "\(times)")
      try await world.expectNobodyBlamed()
    }
  }

  @Test func `While it lasts everybody is told, runs wait, sign-ins stay, and whoever runs it sees it`()
    async throws
  {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.all)]
      let mira = world.browser(at: services[0])
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let (visitor, stranger) = (world.browser(at: services[0]), world.browser(at: services[1]))
      let (callback, other) = (try await visitor.agree(as: "noor"), try await stranger.agree(as: "noor"))
      try await world.endTokens(afterHours: 0)
      world.simulator.resetCounts()
      // Longer than anybody is believed.
      world.simulator.add(Fault(.rateLimit, group: .token, times: 0, retryAfter: 100_000))
      // Who meets it is at the end of a sign-in.
      let met = try await visitor.get(callback, ["Accept": "text/html"])
      #expect(met.status == 503 && met.header("retry-after") == "3600")
      #expect(met.text.contains("Spotify asks us to wait") && met.text.contains("start again after that"))
      #expect(world.simulator.counts.count(.token) == 1)

      for (browser, path) in [(visitor, callback), (stranger, other)] {
        for service in services {
          let answer = try await browser.at(service.base).get(path)
          #expect(answer.status == 503 && answer.code == "spotify_rate_limited", "\(answer.text)")
          let wait = Int(answer.header("retry-after") ?? "") ?? 0
          #expect((3_500...3_600).contains(wait))
        }
      }
      // Who said no waits for nothing.
      let denied = world.browser(at: services[1])
      let page = try await denied.authorizePage()
      let state = try #require(Browser.parameter("state", of: page))
      let no = try await denied.get("/spotify/callback/?error=access_denied&state=\(Browser.escape(state))")
      #expect(no.status == 403 && no.code == "access_denied")

      let run = try await mira.run(try await mira.requestSync(), on: world.reactor) {
        $0["status"].string == "waiting"
      }
      #expect(run["error"]["code"].string == "rate_limited" && run["attempt"].int == 0)
      let until = try Date(try #require(run["waiting_until"].string), strategy: .iso8601)
      #expect((3_500...3_605).contains(until.timeIntervalSinceNow))
      // This process has no token of the app's yet.
      let search = try await mira.get("/api/search/?q=rain&type=track")
      #expect(search.status == 200 && search.json["source"].string == "local", "\(search.text)")
      for service in services {
        #expect(try await mira.at(service.base).post("/spotify/refresh/").code == "spotify_rate_limited")
        let quota = try await world.quota(service)
        let told = try Date(try #require(quota["tokens_paused_until"].string), strategy: .iso8601)
        #expect((3_500...3_605).contains(told.timeIntervalSinceNow))
        // The Web API is another host.
        #expect(quota["paused_until"] == .null)
        #expect(quota["groups"].array.allSatisfy { $0["parked_until"] == .null })
      }
      let printed = try await BuiltProgram.run(["quota"], world.environment)
      let line = printed.output.split(separator: "\n").first { $0.hasPrefix("  tokens ") }
      #expect(line?.hasSuffix("Z") == true, "\(printed.output)")
      let doctor = try await BuiltProgram.run(["doctor"], world.environment)
      #expect(doctor.output.contains("it asked this app to wait"), "\(doctor.output)")
      #expect(world.simulator.counts.count(.token) == 1)
      #expect(try await world.count("SELECT count(*) FROM request_pause WHERE endpoint_group = 'token'") == 0)
      try await world.expectNobodyBlamed()

      world.simulator.dropFaults()
      try await world.forgetPauses()
      #expect(try await visitor.at(services[1].base).get(callback).status == 302)
      #expect(try await visitor.get("/api/me/").status == 200)
      // Once is once.
      #expect(try await stranger.get(other).status == 302)
      for (browser, path) in [(visitor, callback), (stranger, other)] {
        #expect(try await browser.get(path).code == "state_invalid")
      }
      #expect(try await mira.post("/spotify/refresh/").status == 200)
    }
  }

  @Test func `Without Redis each process keeps what it heard, and tells the others when it is back`()
    async throws
  {
    try await withWorld {
      $0.ownRedis = []
      // Nothing that a ceiling would stop: tokens have none.
      $0.environment["SPOTIFY_LIMIT_30S"] = "1000"
    } _: { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let people = [world.browser(at: services[0]), world.browser(at: services[1])]
      for (person, name) in zip(people, ["mira", "noor"]) {
        try await person.at(services[0].base).signIn(as: name)
      }
      try await world.endTokens(afterHours: 0)
      world.simulator.resetCounts()
      try await world.ownRedis.kill()
      world.simulator.add(Fault(.rateLimit, group: .token, retryAfter: 600))
      for _ in 1...3 {
        #expect(try await people[0].post("/spotify/refresh/").code == "spotify_rate_limited")
      }
      #expect(world.simulator.counts.count(.token) == 1)
      #expect(try await people[1].post("/spotify/refresh/").status == 200, "it hasn't heard")
      #expect(world.simulator.counts.count(.token) == 2)
      try await world.endTokens(afterHours: 0)
      try await world.ownRedis.restart()
      try await world.until("the pause is in Redis") {
        let answer = try await people[0].post("/spotify/refresh/")
        try #require(answer.code == "spotify_rate_limited", "\(answer.text)")
        let quota = try await people[1].at(services[1].operations).get("/quota")
        return (quota.json["accounts"][0]["tokens_paused_until"].string ?? "") > ""
      }
      // Who found it away leaves it alone for a second.
      try await world.until("the other process asks Redis again") {
        try await world.endTokens(afterHours: 0)
        return try await people[1].post("/spotify/refresh/").code == "spotify_rate_limited"
      }
      let asked = world.simulator.counts.count(.token)
      for person in people + people {
        #expect(try await person.post("/spotify/refresh/").code == "spotify_rate_limited")
      }
      #expect(world.simulator.counts.count(.token) == asked)
    }
  }
}

extension World {
  /// What Spotify wishes of everybody is written down against nobody.
  fileprivate func expectNobodyBlamed() async throws {
    let blamed = try await count(
      """
      SELECT count(*) FROM spotify_grant
      WHERE status <> 'healthy' OR last_error IS NOT NULL OR refresh_lease IS NOT NULL OR refusals > 0
      """)
    #expect(blamed == 0)
  }
}
