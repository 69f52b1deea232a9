import SpotifySimulator
import TestSupport
import Testing

@Suite struct RefreshTests {
  @Test(arguments: [RefreshAnswer.new, .absent, .null, .empty])
  func `200 callers on three processes with a token about to end make one token request`(
    _ kind: RefreshAnswer
  ) async throws {
    try await withWorld { world in
      let services = [
        try await world.start(.serve), try await world.start(.serve), try await world.start(.serve),
      ]
      let mira = world.browser(at: services[0])
      // Half a minute is less than what a token needs to be used: nobody may work with it.
      world.simulator.setAccessTokenLifetime(seconds: 30)
      try await mira.signIn(as: "mira")
      world.simulator.setAccessTokenLifetime(seconds: 3_600)
      world.simulator.setRefreshAnswer(kind)
      for round in 1...2 {
        // The answer stays away until all have asked.
        world.simulator.hold(.token)
        let answers = world.reactor.spawn { await mira.ask(200, services) }
        try await world.simulator.waitUntilHeld(.token)
        for service in services { #expect(try await mira.at(service.base).get("/healthz").status == 200) }
        world.simulator.release(.token)
        for answer in try await answers.value.get() {
          #expect(answer.status == 200, "\(answer.text)")
          #expect(answer.json["status"].bool ?? (answer.json["access_token_expires_at"].string != nil))
        }
        // The second round shows that the refresh token which was kept, or came, is the right one.
        #expect(world.simulator.counts.tokenRequests("refresh_token") == round)
        _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      }
    }
  }

  @Test func `A revoked connection waits as suspect, and nothing is thrown away`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      try world.simulator.revoke("mira", accessTokens: true)
      let id = try await mira.requestSync()
      let run = try await mira.run(id, on: world.reactor) { $0["status"].string == "waiting" }
      #expect(run["error"]["code"].string == "grant_suspect")
      #expect(run["waiting_until"].string != nil && run["attempt"].int == 0)
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "suspect")
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == false)
      #expect(try await mira.post("/spotify/refresh/").status == 409)
      #expect(try await mira.requestSync() == id, "a run that waits is the one that is asked for")
      #expect(try await mira.tracks() == world.library(of: "mira"))
      // Nobody pesters Spotify: one refusal, one request.
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 1)
      // Whoever connects again is well again.
      try await mira.signIn(as: "mira")
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "healthy")
    }
  }

  @Test func `A token that ends in the middle of a run is renewed once, and the run goes on`()
    async throws
  {
    try await withWorld {
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 430)]
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.hold(.savedTracks, fromNth: 4)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.savedTracks, atLeast: 6)
      // An hour goes by at Spotify: what is on its way is refused, all at once, and still one refresh.
      world.simulator.advanceClock(seconds: 3_600)
      world.simulator.release(.savedTracks)
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded" && run["attempt"].int == 1)
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(world.simulator.counts.count(.savedTracks, status: 401) == 6)
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 1)
    }
  }
}

extension Browser {
  /// Wants a token so many times at once, of all services in turn.
  fileprivate func ask(_ count: Int, _ services: [World.Service]) async -> Result<[Answer], any Error> {
    do {
      return .success(
        try await withThrowingTaskGroup(of: Answer.self) { group in
          for number in 0..<count {
            let browser = at(services[number % services.count].base)
            group.addTask {
              number.isMultiple(of: 2)
                ? try await browser.post("/spotify/refresh/")
                : try await browser.get("/spotify/is-authenticated")
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        })
    } catch { return .failure(error) }
  }
}
