import Domain
import FoundationEssentials
import Reactor
import Secrets
import SpotifyAPI
import Storage

/// A user's way to Spotify for the time of one piece of work: the one place through which users' requests go.
///
/// Opens the token for each request and wipes it after. A token about to end is renewed first; a 401 in the
/// middle of work means one shared refresh, and the request once more. A 403 is believed when it comes twice.
package final class UserAccess: Sendable {
  private let user: UserID
  private let refresh: RefreshAccessToken
  private let seal: TokenSeal
  private let held: Locked<Grants.SealedGrant>

  init(user: UserID, refresh: RefreshAccessToken, seal: TokenSeal, held: Grants.SealedGrant) {
    self.user = user
    self.refresh = refresh
    self.seal = seal
    self.held = Locked(held)
  }

  package var accessTokenExpiresAt: Date? { held.withLock { $0.tokens?.accessTokenExpiresAt } }

  /// Sends a request with a valid token.
  ///
  /// - Parameters:
  ///   - believes403: a 403 is a usual answer here, and asking twice would cost twice.
  ///   - onRepeat: called before the request is sent once more.
  /// - Throws: `SpotifyError` for what Spotify refuses, ``AccountError`` when there is no token to be had.
  package func perform<Answer: Sendable>(
    believes403: Bool = false, onRepeat: () -> Void = {},
    _ request: (borrowing SecretBytes) async throws(SpotifyError) -> Answer
  ) async throws -> Answer {
    let first = try await authorized(onRepeat, request)
    guard case .failure(let error) = first, !believes403 else { return try first.get() }
    try await DoubtedRefusal.wait(after: error)
    onRepeat()
    return try await authorized(onRepeat, request).get()
  }

  private func authorized<Answer: Sendable>(
    _ onRepeat: () -> Void, _ request: (borrowing SecretBytes) async throws(SpotifyError) -> Answer
  ) async throws -> Result<Answer, SpotifyError> {
    var grant = held.withLock { $0 }
    if !refresh.isFresh(grant) { grant = try await renew(insteadOf: grant.grant.tokenVersion) }
    let first = await outcome(of: request, with: try seal.openAccessToken(grant))
    guard case .failure(let error) = first, error.code == .unauthorized else { return first }
    let renewed = try await renew(insteadOf: grant.grant.tokenVersion)
    onRepeat()
    return await outcome(of: request, with: try seal.openAccessToken(renewed))
  }

  private func renew(insteadOf version: Int64) async throws -> Grants.SealedGrant {
    let renewed = try await refresh.refreshed(user, insteadOf: version)
    held.withLock { if $0.grant.tokenVersion < renewed.grant.tokenVersion { $0 = renewed } }
    return renewed
  }
}

/// Gives out users' ways to Spotify.
package struct UserAccesses: Sendable {
  private let refresh: RefreshAccessToken
  private let seal: TokenSeal

  package init(refresh: RefreshAccessToken, seal: TokenSeal) {
    self.refresh = refresh
    self.seal = seal
  }

  /// - Throws: ``AccountError`` when the user isn't connected or the token can't be renewed.
  package func access(of user: UserID) async throws -> UserAccess {
    UserAccess(user: user, refresh: refresh, seal: seal, held: try await refresh.usable(user))
  }
}
