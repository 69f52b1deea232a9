import Domain
import Secrets
import SpotifyAPI
import TestSupport
import Testing

@Suite("The player")
struct PlayerTests {
  private static let track = #"""
    {"device":{"id":"d1","is_active":true,"is_restricted":false,"name":"Kitchen","type":"Speaker",
     "volume_percent":58.0,"supports_volume":true},
     "repeat_state":"context","shuffle_state":true,"timestamp":1,"context":{"type":"album","uri":"spotify:album:a1"},
     "progress_ms":44272.0,"is_playing":true,"currently_playing_type":"track","actions":{"disallows":{}},
     "item":{"type":"track","id":"t1","uri":"spotify:track:t1","name":"Tide","duration_ms":200000,"explicit":true,
      "is_local":false,"artists":[null,{"id":"r1","name":"Ida Fenn"}],"album":{"id":"a1","name":"Low Water"}}}
    """#

  private static let episode = #"""
    {"device":{"name":"Phone","type":"Smartphone","volume_percent":null},"context":null,"progress_ms":null,
     "is_playing":false,"currently_playing_type":"episode","shuffle_state":false,"repeat_state":"off",
     "item":{"type":"episode","id":"e1","uri":"spotify:episode:e1","name":"On Owls","duration_ms":3600000,
      "images":[{"url":"https://i.example/300","width":300}],"show":{"id":"s1","name":"Night Birds"}}}
    """#

  private static func state(_ status: Int, _ body: String) async throws -> PlayerState? {
    try await withCannedSpotify(status, body) { spotify in
      let state = try await spotify.api.player(token: SecretBytes(copying: "t".utf8))
      let asked = try #require(spotify.requests.withLock { $0.first })
      #expect(asked.method == .get && asked.path == "/me/player")
      #expect(asked.query == "additional_types=track%2Cepisode")
      return state
    }
  }

  @Test("that plays a track says which, where and how far")
  func playing() async throws {
    let state = try #require(try await Self.state(200, Self.track))
    #expect(state.isPlaying && state.type == "track" && state.progressMilliseconds == 44_272)
    #expect(state.device == PlayerState.Device(name: "Kitchen", type: "Speaker", volumePercent: 58))
    #expect(state.contextURI == "spotify:album:a1" && state.shuffle == true && state.repeatMode == "context")
    guard case .track(let track) = state.item else {
      Issue.record("no track: \(String(describing: state.item))")
      return
    }
    #expect(track.spotifyID == "t1" && track.album?.name == "Low Water")
    #expect(track.artists == [ArtistCredit(id: "r1", name: "Ida Fenn")])
  }

  @Test("that plays an episode names its show")
  func episodes() async throws {
    let state = try #require(try await Self.state(200, Self.episode))
    #expect(!state.isPlaying && state.progressMilliseconds == nil && state.contextURI == nil)
    #expect(
      state.item
        == .episode(
          PlayerState.Episode(
            id: "e1", uri: "spotify:episode:e1", name: "On Owls",
            show: PlayerState.Show(id: "s1", name: "Night Birds"), durationMilliseconds: 3_600_000,
            imageURL: "https://i.example/300")))
  }

  @Test(
    "has no item during advertisements, and none that can't be read",
    arguments: [
      #"{"is_playing":true,"item":null,"currently_playing_type":"ad","device":null}"#,
      #"{"is_playing":true,"currently_playing_type":"ad"}"#,
      #"{"is_playing":true,"item":{"type":"track","id":null},"currently_playing_type":"ad"}"#,
      #"{"is_playing":true,"item":7,"currently_playing_type":"ad","device":[]}"#,
    ])
  func advertisements(_ body: String) async throws {
    let state = try #require(try await Self.state(200, body))
    #expect(state.isPlaying && state.type == "ad" && state.item == nil && state.device == nil)
  }

  @Test("that does nothing answers nothing")
  func nothing() async throws {
    #expect(try await Self.state(204, "") == nil)
  }

  @Test(
    "is told by the right method, without a body, and whatever it answers to that is well",
    arguments: PlayerCommand.allCases, [(200, "oPClBVDzidwlAlSqmFF-zKNO62E"), (202, ""), (204, "")])
  func commands(_ command: PlayerCommand, _ answer: (Int, String)) async throws {
    try await withCannedSpotify(answer.0, answer.1) { spotify in
      try await spotify.api.command(command, token: SecretBytes(copying: "t".utf8))
      let asked = try #require(spotify.requests.withLock { $0.first })
      #expect(asked.method == (command == .next ? .post : .put))
      #expect(asked.path == "/me/player/\(command.rawValue)")
      #expect(asked.body.isEmpty && asked.headers["content-length"] == "0")
      #expect(asked.headers["authorization"] == "Bearer t")
    }
  }

  @Test(
    "says why it doesn't take a command",
    arguments: [
      (404, "No active device found", "NO_ACTIVE_DEVICE", SpotifyError.Code.noActiveDevice),
      (403, "Premium required", "PREMIUM_REQUIRED", .premiumRequired),
      (403, "Restriction violated", "UNKNOWN", .playerRestricted),
      (403, "Insufficient client scope", "", .insufficientScope),
    ])
  func refusals(_ status: Int, _ message: String, _ reason: String, _ code: SpotifyError.Code) async throws {
    let body =
      #"{"error":{"status":\#(status),"message":"Player command failed: \#(message)","reason":"\#(reason)"}}"#
    try await withCannedSpotify(status, body) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.command(.pause, token: SecretBytes(copying: "t".utf8))
      }
      #expect(error?.code == code)
    }
  }
}
