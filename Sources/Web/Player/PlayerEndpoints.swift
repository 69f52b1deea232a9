import Domain
import HTTPServer

/// `/spotify/player/…`: the caller's own player at Spotify. Nothing of it is kept here.
enum PlayerEndpoints {
  static func show(_ call: Call) async throws -> HTTPResponse {
    let state = try await call.services.controlPlayer.state(of: try await call.user())
    return Answer.personal(JSONWriter.bytes { $0.player(state) }, to: call)
  }

  static func tell(_ command: PlayerCommand) -> Handler {
    { call in
      try await call.services.controlPlayer(command, for: try await call.user())
      return Answer.empty()
    }
  }
}
