import Redis

/// Why Redis could not be asked.
package struct CoordinationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Redis is away, too slow or still loading: ask again. It can't be told whether the command ran.
    case unavailable
    /// The caller's task was cancelled.
    case cancelled
    /// An answer that no script of ours gives.
    case unexpected
  }

  package let code: Code
  package let message: String

  package var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: RedisError) {
    let code: Code =
      switch error.code {
      case .connection, .deadlineExceeded, .closed: .unavailable
      case .cancelled: .cancelled
      // Starting up, out of memory, a replica after a failover, a script that runs too long.
      case .server where ["LOADING", "OOM", "READONLY", "MASTERDOWN", "BUSY"].contains(error.serverCode):
        .unavailable
      default: .unexpected
      }
    self.init(code, error.description)
  }
}
