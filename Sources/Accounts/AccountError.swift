import Coordination
import Domain
import SpotifyAPI
import Storage
import TokenVault

/// Why an account can't be connected or used.
package struct AccountError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Unknown, used, too old, or another browser's.
    case stateInvalid
    /// The person said no.
    case accessDenied
    /// A signed-in person came back as someone else.
    case otherAccount
    case notConnected
    /// The account was deleted meanwhile, from another window.
    case accountGone
    /// The grant is dead: only the person can revive it.
    case reauthorizationRequired
    /// The grant is another app's: that one can renew it, or the person connects again with this one.
    case otherApp
    /// Spotify refused the refresh token; it is asked again after ``retryAfter``, and nothing was thrown away.
    case grantSuspect
    /// Spotify can't be asked now.
    case spotifyUnavailable
    /// Spotify refuses this service's own id or secret: whoever runs it has to mend that, and no user is concerned.
    case appRefused
    /// Spotify asks this app to wait, for ``retryAfter`` if it says so.
    case rateLimited
    /// The person didn't grant what this needs.
    case scopeMissing
    case premiumRequired
    case noActiveDevice
    /// The player doesn't take that command now.
    case playerRestricted
    /// A stored token is sealed with a key that this process wasn't given. Others may have it: nothing is wrong
    /// with the connection.
    case keyMissing
    /// This process ends, and asks for no token any more; others do.
    case ending
    /// Our own Postgres or Redis can't be asked now.
    case unavailable
    case cancelled
    case unexpected
  }

  package let code: Code
  package let message: String
  package let retryAfter: Duration?

  package init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  package var description: String { message }

  init(_ error: StorageError) {
    let code: Code =
      switch error.code {
      case .unavailable: .unavailable
      case .cancelled: .cancelled
      case .notFound: .notConnected
      case .accountGone: .accountGone
      default: .unexpected
      }
    self.init(code, error.message)
  }

  init(_ error: CoordinationError) {
    let code: Code =
      switch error.code {
      case .unavailable: .unavailable
      case .cancelled: .cancelled
      case .unexpected: .unexpected
      }
    self.init(code, error.message)
  }

  /// What Spotify or the transport said belongs into the log, not before a caller.
  init(_ error: SpotifyError) {
    switch error.code {
    case .invalidClient:
      self.init(
        .appRefused,
        "Spotify refuses this service's client id or secret; whoever runs it has to correct its settings")
    case .cancelled: self.init(.cancelled, "Spotify was not asked to the end")
    case .rateLimited, .quotaExceeded:
      self.init(.rateLimited, "Spotify asks this service to wait", retryAfter: error.retryAfter)
    default: self.init(.spotifyUnavailable, "Spotify could not be asked, or refused; try again later")
    }
  }
}

/// Runs what may fail in storage, with this module's error.
func stored<Value>(_ body: () async throws(StorageError) -> Value) async throws(AccountError) -> Value {
  do { return try await body() } catch { throw AccountError(error) }
}
