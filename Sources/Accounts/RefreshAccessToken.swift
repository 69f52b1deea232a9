import Domain
import FoundationEssentials
import Logging
import Reactor
import Secrets
import SpotifyAPI
import Storage

/// Gets a user's next access token: once, however many callers on however many processes want it.
///
/// First one caller per process, then one process by a short lease on the grant's row. Nobody holds a lock or a
/// connection while Spotify answers, and the answer is stored before it is used. A holder that dies leaves a
/// lease that ends by itself; one that dies between Spotify's answer and our commit loses a rotated refresh
/// token, which is then found out as `invalid_grant`.
package struct RefreshAccessToken: Sendable {
  package typealias Flights = SingleFlight<UserID, Grants.SealedGrant>

  private let grants: Grants
  private let spotify: SpotifyAccounts
  private let seal: TokenSeal
  private let reactor: Reactor
  private let flights: Flights
  private let logger: Logger
  private let now: @Sendable () -> Date

  /// A token that ends sooner is about to end: what starts with it must be able to finish.
  package static let margin: TimeInterval = 60
  /// Longer than the token request's own deadline, so that a living holder is never overtaken.
  static let lease = Duration.seconds(30)
  /// How long a refused refresh token is left alone before it is tried the last time.
  static let patience = Duration.seconds(3 * 3_600)

  /// - Parameter flights: one for the whole process.
  package init(
    grants: Grants, spotify: SpotifyAccounts, seal: TokenSeal, reactor: Reactor, flights: Flights,
    logger: Logger, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.grants = grants
    self.spotify = spotify
    self.seal = seal
    self.reactor = reactor
    self.flights = flights
    self.logger = logger
    self.now = now
  }

  /// The grant with a token that lasts, refreshed only if the one at hand is about to end.
  func usable(_ user: UserID) async throws -> Grants.SealedGrant {
    let held = try await load(user)
    return isFresh(held) ? held : try await refreshed(user, insteadOf: held.grant.tokenVersion)
  }

  /// The grant with a newer token than `version`, which Spotify refused or which is about to end.
  func refreshed(_ user: UserID, insteadOf version: Int64) async throws -> Grants.SealedGrant {
    try await flights.run(user, on: reactor) { try await refresh(user, insteadOf: version) }
  }

  func isFresh(_ held: Grants.SealedGrant) -> Bool {
    guard let expiresAt = held.tokens?.accessTokenExpiresAt else { return false }
    return expiresAt.timeIntervalSince(now()) > RefreshAccessToken.margin
  }

  private func load(_ user: UserID) async throws(AccountError) -> Grants.SealedGrant {
    guard let held = try await stored({ () throws(StorageError) in try await grants.load(user) }),
      held.tokens != nil
    else { throw AccountError(.notConnected, "no Spotify account is connected") }
    return held
  }

  private func refresh(_ user: UserID, insteadOf version: Int64) async throws -> Grants.SealedGrant {
    let holder = UUID()
    let giveUpAt = now().addingTimeInterval(45)
    while true {
      let held = try await load(user)
      if held.grant.tokenVersion > version, isFresh(held) { return held }
      if held.grant.status == .dead {
        throw AccountError(.reauthorizationRequired, "Spotify ended this connection; connect again")
      }
      if let until = held.refreshNotBefore, until > now() {
        throw AccountError(.grantSuspect, "Spotify refused to renew this connection; it is tried again later")
      }
      // Who can't open it mustn't take the lease from those who can.
      _ = try seal.openRefreshToken(held)
      let current = held.grant.tokenVersion
      let isOurs = try await stored { () throws(StorageError) in
        try await grants.beginRefresh(
          of: user, version: current, holder: holder, lease: RefreshAccessToken.lease)
      }
      if isOurs, let refreshed = try await askSpotify(held, holder) { return refreshed }
      if now() > giveUpAt {
        throw AccountError(.spotifyUnavailable, "another process has been renewing the token for too long")
      }
      // Another process asks Spotify now: it stores the answer, and this row tells.
      if !isOurs { try await reactor.sleep(for: .milliseconds(Int.random(in: 40...120))) }
    }
  }

  /// Asks with the lease in hand.
  ///
  /// - Returns: nil when the lease was lost meanwhile; the row tells what happened.
  private func askSpotify(
    _ held: Grants.SealedGrant, _ holder: UUID
  ) async throws(AccountError) -> Grants.SealedGrant? {
    let grant = held.grant
    let refreshToken = try seal.openRefreshToken(held)
    let answer: TokenAnswer
    do {
      answer = try await spotify.refresh(refreshToken)
    } catch {
      throw await giveUp(grant, holder, error)
    }
    let expiresAt = now().addingTimeInterval(Double(answer.lifetime.components.seconds))
    let newRefreshToken = answer.hasRefreshToken ? answer.refreshToken.copy() : refreshToken
    let tokens = seal.seal(
      accessToken: answer.accessToken, refreshToken: newRefreshToken, expiresAt: expiresAt, of: grant.user,
      version: grant.tokenVersion + 1)
    let scopes = answer.scopes
    let isStored = try await stored { () throws(StorageError) in
      try await grants.endRefresh(
        of: grant.user, version: grant.tokenVersion, holder: holder, tokens: tokens, scopes: scopes)
    }
    logger.info("refreshed an access token", ["user": grant.user.rawValue, "stored": isStored])
    return isStored ? try await load(grant.user) : nil
  }

  private func giveUp(_ grant: Grant, _ holder: UUID, _ error: SpotifyError) async -> AccountError {
    let isRefused = error.code == .invalidGrant
    do {
      try await grants.giveUpRefresh(
        of: grant.user, holder: holder, error: error.description, isRefused: isRefused,
        patience: RefreshAccessToken.patience)
    } catch {
      // The lease ends by itself; the next refresh finds out the same again.
      logger.warning("a refresh lease was not given back", ["error": error.description])
    }
    if error.code == .invalidClient {
      logger.error(
        "Spotify refuses this app's client id or secret", ["error": error.description])
    } else {
      logger.warning(
        "an access token was not refreshed",
        ["user": grant.user.rawValue, "error": error.description])
    }
    guard isRefused else { return AccountError(error) }
    return grant.suspectSince == nil
      ? AccountError(.grantSuspect, "Spotify refused to renew this connection; it is tried again later")
      : AccountError(.reauthorizationRequired, "Spotify ended this connection; connect again")
  }
}
