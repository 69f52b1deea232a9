import Domain
import Secrets
import SpotifyAPI
import Storage

/// Looks at somebody's player at Spotify, and tells it what to do.
///
/// Asks Spotify only for what the person granted.
package struct ControlPlayer: Sendable {
  private let grants: Grants
  private let accesses: UserAccesses
  private let spotify: SpotifyClient

  static let readScope = "user-read-playback-state"
  static let controlScope = "user-modify-playback-state"

  package init(grants: Grants, accesses: UserAccesses, spotify: SpotifyClient) {
    self.grants = grants
    self.accesses = accesses
    self.spotify = spotify
  }

  /// What is playing; nil when nothing is.
  ///
  /// - Throws: ``AccountError``.
  package func state(of user: UserID) async throws -> PlayerState? {
    _ = try await scopes(of: user, with: ControlPlayer.readScope)
    return try await ask(user, needing: ControlPlayer.readScope) { token throws(SpotifyError) in
      try await spotify.player(token: token)
    }
  }

  /// Tells the player on the active device. Pausing what is paused, or playing what plays, is done already.
  ///
  /// - Throws: ``AccountError``.
  package func callAsFunction(_ command: PlayerCommand, for user: UserID) async throws {
    let scopes = try await scopes(of: user, with: ControlPlayer.controlScope)
    do {
      try await ask(user, needing: ControlPlayer.controlScope) { token throws(SpotifyError) in
        try await spotify.command(command, token: token)
      }
    } catch let error as AccountError where error.code == .playerRestricted {
      guard command != .next, scopes.contains(ControlPlayer.readScope),
        (try await state(of: user)?.isPlaying ?? false) == (command == .play)
      else { throw error }
    }
  }

  private func scopes(of user: UserID, with scope: String) async throws(AccountError) -> [String] {
    let held = try await stored { () throws(StorageError) in try await grants.load(user) }
    guard let grant = held?.grant, grant.status != .disconnected else {
      throw AccountError(.notConnected, "no Spotify account is connected")
    }
    guard grant.status != .dead else {
      throw AccountError(.reauthorizationRequired, grant.end)
    }
    guard grant.scopes.contains(scope) else { throw ControlPlayer.missing(scope) }
    return grant.scopes
  }

  private func ask<Answer: Sendable>(
    _ user: UserID, needing scope: String,
    _ request: (borrowing SecretBytes) async throws(SpotifyError) -> Answer
  ) async throws -> Answer {
    let access = try await accesses.access(of: user)
    do { return try await access.perform(request) } catch let error as SpotifyError {
      throw ControlPlayer.error(error, scope)
    }
  }

  private static func missing(_ scope: String) -> AccountError {
    AccountError(.scopeMissing, "you did not grant \(scope); connect again and allow it")
  }

  private static func error(_ error: SpotifyError, _ scope: String) -> AccountError {
    switch error.code {
    case .insufficientScope: missing(scope)
    case .premiumRequired:
      AccountError(.premiumRequired, "Spotify lets Premium accounts alone control their player")
    // There is nothing else at these addresses that could be missing.
    case .noActiveDevice, .notFound:
      AccountError(.noActiveDevice, "no device is active: begin to play on one, then try again")
    case .playerRestricted:
      AccountError(.playerRestricted, "the player does not take this command at the moment")
    case .rateLimited, .quotaExceeded:
      AccountError(.rateLimited, "Spotify asks this service to wait", retryAfter: error.retryAfter)
    default: AccountError(error)
    }
  }
}
