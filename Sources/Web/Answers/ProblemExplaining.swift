import Accounts
import Coordination
import HTTPServer
import Storage
import Sync

extension Problem {
  /// What an error of a use-case or an adapter means to the caller: the one place where that is decided.
  ///
  /// - Returns: nil for an error that nobody expected; its caller gets ``unexpected`` and the log the error.
  init?(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as AccountError: self.init(error)
    case let error as SyncError: self.init(error)
    case let error as StorageError: self.init(error)
    case let error as CoordinationError: self.init(error)
    case is CancellationError: self = .abandoned
    default: return nil
    }
  }

  static let unexpected = Problem(
    500, "internal_error",
    "something went wrong here; the request's id helps whoever runs this service to find it")

  private static let unavailable = Problem(
    503, "unavailable", "this service can't reach its database at the moment; try again in a few seconds",
    headers: ["retry-after": "2"])

  static let abandoned = Problem(
    503, "cancelled", "the request was given up before it was answered; try again",
    headers: ["retry-after": "1"])

  private init?(_ error: AccountError) {
    switch error.code {
    case .stateInvalid: self.init(400, "state_invalid", error.message)
    case .accessDenied: self.init(403, "access_denied", error.message)
    case .otherAccount: self.init(409, "other_account", error.message)
    case .notConnected: self.init(409, "not_connected", error.message)
    case .accountGone: self = .unauthenticated
    case .reauthorizationRequired, .otherApp: self.init(409, "reauthorization_required", error.message)
    case .grantSuspect: self.init(409, "grant_suspect", error.message)
    case .rateLimited:
      self.init(
        503, "spotify_rate_limited", error.message,
        headers: ["retry-after": "\(error.retryAfter?.wholeSeconds ?? 30)"])
    case .scopeMissing: self.init(403, "scope_missing", error.message)
    case .premiumRequired: self.init(403, "premium_required", error.message)
    case .noActiveDevice: self.init(409, "no_active_device", error.message)
    case .playerRestricted: self.init(409, "player_restricted", error.message)
    case .spotifyUnavailable: self.init(502, "spotify_unavailable", error.message)
    case .keyMissing:
      self.init(
        503, "unavailable", "this service can't use your connection at the moment; try again in a minute",
        headers: ["retry-after": "60"])
    case .appRefused: self.init(502, "app_refused", error.message)
    case .unavailable, .ending: self = .unavailable
    case .cancelled: self = .abandoned
    case .unexpected: return nil
    }
  }

  private init?(_ error: SyncError) {
    switch error.code {
    case .notConnected: self.init(409, "not_connected", error.message)
    case .accountGone: self = .unauthenticated
    case .reauthorizationRequired: self.init(409, "reauthorization_required", error.message)
    case .unavailable: self = .unavailable
    case .cancelled: self = .abandoned
    case .unexpected: return nil
    }
  }

  private init?(_ error: StorageError) {
    switch error.code {
    case .unauthenticated, .accountGone: self = .unauthenticated
    case .tokenInvalid: self = .invalidToken
    case .scopeMissing(let scope): self = .insufficientScope(scope)
    case .notFound: self = .notFound
    case .unavailable: self = .unavailable
    case .cancelled: self = .abandoned
    case .fenced, .newerDatabase, .notMigrated, .mightyRole, .unexpected: return nil
    }
  }

  private init?(_ error: CoordinationError) {
    switch error.code {
    case .unavailable: self = .unavailable
    case .cancelled: self = .abandoned
    case .unexpected: return nil
    }
  }
}
