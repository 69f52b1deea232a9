import Domain
import HTTPClient
import Secrets

extension SpotifyClient {
  /// `GET /me/player`: nil when nothing is playing (204).
  package func player(token: borrowing SecretBytes) async throws(SpotifyError) -> PlayerState? {
    // Without the types an episode would come as null.
    let response = try await exchange(
      "GET", "/me/player", in: .player, [("additional_types", "track,episode")], token)
    if response.status == 204 { return nil }
    guard response.status == 200 else { throw SpotifyError(answer: response) }
    let payload: PlayerPayload = try decode(response, "/me/player")
    return payload.state
  }

  /// Plays on, pauses or skips on the active device. The answer's body is nobody's: 200, 202 and 204 were seen, also
  /// with a string that is no JSON (spotify/web-api issues 778 and 805).
  package func command(
    _ command: PlayerCommand, token: borrowing SecretBytes
  ) async throws(SpotifyError) {
    let response = try await exchange(
      command == .next ? "POST" : "PUT", "/me/player/\(command.rawValue)", in: .player, [], token)
    guard (200..<300).contains(response.status) else { throw SpotifyError(answer: response) }
  }
}
