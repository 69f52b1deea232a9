import Foundation
import SpotifySimulator
import TestSupport

/// Many people at once.
extension World {
  /// A Spotify of `p0`, `p1` and so on, with a track each. Development Mode would let five of them in.
  static func crowd(_ count: Int) -> SimulatorConfiguration {
    var configuration = SimulatorConfiguration.small
    configuration.mode = .extended
    configuration.users = (0..<count).map {
      SimulatorConfiguration.User(id: "p\($0)", name: "Person \($0)", tracks: 1)
    }
    return configuration
  }

  /// Signs `p0` and so on in, ten at a time, each with a browser of their own.
  func signIn(_ count: Int, at service: Service) async throws -> [Browser] {
    let people = (0..<count).map { _ in browser(at: service) }
    for start in stride(from: 0, to: count, by: 10) {
      _ = try await atOnce(min(10, count - start)) {
        try await people[start + $0].signIn(as: "p\(start + $0)")
      }
    }
    return people
  }

  /// As if everybody's access token had ended, and so many hours had passed since any refusal.
  func endTokens(afterHours hours: Int) async throws {
    _ = try await rows(
      """
      UPDATE spotify_grant
      SET authorized_at = authorized_at - make_interval(hours => \(Int32(hours))),
          access_token_expires_at = now(),
          refresh_not_before = refresh_not_before - make_interval(hours => \(Int32(hours))),
          suspect_since = suspect_since - make_interval(hours => \(Int32(hours))),
          refused_at = refused_at - make_interval(hours => \(Int32(hours)))
      """)
  }
}
