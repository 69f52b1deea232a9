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
  private let grants: Grants
  private let spotify: SpotifyAccounts
  private let seal: TokenSeal
  private let reactor: Reactor
  private let traffic: RefreshTraffic
  private let store: StoreToken
  private let logger: Logger
  private let now: @Sendable () -> Date

  /// A token that ends sooner is about to end: what starts with it must be able to finish.
  package static let margin: TimeInterval = 60
  /// Longer than a token request may take, counted from the moment before the lease was asked for, by as much as
  /// storing the answer takes at most when Postgres is well. If it isn't, whoever overtakes the holder does no harm: the
  /// first answer that is stored counts.
  package static let lease = SpotifyAccounts.deadline + .seconds(10)
  /// How long a new token's storing is waited for.
  package static let longestStoring = Duration.seconds(30)
  /// How long a process that ends waits for an answer of Spotify's to be stored.
  package static let longest = SpotifyAccounts.deadline + longestStoring + .seconds(10)
  /// How long another process is waited for: past the end of the lease that it may have died with.
  private static let longestWait = lease + .seconds(15)

  /// - Parameter storing: how long a new token's storing is waited for.
  package init(
    grants: Grants, spotify: SpotifyAccounts, seal: TokenSeal, reactor: Reactor, traffic: RefreshTraffic,
    logger: Logger, storing: Duration = longestStoring, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.grants = grants
    self.spotify = spotify
    self.seal = seal
    self.reactor = reactor
    self.traffic = traffic
    store = StoreToken(
      grants: grants, reactor: reactor, traffic: traffic, logger: logger, patience: storing)
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
    try await traffic.flights.run(user, on: reactor) { try await refresh(user, insteadOf: version) }
  }

  func isFresh(_ held: Grants.SealedGrant) -> Bool {
    guard held.grant.status != .dead, let expiresAt = held.tokens?.accessTokenExpiresAt else { return false }
    return expiresAt.timeIntervalSince(now()) > RefreshAccessToken.margin
  }

  private func isRenewed(_ held: Grants.SealedGrant, since version: Int64) -> Bool {
    held.grant.tokenVersion > version && isFresh(held)
  }

  private func load(_ user: UserID) async throws(AccountError) -> Grants.SealedGrant {
    guard let held = try await stored({ () throws(StorageError) in try await grants.load(user) }),
      held.tokens != nil
    else { throw AccountError(.notConnected, "no Spotify account is connected") }
    return held
  }

  private func refresh(_ user: UserID, insteadOf version: Int64) async throws -> Grants.SealedGrant {
    let began = ContinuousClock.now
    while true {
      let held = try await load(user)
      if isRenewed(held, since: version) { return held }
      try checkMayAsk(held)
      try traffic.checkOpen()
      // The token at hand may be one that Spotify has replaced.
      guard !traffic.isStoring(user) else {
        throw AccountError(.unavailable, "the new token of this connection can't be stored yet")
      }
      if !held.isBeingRefreshed {
        // Not only where it is sent: nobody takes the lease in vain.
        do { try await spotify.checkPause() } catch { throw AccountError(error) }
        let refreshed = try await traffic.places.withPermit { try await ask(held) }
        if let refreshed { return refreshed }
      }
      let waited = ContinuousClock.now - began
      guard waited < RefreshAccessToken.longestWait else {
        // It may have been stored at this moment, or while this caller stood in line.
        let held = try await load(user)
        if isRenewed(held, since: version) { return held }
        throw AccountError(.spotifyUnavailable, "another process has been renewing the token for too long")
      }
      // Another process asks Spotify now: it stores the answer, and this row tells.
      try await reactor.sleep(for: RefreshAccessToken.pause(after: waited))
    }
  }

  /// The longer it takes, the more seldom the row is looked at: a wait gets a quarter longer at most.
  private static func pause(after waited: Duration) -> Duration {
    min(max(waited / 4, .milliseconds(40)), .seconds(1)) * Double.random(in: 0.75...1.25)
  }

  private func checkMayAsk(_ held: Grants.SealedGrant) throws(AccountError) {
    if held.grant.status == .dead {
      guard held.grant.isOfAnotherApp else {
        throw AccountError(.reauthorizationRequired, held.grant.end)
      }
      if traffic.isNews(.otherApp) {
        logger.warning(
          "a connection was made with another app: SPOTIFY_CLIENT_ID has changed, and its person has to connect again",
          ["user": held.grant.user.rawValue])
      }
      throw AccountError(.otherApp, held.grant.end)
    }
    if let pause = held.refreshPause { throw RefreshAccessToken.suspect(pause) }
    do { try spotify.standing.check() } catch { throw AccountError(error) }
  }

  /// Asks, if the lease is to be had.
  ///
  /// - Returns: nil when another has it, or it was lost meanwhile; the row tells what happened.
  private func ask(_ held: Grants.SealedGrant) async throws(AccountError) -> Grants.SealedGrant? {
    let (grant, holder) = (held.grant, UUID())
    let refreshToken = try seal.openRefreshToken(held)
    // It may have stood in line.
    try traffic.checkOpen()
    let began = ContinuousClock.now
    let isOurs = try await stored { () throws(StorageError) in
      try await grants.beginRefresh(
        of: grant.user, version: grant.tokenVersion, holder: holder, lease: RefreshAccessToken.lease)
    }
    guard isOurs else { return nil }
    let answer: TokenAnswer
    do {
      answer = try await spotify.refresh(
        refreshToken, within: SpotifyAccounts.deadline - (ContinuousClock.now - began))
    } catch {
      guard let error = await giveUp(grant, holder, error) else { return nil }
      throw error
    }
    let expiresAt = now().addingTimeInterval(Double(answer.lifetime.components.seconds))
    let newRefreshToken = answer.hasRefreshToken ? answer.refreshToken.copy() : refreshToken
    let tokens = seal.seal(
      accessToken: answer.accessToken, refreshToken: newRefreshToken, expiresAt: expiresAt, of: grant.user,
      version: grant.tokenVersion + 1)
    let isStored = try await store(tokens, scopes: answer.scopes, insteadOf: grant)
    logger.info("refreshed an access token", ["user": grant.user.rawValue, "stored": isStored])
    return isStored ? try await load(grant.user) : nil
  }

  // MARK: No token

  /// - Returns: nil when the lease was lost meanwhile.
  private func giveUp(_ grant: Grant, _ holder: UUID, _ error: SpotifyError) async -> AccountError? {
    do {
      switch error.code {
      case .invalidGrant:
        let judgement = try await grants.refuseRefresh(
          of: grant.user, holder: holder, error: error.description)
        return judgement.map { told($0, grant.user, error) }
      // Our own mistake, or a wish that concerns everybody: both are logged where they are found out.
      case .invalidClient, .rateLimited, .quotaExceeded:
        try await grants.returnRefresh(of: grant.user, holder: holder)
      default:
        try await grants.giveUpRefresh(of: grant.user, holder: holder, error: error.description)
        logger.warning(
          "an access token was not refreshed", ["user": grant.user.rawValue, "error": error.description])
      }
    } catch {
      // The lease ends by itself; the next refresh finds out the same again.
      logger.warning("a refresh lease was not given back", ["error": error.description])
    }
    return AccountError(error)
  }

  private func told(
    _ judgement: RefusalJudgement, _ user: UserID, _ error: SpotifyError
  ) -> AccountError {
    switch judgement {
    case .dead:
      logger.warning("a connection has ended", ["user": user.rawValue, "error": error.description])
      return AccountError(.reauthorizationRequired, "Spotify ended this connection; connect again")
    case .outage:
      if traffic.isNews(.outage) {
        logger.error(
          "Spotify refuses the refresh tokens of several users: an outage, no connection is given up",
          ["error": error.description])
      }
    case .suspect:
      logger.warning(
        "Spotify refused a refresh token", ["user": user.rawValue, "error": error.description])
    }
    return RefreshAccessToken.suspect(judgement.patience)
  }

  private static func suspect(_ wait: Duration?) -> AccountError {
    AccountError(
      .grantSuspect, "Spotify refused to renew this connection; it is tried again later", retryAfter: wait)
  }
}
