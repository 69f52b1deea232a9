import HTTPClient
import SpotifySimulator
import TestSupport
import Testing

@Suite("Many who want tokens")
struct RefreshStampedeTests {
  @Test func `A provider that takes 15 seconds is asked once, and nobody else waits for it`() async throws {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let (mira, noor) = (world.browser(at: services[0]), world.browser(at: services[1]))
      try await mira.signIn(as: "mira")
      try await noor.at(services[0].base).signIn(as: "noor")
      _ = try await world.rows(
        """
        UPDATE spotify_grant SET access_token_expires_at = now()
        WHERE user_id = (SELECT user_id FROM user_account WHERE spotify_user_id = 'mira')
        """)
      world.simulator.setLatency(.seconds(15), group: .token)
      let began = ContinuousClock.now
      let answers = world.reactor.spawn {
        try? await atOnce(60) { try await mira.at(services[$0 % 2].base).post("/spotify/refresh/").status }
      }
      try await world.until("Spotify is asked") { world.simulator.counts.inFlight.now == 1 }
      // Meanwhile everything else is answered, on both.
      for round in 0..<50 {
        #expect(try await noor.at(services[round % 2].base).post("/spotify/refresh/").status == 200)
        #expect(try await mira.at(services[round % 2].base).get("/api/me/").status == 200)
        #expect(world.simulator.counts.inFlight.now == 1)
      }
      #expect(await answers.value == Array(repeating: 200, count: 60))
      #expect(ContinuousClock.now - began >= .seconds(15))
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 1)
      #expect(
        try await world.count("SELECT count(*) FROM spotify_grant WHERE token_version = 2") == 1)
    }
  }

  private static let (people, callers) = (100, 100)
  /// Of each person's callers come while Spotify is at it: more than these would not have come on a slow machine
  /// before Spotify's time is over.
  private static let early = 10

  @Test func `100 callers for each of 100 users on three processes make 100 token requests`() async throws {
    try await withWorld {
      $0.simulator = World.crowd(Self.people + 1)
    } _: { world in
      let services = [
        try await world.start(.serve), try await world.start(.serve), try await world.start(.serve),
      ]
      let everybody = try await world.signIn(Self.people + 1, at: services[0])
      let (people, other) = (Array(everybody[..<Self.people]), everybody[Self.people])
      _ = try await world.rows(
        """
        UPDATE spotify_grant SET access_token_expires_at = now()
        WHERE user_id <> (SELECT max(user_id) FROM user_account)
        """)
      try await Self.withClient(world) { http in
        let crowd = Crowd(http: http, people: people, services: services)
        world.simulator.hold(.token)
        let answers = world.reactor.spawn { await crowd.call(Self.early) }
        try await world.simulator.waitUntilHeld(.token, atLeast: Self.people)
        for service in services {
          #expect(try await other.at(service.base).get("/api/me/").status == 200)
          #expect(try await other.at(service.base).post("/spotify/refresh/").status == 200)
        }
        // Two that are shared and four for transactions on the reactor of the web, one and four beside it.
        let connections = try await world.count(
          """
          SELECT count(*) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'cratekeeper%'
          """)
        #expect(connections <= services.count * (6 + 5))
        #expect(
          try await world.count("SELECT count(*) FROM spotify_grant WHERE refresh_lease_until > now()")
            == Self.people)
        world.simulator.release(.token)
        var statuses = await answers.value
        for _ in 1..<Self.callers / Self.early { statuses += await crowd.call(Self.early) }
        #expect(statuses.count == Self.people * Self.callers && statuses.allSatisfy { $0 == 200 })
      }
      #expect(world.simulator.counts.tokenRequests("refresh_token") == Self.people)
      #expect(
        try await world.count("SELECT count(*) FROM spotify_grant WHERE token_version = 2") == Self.people)
    }
  }

  /// People who all want a token, of all services in turn.
  private struct Crowd: Sendable {
    let http: HTTPClient
    let people: [Browser]
    let services: [World.Service]

    /// So many callers for each of them at once; nil for one that got no answer.
    func call(_ callers: Int) async -> [Int?] {
      await withTaskGroup(of: Int?.self) { group in
        for number in 0..<callers * people.count {
          let caller = Browser(http, base: services[number % services.count].base)
          for (name, value) in people[number / callers].cookies { caller.setCookie(name, value) }
          group.addTask { try? await caller.post("/spotify/refresh/").status }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }
  }

  /// With a connection for each caller.
  private static func withClient(
    _ world: World, _ body: (HTTPClient) async throws -> Void
  ) async throws {
    var configuration = HTTPClient.Configuration(userAgent: "tests")
    configuration.maxConnectionsPerHost = people * early
    let http = try HTTPClient(reactor: world.reactor, configuration: configuration)
    let result: Result<Void, any Error>
    do { result = .success(try await body(http)) } catch { result = .failure(error) }
    http.close()
    try result.get()
  }
}
