import Foundation
import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A deployment that goes through everything that handles something secret, well and badly. Whoever fails repeats
/// what it was asked with.
struct SecretLife {
  let world: World
  /// One at the proxies, one that works as well.
  let services: [World.Service]
  let worker: World.Service
  let mira: Browser
  /// Calls what ends a session or an account.
  let noor: Browser
  /// Comes with a token that is nobody's.
  let stranger: Browser
  private let postgres: FaultProxy
  private let redis: FaultProxy
  private let strangersToken = "ck_" + String(repeating: "Q7", count: 21) + "Q"

  private static let kinds = ["tracks", "playlists", "following", "releases"]
  private static let echo = "refused was {credentials} and nothing else"

  static func prepare(_ options: inout World.Options) {
    options.simulator.users = [
      .init(id: "mira", name: "Mira", tracks: 120, artists: 6, playlists: 4),
      .init(id: "noor", name: "Noor", tracks: 20, artists: 3, playlists: 2),
    ]
    options.simulator.refreshAnswer = .new
    options.environment["LOG_LEVEL"] = "debug"
    options.environment["SPOTIFY_SCOPES"] = """
      user-library-read user-follow-read playlist-read-private playlist-read-collaborative \
      user-read-playback-state user-modify-playback-state
      """
  }

  static func begin(in world: World) async throws -> SecretLife {
    let (postgres, redis) = (try world.databaseProxy(), try world.redisProxy())
    let services = [
      try await world.start(
        .serve,
        ["DATABASE_URL": world.databaseURL(through: postgres), "REDIS_URL": world.redisURL(through: redis)]),
      try await world.start(.serve),
    ]
    return SecretLife(
      world: world, services: services, worker: try await world.start(.worker),
      mira: world.browser(at: services[0]), noor: world.browser(at: services[1]),
      stranger: world.browser(at: services[1]), postgres: postgres, redis: redis)
  }

  // MARK: What happens

  /// Signs in, after Spotify has failed in every way that a sign-in meets.
  func signInThroughFaults() async throws {
    let token = [
      Fault(.status, status: 500, message: Self.echo), Fault(.status, status: 400, message: Self.echo),
      Fault(.plainText, status: 200, message: Self.echo), Fault(.plainText, status: 401, message: Self.echo),
      Fault(.invalidGrant, message: Self.echo), Fault(.truncated),
    ].map { fault in
      var fault = fault
      (fault.group, fault.grantType, fault.times) = (.token, "authorization_code", 0)
      return fault
    }
    let profile = [500, 403, 401].map {
      Fault(.status, group: .me, times: 0, status: $0, message: Self.echo)
    }
    let faults = token + profile
    for fault in faults {
      world.simulator.add(fault)
      #expect(try await mira.get(try await mira.agree(as: "mira")).status >= 400, "\(fault)")
      world.simulator.dropFaults()
    }
    for (browser, name) in [(mira, "mira"), (noor, "noor")] {
      try await browser.signIn(as: name)
      for kind in Self.kinds {
        let run = try await browser.newestRun(kind, in: world)
        try #require(run["status"].string == "succeeded", "\(run)")
      }
    }
  }

  /// A run of each kind, the player and a search, while Spotify refuses whatever it is asked.
  func failEveryRequest() async throws {
    try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [3, 70]))
    for status in [500, 403, 401, 400] {
      for group in EndpointGroup.allCases where ![.token, .authorize, .image, .unknown].contains(group) {
        world.simulator.add(Fault(.status, group: group, times: 0, status: status, message: Self.echo))
      }
      _ = try await world.rows(
        "UPDATE artist_check SET checked_at = NULL, next_check_at = now() + interval '1 hour'")
      var runs: [String] = []
      for kind in Self.kinds { runs.append(try await mira.requestSync(kind)) }
      for path in ["/spotify/player/", "/api/search/?q=\(status)&type=artist"] {
        _ = try await mira.get(path)
      }
      for run in runs {
        _ = try await mira.run(run, on: world.reactor) { run in
          !["queued", "running"].contains(run["status"].string) || run["error"]["code"].string != nil
        }
      }
      world.simulator.dropFaults()
      for run in runs { _ = try await mira.delete("/spotify/sync/\(run)/") }
      for run in runs { _ = try await mira.run(run, on: world.reactor) }
    }
  }

  /// As somebody with a session, as a browser and as a program; as somebody with a token of nobody's.
  func callEveryRoute() async throws {
    let ids = RouteIDs(
      run: try await mira.newestID("tracks"),
      playlist: try await mira.get("/api/me/playlists/").json["items"][0]["spotify_id"].string ?? "none",
      session: RouteIDs.nobodys.session, token: RouteIDs.nobodys.token)
    let token = try await mira.token("a script")
    for call in EveryRoute.calls(ids) {
      for accept in ["application/json", "text/html"] {
        _ = try await stranger.send(call, ["Accept": accept, "Authorization": "Bearer \(strangersToken)"])
        if try await noor.get("/api/me/").json["connection"]["status"].string != "healthy" {
          try await noor.signIn(as: "noor")
        }
        _ = try await noor.send(call, ["Accept": accept])
      }
      if call.method == "GET" { _ = try await mira.send(call) }
      _ = try await stranger.send(call, ["Authorization": "Bearer \(token)"])
    }
  }

  /// Tokens that are about to end, while the token endpoint refuses; then once that works.
  ///
  /// - Parameter look: is called while the grant's row says what Spotify answered; a sign-in takes that out again.
  func renewThroughFaults(_ look: () async throws -> Void) async throws {
    let faults = [
      Fault(.status, status: 500, message: Self.echo), Fault(.plainText, status: 200, message: Self.echo),
      Fault(.truncated), Fault(.invalidGrant, message: Self.echo),
    ].map { fault in
      var fault = fault
      (fault.group, fault.grantType, fault.times) = (.token, "refresh_token", 0)
      return fault
    }
    let account = try await mira.account
    var looks = 0
    for fault in faults {
      _ = try await world.rows(
        "UPDATE spotify_grant SET access_token_expires_at = now() WHERE status <> 'disconnected'")
      world.simulator.add(fault)
      #expect(try await mira.post("/spotify/refresh/").status >= 400, "\(fault)")
      _ = try await mira.get("/", ["Accept": "text/html"])
      world.simulator.dropFaults()
      let words = "Spotify answered %refused was %"
      let kept = try await world.count(
        "SELECT count(*) FROM spotify_grant WHERE user_id = \(account) AND last_error LIKE \(words)")
      if kept == 1 {
        looks += 1
        try await look()
      }
    }
    #expect(looks == 2, "what Spotify says isn't kept any more")
    try await mira.signIn(as: "mira")
    _ = try await world.rows(
      "UPDATE spotify_grant SET access_token_expires_at = now() WHERE status = 'healthy'")
    #expect(try await mira.post("/spotify/refresh/").status == 200)
  }

  /// Calls `look` while Spotify gives the app no token, and while it gives one that is good for nothing.
  func refuseTheApp(_ look: () async throws -> Void) async throws {
    let noToken = [
      Fault(.status, group: .token, times: 0, status: 500, message: Self.echo),
      Fault(.status, group: .token, times: 0, status: 400, message: Self.echo),
    ].map { [$0] }
    let nothing = EndpointGroup.allCases.filter { ![.token, .authorize, .image, .unknown].contains($0) }
      .map { Fault(.status, group: $0, times: 0, status: 401, message: Self.echo) }
    for faults in noToken + [nothing] {
      for fault in faults { world.simulator.add(fault) }
      try await look()
      world.simulator.dropFaults()
    }
  }

  /// Postgres breaks while a new token arrives, and Redis while somebody begins to sign in.
  func loseEverything() async throws {
    _ = try await world.rows(
      "UPDATE spotify_grant SET access_token_expires_at = now() WHERE status = 'healthy'")
    world.simulator.hold(.token)
    let (mira, world) = (mira, world)
    let refresh = world.reactor.spawn { try? await mira.post("/spotify/refresh/").status }
    try await world.simulator.waitUntilHeld(.token)
    postgres.refuse()
    postgres.cutAll()
    world.simulator.release(.token)
    #expect(try await mira.get("/api/me/").status == 503)
    try postgres.accept()
    #expect(await refresh.value == 200, "the new token was lost")
    redis.refuse()
    redis.cutAll()
    #expect(try await stranger.at(services[0].base).get("/spotify/auth/").status == 503)
    try redis.accept()
    try await world.until("it is ready again") { try await mira.get("/readyz").status == 200 }
    world.simulator.hold(.savedTracks, fromNth: 2)
    try world.simulator.edit("mira", LibraryEdit(unsave: [1, 60, 100]))
    _ = try await mira.requestSync("tracks")
    try await world.simulator.waitUntilHeld(.savedTracks)
  }

  /// The worker dies in the middle of it, and another goes on; then somebody begins to sign in and never ends.
  func crash() async throws {
    await worker.process.kill9()
    world.simulator.release(.savedTracks)
    try await world.outliveLease()
    _ = try await world.start(.worker)
    _ = try await mira.newestRun(in: world)
    _ = try await mira.get("/spotify/sync/\(try await mira.newestID("tracks"))/events/")
    #expect(mira.received.last?.body.contains("event: run") == true)
    _ = try await stranger.authorizePage()
  }

  func end() {
    postgres.stop()
    redis.stop()
  }

  // MARK: What is secret, and what was shown

  struct Secrets {
    let tokens: [SecretSearch.Secret]
    let handshakes: [SecretSearch.Secret]
    let keys: [SecretSearch.Secret]
    /// What browsers and programs keep: sessions, states, API tokens.
    let browsers: [SecretSearch.Secret]
  }

  /// What was secret; a sign-in that is under way is in Redis, for ten minutes at most.
  func secrets(notUnderWayIn world: World) async throws -> Secrets {
    var underWay: Set<String> = []
    for key in try await world.redis("KEYS", world.key("sign-in:*")).elements ?? [] {
      let name = key.text ?? ""
      #expect(
        (1...600).contains(try await world.redis("TTL", name).int ?? 0), "a sign-in is kept for too long")
      underWay.insert(String(name.split(separator: ":").last ?? ""))
    }
    #expect(!underWay.isEmpty)
    let states = received.flatMap { $0.fields + [$0.body] }.flatMap {
      Self.values(of: /[?&]state=([A-Za-z0-9_-]{43})/, $0)
    }
    #expect(underWay.isSubset(of: states))
    let cookies = received.flatMap(\.fields).flatMap {
      Self.values(of: /^set-cookie: [^=;]+=([A-Za-z0-9_-]{43});/, $0)
    }
    let shown = received.flatMap { Self.values(of: /(ck_[A-Za-z0-9_-]{43})/, $0.body) }
    func named(_ name: String, _ texts: some Sequence<String>) -> [SecretSearch.Secret] {
      Set(texts).sorted().enumerated().map { .init("\(name) \($0)", $1) }
    }
    return Secrets(
      tokens: named("token", world.simulator.tokens),
      handshakes: named("handshake", world.simulator.handshakes),
      keys: [
        .init("the client secret", "cratekeeper-demo-secret")
      ] + world.firstKey.secrets,
      browsers: named("state", Set(states).subtracting(underWay)) + named("cookie", cookies)
        + named("API token", shown + [strangersToken]))
  }

  enum Showing { case everything, whatIsNotForTheBrowser }

  /// What was answered; without cookies, the way to Spotify's page and a new API token, as these are for the browser.
  func answers(showing: Showing) -> [String] {
    received.map { answer in
      guard showing == .whatIsNotForTheBrowser else { return "\(answer.fields)\n\(answer.body)" }
      let fields = answer.fields.filter { field in
        let field = field.lowercased()
        return !field.hasPrefix("set-cookie: ")
          && !field.hasPrefix("location: \(world.simulator.accountsURL)/authorize?")
      }
      let isBeginning = ["/spotify/auth/", "/spotify/get-auth-url/"].contains { answer.asked.contains($0) }
      let isShownOnce = ["POST /api/me/tokens/", "POST /account/tokens/"].contains(answer.asked)
      return "\(fields)\n\(isBeginning || isShownOnce ? "" : answer.body)"
    }
  }

  private var received: [Browser.Received] { mira.received + noor.received + stranger.received }

  private static func values(of pattern: Regex<(Substring, Substring)>, _ text: String) -> [String] {
    text.matches(of: pattern.ignoresCase()).map { String($0.1) }
  }
}
