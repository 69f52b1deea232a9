import SpotifySimulator
import Testing

@Suite struct PlayerTests {
  static let scope = "user-read-playback-state user-modify-playback-state user-library-read"

  @Test func `a paused player plays, goes on to the next track, and pauses`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      let saved = try simulator.library(of: "mira").uris
      let paused = try await client.api("/v1/me/player", token)
      #expect(paused.status == 200 && paused.json["is_playing"].bool == false)
      #expect(paused.json["item"]["uri"].string == saved[0])
      #expect(paused.json["currently_playing_type"].string == "track")
      #expect(paused.json["device"]["volume_percent"].isNull && paused.json["context"].isNull)
      #expect(paused.json["device"]["id"].string?.count == 40 && paused.json["progress_ms"].int == 0)
      #expect(try await client.player("PUT", "play", token).status == 204)
      #expect(try await client.api("/v1/me/player", token).json["is_playing"].bool == true)
      let next = try await client.player("POST", "next", token)
      #expect(next.status == 204 && next.response.body.isEmpty)
      #expect(try await client.api("/v1/me/player", token).json["item"]["uri"].string == saved[1])
      #expect(try await client.player("PUT", "pause", token).status == 204)
      #expect(try simulator.player(of: "mira").isPlaying == false)
      #expect(simulator.counts.count(.player, status: 204) == 3)
    }
  }

  @Test func `what can't be done is refused with Spotify's reasons`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      func refusal(_ method: String, _ command: String) async throws -> [String] {
        let answer = try await client.player(method, command, token)
        return ["\(answer.status)", answer.message ?? "", answer.json["error"]["reason"].string ?? ""]
      }
      let restriction = ["403", "Player command failed: Restriction violated", "UNKNOWN"]
      #expect(try await refusal("PUT", "pause") == restriction)
      try simulator.edit("mira", PlayerEdit(isPlaying: true))
      #expect(try await refusal("PUT", "play") == restriction)
      try simulator.edit("mira", PlayerEdit(plays: .nothing))
      #expect(try await refusal("POST", "next") == restriction)

      try simulator.edit("mira", PlayerEdit(hasDevice: false, plays: .track))
      let device = ["404", "Player command failed: No active device found", "NO_ACTIVE_DEVICE"]
      #expect(try await refusal("PUT", "play") == device)
      #expect(try await refusal("POST", "next") == device)
      let answer = try await client.control(
        "POST", "edit/player", #"{"user":"mira","is_premium":false,"has_device":true}"#)
      #expect(answer.json["is_premium"].bool == false, "\(answer.text)")
      let premium = ["403", "Player command failed: Premium required", "PREMIUM_REQUIRED"]
      for (method, command) in [("PUT", "play"), ("PUT", "pause"), ("POST", "next")] {
        #expect(try await refusal(method, command) == premium)
      }
      #expect(try await client.api("/v1/me/player", token).status == 200, "who pays nothing may look")
      let other = try await client.player("PUT", "play?device_id=x", token)
      #expect(other.status == 403)
      try simulator.edit("mira", PlayerEdit(isPremium: true))
      #expect(try await client.player("PUT", "play?device_id=x", token).status == 404)
    }
  }

  @Test func `scopes are checked for looking and for doing`() async throws {
    try await withSimulator { _, client in
      let looking = try await client.token(scope: "user-read-playback-state")
      #expect(try await client.api("/v1/me/player", looking).status == 200)
      #expect(try await client.player("PUT", "play", looking).message == "Insufficient client scope")
      let doing = try await client.token(scope: "user-modify-playback-state")
      #expect(try await client.api("/v1/me/player", doing).message == "Insufficient client scope")
      #expect(try await client.player("PUT", "play", doing).status == 204)
    }
  }

  @Test func `nothing is 204, and an advertisement or an episode has no item`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      for edit in [PlayerEdit(plays: .nothing), PlayerEdit(hasDevice: false, plays: .track)] {
        try simulator.edit("mira", edit)
        let answer = try await client.api("/v1/me/player", token)
        #expect(answer.status == 204 && answer.response.body.isEmpty)
      }
      for (content, type) in [(PlayerEdit.Content.ad, "ad"), (.unknown, "unknown"), (.episode, "episode")] {
        try simulator.edit("mira", PlayerEdit(hasDevice: true, plays: content, isPlaying: true))
        let player = try await client.api("/v1/me/player", token).json
        #expect(player["item"].isNull && player["currently_playing_type"].string == type)
      }
      let episode = try await client.api("/v1/me/player?additional_types=episode", token).json
      #expect(episode["item"]["type"].string == "episode")
      #expect(episode["item"]["uri"].string == (try simulator.player(of: "mira").uri))
    }
  }

  @Test func `an order says what to play`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      let saved = try simulator.library(of: "mira").uris.compactMap { $0 }
      func play(_ body: String) async throws -> Answer { try await client.player("PUT", "play", token, body) }
      let body = #"{"uris":["\#(saved[3])","\#(saved[4])"],"offset":{"position":1},"position_ms":30000}"#
      #expect(try await play(body).status == 204)
      let player = try await client.api("/v1/me/player", token).json
      #expect(player["item"]["uri"].string == saved[4] && player["is_playing"].bool == true)
      #expect((player["progress_ms"].int ?? 0) >= 30_000)
      let playlist = try simulator.playlists(of: "mira")[0]
      let context = "spotify:playlist:\(playlist.id)"
      #expect(try await play(#"{"context_uri":"\#(context)"}"#).status == 204)
      let truth = try simulator.player(of: "mira")
      #expect(truth.context == context && truth.uri == playlist.uris[0])
      #expect(
        try await client.api("/v1/me/player", token).json["context"]["uri"].string == context)
      for wrong in [
        "{}", "[]", "nonsense", #"{"uris":[]}"#, #"{"uris":["spotify:track:x"]}"#,
        #"{"context_uri":"spotify:album:x"}"#, #"{"uris":["\#(saved[0])"],"offset":{"position":4}}"#,
      ] { #expect(try await play(wrong).status == 400, "\(wrong)") }
      #expect(try simulator.player(of: "mira") == truth)
    }
  }

  @Test func `a success may come with a body that is no JSON`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      simulator.add(
        Fault(.nonJSON, group: .player),
        Fault(
          .status, group: .player, nth: 2, status: 403, message: "Player command failed: Premium required",
          reason: "PREMIUM_REQUIRED"))
      let played = try await client.player("PUT", "play", token)
      #expect(played.status == 200 && played.text == "oPClBVDzidwlAlSqmFF-zKNO62E")
      #expect(try simulator.player(of: "mira").isPlaying)
      let spurious = try await client.player("PUT", "pause", token)
      #expect(spurious.status == 403 && spurious.json["error"]["reason"].string == "PREMIUM_REQUIRED")
      #expect(try await client.player("PUT", "pause", token).status == 204)
    }
  }

  @Test(arguments: ["PUT /v1/me/player/pause", "PUT /v1/me/player/play", "POST /v1/me/player/next"])
  func `a command without Content-Length is answered 411`(line: String) async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlayerTests.scope)
      let port = try UInt16(simulator.baseURL.split(separator: ":").last ?? "").unwrap("no port")
      let head = "\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\n"
      let answer = try await simulator.offload { try exchange(port, head + "\r\n") }
      #expect(answer.hasPrefix("HTTP/1.1 411 ") && answer.contains("text/html"))
      let empty = try await simulator.offload { try exchange(port, head + "Content-Length: 0\r\n\r\n") }
      #expect(!empty.hasPrefix("HTTP/1.1 411 "))
    }
  }
}

extension TestClient {
  func player(
    _ method: String, _ command: String, _ token: String, _ body: String = ""
  ) async throws -> Answer {
    try await send(
      method, "/v1/me/player/\(command)",
      headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")], body: body)
  }
}
