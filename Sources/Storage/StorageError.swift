import Domain
import PostgreSQL

/// Why something could not be read or written.
package struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Postgres is away or too slow. Nothing was written, or it can't be told: ask again.
    case unavailable
    /// Another holder has taken over: this one must not write any more.
    case fenced
    /// The session that was named is not alive.
    case unauthenticated
    /// The API token that was named is unknown, or was revoked.
    case tokenInvalid
    /// The API token that was named is good for other things.
    case scopeMissing(TokenScope)
    /// What was to be changed isn't there.
    case notFound
    /// There is no such account: it was deleted meanwhile.
    case accountGone
    /// The caller's task was cancelled.
    case cancelled
    /// The database is newer than this program.
    case newerDatabase
    /// The migrations have not been run.
    case notMigrated
    /// The role could see across users.
    case mightyRole
    /// A fault of ours: a statement that Postgres refuses, a value that doesn't decode.
    case unexpected
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  init(_ error: PostgreSQLError) {
    let code: Code =
      switch error.code {
      // The role that every connection becomes, or the table that says what was applied, isn't there yet.
      case _ where error.sqlState == "22023" || error.sqlState == "42P01": .notMigrated
      case .connection, .deadlineExceeded, .poolClosed, .authentication, .overloaded: .unavailable
      case .cancelled: .cancelled
      // Raised by require_fence().
      case .server("CK001"): .fenced
      case .server("23503") where error.constraint?.hasSuffix("_user_id_fkey") == true: .accountGone
      case .server(let state) where StorageError.passes(state): .unavailable
      default: .unexpected
      }
    self.init(
      code, code == .notMigrated ? "the database is not migrated: run `cratekeeper migrate`" : "\(error)")
  }

  /// What says something of Postgres' state and nothing of the statement.
  private static func passes(_ state: String) -> Bool {
    // Class 53: no disk, memory or connection left; 58: the system beneath failed; 57P01…57P03: shutting down, crashed,
    // starting up; 57014: cancelled; 55P03, 25P03: waited too long for a lock, or was silent too long in a transaction;
    // 25006: a replica, at a failover; 40001: others were in the way.
    state.hasPrefix("53") || state.hasPrefix("58")
      || ["57P01", "57P02", "57P03", "57014", "55P03", "25P03", "25006", "40001"].contains(state)
  }
}
