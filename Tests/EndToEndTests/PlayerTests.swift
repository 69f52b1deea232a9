import SpotifySimulator
import TestSupport
import Testing

@Suite("Somebody's player")
struct PlayerTests {
  private static let scopes = "user-library-read user-read-playback-state user-modify-playback-state"

  /// A service whose people grant what the player needs, and Mira signed in there.
  private static func withPlayer(
    scopes: String = scopes, _ body: @escaping @Sendable (World, Browser) async throws -> Void
  ) async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = scopes
    } _: { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      try await body(world, mira)
    }
  }

  @Test func `Is shown, played, paused and moved on`() async throws {
    try await Self.withPlayer { world, mira in
      let truth = try world.simulator.edit(
        "mira", PlayerEdit(plays: .track, isPlaying: false, progressMs: 61_000))
      let shown = try await mira.get("/spotify/player/")
      #expect(shown.status == 200 && shown.header("etag") != nil)
      let playing = shown.json["playing"]
      #expect(playing["is_playing"].bool == false && playing["type"].string == "track")
      #expect(playing["progress_ms"].int == 61_000)
      #expect(playing["item"]["uri"].string == truth.uri && playing["item"]["name"].string != nil)
      #expect(playing["device"]["name"].string != nil)

      #expect(try await mira.send("PUT", "/spotify/player/play/").status == 204)
      #expect(try world.simulator.player(of: "mira").isPlaying)
      #expect(try await mira.send("PUT", "/spotify/player/pause/").status == 204)
      #expect(try world.simulator.player(of: "mira").isPlaying == false)
      #expect(try await mira.post("/spotify/player/next").status == 204)
      #expect(try world.simulator.player(of: "mira").uri != truth.uri)
      #expect(try await mira.get("/spotify/player/next").status == 405)
    }
  }

  @Test func `Plays nothing, an advertisement, or an episode`() async throws {
    try await Self.withPlayer { world, mira in
      try world.simulator.edit("mira", PlayerEdit(plays: .nothing))
      #expect(try await mira.get("/spotify/player/").text == #"{"playing":null}"#)
      try world.simulator.edit("mira", PlayerEdit(plays: .ad, isPlaying: true))
      let advertisement = try await mira.get("/spotify/player/").json["playing"]
      #expect(advertisement["type"].string == "ad" && advertisement["item"] == .null)
      #expect(advertisement["is_playing"].bool == true)
      let truth = try world.simulator.edit("mira", PlayerEdit(plays: .episode))
      let episode = try await mira.get("/spotify/player/").json["playing"]
      #expect(episode["type"].string == "episode" && episode["item"]["uri"].string == truth.uri)
      #expect(episode["item"]["show"]["name"].string != nil)
    }
  }

  @Test func `That does already what it is told is well, and what it may not do is said`() async throws {
    try await Self.withPlayer { world, mira in
      try world.simulator.edit("mira", PlayerEdit(plays: .track, isPlaying: true))
      #expect(try await mira.send("PUT", "/spotify/player/play/").status == 204)
      try world.simulator.edit("mira", PlayerEdit(plays: .nothing))
      #expect(try await mira.send("PUT", "/spotify/player/pause/").status == 204)
      let next = try await mira.post("/spotify/player/next/")
      #expect(next.status == 409 && next.code == "player_restricted")
    }
  }

  @Test func `Needs a device, Premium, and a Spotify that can be asked`() async throws {
    try await Self.withPlayer { world, mira in
      try world.simulator.edit("mira", PlayerEdit(hasDevice: false))
      for (method, path) in [("PUT", "play"), ("PUT", "pause"), ("POST", "next")] {
        let answer = try await mira.send(method, "/spotify/player/\(path)/")
        #expect(answer.status == 409 && answer.code == "no_active_device")
      }
      try world.simulator.edit("mira", PlayerEdit(isPremium: false, hasDevice: true))
      let free = try await mira.post("/spotify/player/next/")
      #expect(free.status == 403 && free.code == "premium_required")
      try world.simulator.edit("mira", PlayerEdit(isPremium: true, plays: .track))

      // Spotify says so now and then without cause: once more tells.
      let command = "/v1/me/player/next"
      world.simulator.add(
        Fault(.status, path: command, status: 403, message: "Premium required", reason: "PREMIUM_REQUIRED"))
      #expect(try await mira.post("/spotify/player/next/").status == 204)
      world.simulator.add(Fault(.nonJSON, path: command))
      #expect(try await mira.post("/spotify/player/next/").status == 204)

      world.simulator.add(Fault(.rateLimit, path: command, retryAfter: 7))
      let limited = try await mira.post("/spotify/player/next/")
      #expect(limited.status == 503 && limited.code == "spotify_rate_limited")
      #expect(limited.header("retry-after") == "7")
      // Nobody else asks before that, either.
      world.simulator.resetCounts()
      #expect(try await mira.get("/spotify/player/").code == "spotify_rate_limited")
      #expect(world.simulator.log(.player).isEmpty)
      try await world.endPauses()
      world.simulator.add(Fault(.status, path: command, status: 502))
      let away = try await mira.post("/spotify/player/next/")
      #expect(away.status == 502 && away.code == "spotify_unavailable")
    }
  }

  @Test func `Is nobody's who didn't grant it, and Spotify isn't even asked`() async throws {
    try await Self.withPlayer(scopes: "user-library-read user-read-playback-state") { world, mira in
      #expect(try await mira.get("/spotify/player/").status == 200)
      world.simulator.resetCounts()
      for (method, path) in [("PUT", "play"), ("PUT", "pause"), ("POST", "next")] {
        let answer = try await mira.send(method, "/spotify/player/\(path)/")
        #expect(answer.status == 403 && answer.code == "scope_missing")
      }
      #expect(world.simulator.log(.player).isEmpty)
      // What was granted may have been taken back since.
      world.simulator.add(
        Fault(.status, group: .player, times: 0, status: 403, message: "Insufficient client scope"))
      let refused = try await mira.get("/spotify/player/")
      #expect(refused.status == 403 && refused.code == "scope_missing")
      world.simulator.dropFaults()

      _ = try await world.rows("UPDATE spotify_grant SET status = 'dead'")
      #expect(try await mira.get("/spotify/player/").code == "reauthorization_required")
      _ = try await mira.post("/spotify/disconnect/")
      let gone = try await mira.get("/spotify/player/")
      #expect(gone.status == 409 && gone.code == "not_connected")
      for name in mira.cookies.keys { mira.setCookie(name, nil) }
      #expect(try await mira.send("PUT", "/spotify/player/play/").status == 401)
    }
  }
}
