import Accounts
import Coordination
import Domain
import SpotifyAPI
import Storage

/// Why a sync can't begin.
package struct SyncError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    case notConnected
    /// The account was deleted meanwhile, from another window.
    case accountGone
    case reauthorizationRequired
    /// Our own Postgres or Redis can't be asked now.
    case unavailable
    case cancelled
    case unexpected
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  init(_ error: StorageError) {
    let code: Code =
      switch error.code {
      case .notFound: .notConnected
      case .accountGone: .accountGone
      case .unavailable: .unavailable
      case .cancelled: .cancelled
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
}

/// Runs what may fail in storage, with this module's error.
func stored<Value>(_ body: () async throws(StorageError) -> Value) async throws(SyncError) -> Value {
  do { return try await body() } catch { throw SyncError(error) }
}
