import SpotifySimulator
import TestSupport
import Testing

/// Where a process dies by `kill -9` while it renews a token.
enum RefreshStep: String, CaseIterable, Sendable {
  /// It has the lease, and Spotify has heard nothing.
  case leased
  /// Spotify has the request, and hasn't answered.
  case asked
  /// Spotify has answered, and nothing is stored.
  case answered
  /// The answer is stored, and was never used.
  case committed
}

@Suite("A process that dies while it renews a token")
struct RefreshCrashTests {
  @Test(arguments: RefreshStep.allCases)
  func `Another gets a token, with no request more than it takes`(_ step: RefreshStep) async throws {
    try await withWorld { world in
      let scene = try await RefreshScene.begin(in: world)
      try await scene.crash(at: step)
      let bound: Double? = try await world.rows(
        "SELECT extract(epoch FROM refresh_lease_until - now())::double precision FROM spotify_grant")[0]
        .decode(0)
      let asked = world.simulator.counts.tokenRequests("refresh_token")
      let mira = scene.mira
      let answer = world.reactor.spawn { try? await mira.post("/spotify/refresh/").status }
      if step == .committed {
        #expect(bound == nil, "the lease went with the commit")
      } else {
        #expect(try #require(bound) <= 30, "nobody waits longer for the dead than that")
        try await world.outliveLease()
      }
      #expect(await answer.value == 200)
      let expected = [RefreshStep.leased: 1, .asked: asked + 1, .answered: 2, .committed: 1]
      #expect(world.simulator.counts.tokenRequests("refresh_token") == expected[step])
      #expect(try await scene.state == "healthy 2")
      // What is stored is what Spotify takes.
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      #expect(try await mira.post("/spotify/refresh/").status == 200)
      scene.proxy.stop()
    }
  }

  @Test
  func
    `With a rotated refresh token only in its memory costs the connection, which connecting again repairs`()
    async throws
  {
    try await withWorld { world in
      let scene = try await RefreshScene.begin(in: world)
      let noor = world.browser(at: scene.living)
      try await noor.signIn(as: "noor")
      world.simulator.setRefreshAnswer(.new)
      try await scene.crash(at: .answered)
      try await world.outliveLease()
      // As long as nothing says that it isn't Spotify's trouble.
      for refusal in 1...4 {
        let refused = try await scene.mira.post("/spotify/refresh/")
        #expect(refused.status == 409 && refused.code == "grant_suspect")
        // Nobody pesters Spotify in between.
        #expect(try await scene.mira.post("/spotify/refresh/").code == "grant_suspect")
        #expect(world.simulator.counts.tokenRequests("refresh_token") == 1 + refusal)
        #expect(try await scene.state == "suspect 1")
        try await world.endTokens(afterHours: 4)
      }
      #expect(try await noor.post("/spotify/refresh/").status == 200)
      #expect(try await scene.mira.post("/spotify/refresh/").code == "reauthorization_required")
      #expect(try await scene.state == "dead 1")
      #expect(
        try await world.count(
          "SELECT count(*) FROM spotify_grant WHERE access_token IS NOT NULL AND refresh_token IS NOT NULL")
          == 2)
      try await scene.mira.signIn(as: "mira")
      #expect(try await scene.state == "healthy 2")
      #expect(try await scene.mira.post("/spotify/refresh/").status == 200)
      scene.proxy.stop()
    }
  }
}

/// Two servers, of which one is to die, and Mira, whose token has ended.
private struct RefreshScene {
  let world: World
  /// At the server that lives.
  let mira: Browser
  let living: World.Service
  let doomed: World.Service
  /// Between the doomed server and Spotify's token endpoint.
  let proxy: FaultProxy

  static func begin(in world: World) async throws -> RefreshScene {
    let proxy = try world.accountsProxy()
    let living = try await world.start(.serve)
    let doomed = try await world.start(
      .serve, ["SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:\(proxy.port)"])
    let mira = world.browser(at: living)
    try await mira.signIn(as: "mira")
    try await world.endTokens(afterHours: 0)
    return RefreshScene(world: world, mira: mira, living: living, doomed: doomed, proxy: proxy)
  }

  /// The status of Mira's grant and the version of its tokens.
  var state: String {
    get async throws {
      try await world.rows(
        """
        SELECT status || ' ' || token_version FROM spotify_grant JOIN user_account USING (user_id)
        WHERE spotify_user_id = 'mira'
        """)[0].decode(0)
    }
  }

  func crash(at step: RefreshStep) async throws {
    if step == .leased { proxy.pause() } else { world.simulator.hold(.token) }
    let asking = mira.at(doomed.base)
    let answer = world.reactor.spawn { try? await asking.post("/spotify/refresh/").status }
    switch step {
    case .leased:
      try await world.until("the lease is taken") {
        try await world.count("SELECT count(*) FROM spotify_grant WHERE refresh_lease_until > now()") == 1
      }
      await doomed.process.kill9()
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 0)
    case .asked:
      try await world.simulator.waitUntilHeld(.token)
      await doomed.process.kill9()
      try await world.until("its request is over") { world.simulator.counts.inFlight.now == 0 }
      world.simulator.release(.token)
    case .answered, .committed: try await crashBeforeTheCommit(hears: step == .committed)
    }
    #expect(await answer.value == nil, "nobody was answered")
  }

  /// - Parameter hears: the server has all of the transaction: it commits, and only the process never learns it.
  private func crashBeforeTheCommit(hears: Bool) async throws {
    try await world.simulator.waitUntilHeld(.token)
    try await world.transaction { transaction in
      _ = try await transaction.query("SELECT FROM spotify_grant FOR UPDATE")
      world.simulator.release(.token)
      try await world.until("the commit waits") { try await world.waitingForLocks >= 1 }
      if hears {
        await doomed.process.freeze()
      } else {
        await doomed.process.kill9()
        try await world.endWaiting()
      }
    }
    guard hears else { return }
    try await world.until("it is stored") { try await state == "healthy 2" }
    await doomed.process.kill9()
  }
}
