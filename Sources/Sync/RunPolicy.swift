import Accounts
import Domain
import SpotifyAPI
import Storage

/// The person asked a run to stop.
package struct RunCancelled: Error {
  package init() {}
}

/// The library was edited during every scan of a run.
package struct LibraryKeepsChanging: Error {
  package init() {}
}

/// What becomes of a run that ended with an error.
///
/// | error | what follows |
/// |---|---|
/// | asked to stop | cancelled |
/// | planned stop of the worker, or of its process | queued again, at once, not an attempt |
/// | 429 | waits as long as Spotify says, not an attempt |
/// | refused refresh token, not for good | waits until it is tried again, not an attempt |
/// | a token sealed with a key that this worker lacks, a grant of another app | waits, not an attempt |
/// | Spotify refuses this service's id or secret | waits, not an attempt: nobody's fault but ours |
/// | no connection, dead grant, missing scope, forbidden | failed: only the person can change it |
/// | whom a person follows is being read | the releases wait a moment, not an attempt |
/// | a list that goes in circles | failed: asking again at once would go the same way |
/// | the account was deleted | nothing: the run is gone with it |
/// | everything else | tried again with full jitter from 1 s to 15 min, 10 attempts in all |
package enum RunDecision: Sendable, Equatable {
  case cancel
  case fail(RunFailure)
  case postpone(Duration, RunFailure?, countsAsAttempt: Bool)
  /// Another holder has the run: there is nothing left to write.
  case abandon

  package static let mostAttempts = 10
  package static let mostCrashes = 3
  private static let momentForFollows = Duration.seconds(2)
  private static let keyWait = Duration.seconds(60)
  private static let otherAppWait = Duration.seconds(60)
  private static let suspectWait = Duration.seconds(30 * 60)
  private static let appRefusedWait = Duration.seconds(60)
  private static let limitWithoutWord = Duration.seconds(60)

  package init(error: any Error, claim: RunClaim, isStopping: Bool) {
    self =
      switch error {
      case is RunCancelled: .cancel
      case is CancellationError: .stopped(claim, isStopping)
      case is LibraryKeepsChanging:
        .retry(claim, "library_changing", "the library was edited during every scan")
      case is FollowsUnderWay: .postpone(RunDecision.momentForFollows, nil, countsAsAttempt: false)
      case is FollowedListLoops:
        .fail(
          RunFailure(
            code: "list_loops",
            detail: "Spotify's list of followed artists goes in circles; nothing was changed"
          ))
      case let error as StorageError: .storage(error, claim, isStopping)
      case let error as SpotifyError: .spotify(error, claim, isStopping)
      case let error as AccountError: .account(error, claim, isStopping)
      default: .retry(claim, "internal_error", "an unexpected fault of this service")
      }
  }

  /// What a run gets that was left without a word too often.
  package static func crashed(_ claim: RunClaim) -> RunFailure {
    RunFailure(
      code: "crashed",
      detail: "the worker ended without a word \(claim.crashes) times in a row without progress")
  }

  /// Full jitter: anything from nearly nothing to the bound, so that retries don't meet again.
  static func backoff(attempt: Int) -> Duration {
    let bound = min(900_000, 1_000 << min(max(attempt - 1, 0), 20))
    return .milliseconds(Int.random(in: 100...bound))
  }

  private static func retry(_ claim: RunClaim, _ code: String, _ detail: String) -> RunDecision {
    let failure = RunFailure(code: code, detail: detail)
    return claim.attempt >= mostAttempts
      ? .fail(failure) : .postpone(backoff(attempt: claim.attempt), failure, countsAsAttempt: true)
  }

  private static func stopped(_ claim: RunClaim, _ isStopping: Bool) -> RunDecision {
    isStopping
      ? .postpone(.zero, nil, countsAsAttempt: false)
      : .retry(claim, "interrupted", "the run was interrupted")
  }

  private static func storage(_ error: StorageError, _ claim: RunClaim, _ isStopping: Bool) -> RunDecision {
    switch error.code {
    case .fenced, .accountGone: .abandon
    case .cancelled: .stopped(claim, isStopping)
    case .unavailable: .retry(claim, "database_unavailable", "the database could not be asked")
    default: .retry(claim, "internal_error", "an unexpected fault of this service")
    }
  }

  private static func spotify(_ error: SpotifyError, _ claim: RunClaim, _ isStopping: Bool) -> RunDecision {
    switch error.code {
    case .rateLimited:
      .postpone(
        error.retryAfter ?? limitWithoutWord,
        RunFailure(code: "rate_limited", detail: "Spotify asks this app to wait"), countsAsAttempt: false)
    case .quotaExceeded:
      .postpone(
        error.retryAfter ?? .seconds(3_600),
        RunFailure(code: "quota_exceeded", detail: "the app's daily quota at Spotify is used up"),
        countsAsAttempt: false)
    case .insufficientScope:
      .fail(
        RunFailure(code: "scope_missing", detail: "the connection lacks a permission; connect again"))
    case .forbidden, .notFound, .badRequest, .premiumRequired, .noActiveDevice, .playerRestricted:
      .fail(RunFailure(code: "spotify_refused", detail: error.description))
    case .cancelled: .stopped(claim, isStopping)
    case .unavailable where error.isOurs:
      .retry(claim, "limits_unavailable", "how many requests may be sent could not be found out")
    case .invalidClient: appRefused
    case .unauthorized, .unavailable, .malformed, .invalidGrant:
      .retry(claim, "spotify_unavailable", error.description)
    }
  }

  private static let appRefused = RunDecision.postpone(
    appRefusedWait,
    RunFailure(
      code: "app_refused", detail: "Spotify refuses this service itself; whoever runs it has to mend that"),
    countsAsAttempt: false)

  private static func account(_ error: AccountError, _ claim: RunClaim, _ isStopping: Bool) -> RunDecision {
    switch error.code {
    case .reauthorizationRequired: .fail(RunFailure(code: "reauthorization_required", detail: error.message))
    // That app may come back, or its worker may be at work still; and connecting again wakes the run.
    case .otherApp:
      .postpone(
        otherAppWait, RunFailure(code: "reauthorization_required", detail: error.message),
        countsAsAttempt: false)
    case .notConnected: .fail(RunFailure(code: "not_connected", detail: error.message))
    case .accountGone: .abandon
    case .grantSuspect:
      .postpone(
        max(error.retryAfter ?? suspectWait, .seconds(1)),
        RunFailure(code: "grant_suspect", detail: error.message), countsAsAttempt: false)
    case .appRefused: appRefused
    case .rateLimited:
      .postpone(
        error.retryAfter ?? limitWithoutWord,
        RunFailure(code: "rate_limited", detail: "Spotify asks this app to wait"), countsAsAttempt: false)
    // Another worker may have the key; this one gets it with its next start.
    case .keyMissing:
      .postpone(
        keyWait,
        RunFailure(code: "key_missing", detail: "the worker can't use this connection at the moment"),
        countsAsAttempt: false)
    case .cancelled: .stopped(claim, isStopping)
    case .spotifyUnavailable: .retry(claim, "spotify_unavailable", error.message)
    case .ending: .postpone(.zero, nil, countsAsAttempt: false)
    case .unavailable: .retry(claim, "database_unavailable", "the database could not be asked")
    // The rest belongs to signing in and to the player.
    case .stateInvalid, .accessDenied, .otherAccount, .scopeMissing, .premiumRequired,
      .noActiveDevice, .playerRestricted, .unexpected:
      .retry(claim, "internal_error", "an unexpected fault of this service")
    }
  }
}
