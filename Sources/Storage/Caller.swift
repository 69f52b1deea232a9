import Domain
import PostgreSQL

/// Who asks for what concerns a person.
package enum Caller: Sendable {
  case user(UserID)
  /// The SHA-256 of a session's token.
  case session(tokenHash: [UInt8])
  /// The SHA-256 of an API token, and what it has to be good for; nil where any token will do.
  case token(hash: [UInt8], scope: TokenScope?)
}

extension Database {
  /// Runs statements as whoever calls, all or none: a session or a token is checked in the same round trip.
  ///
  /// - Throws: `unauthenticated` when the session isn't alive, `tokenInvalid` when there is no such token,
  ///   `scopeMissing` when it is good for other things; the statements saw nothing then.
  func asCaller(
    _ caller: Caller, _ statements: SQL...
  ) async throws(StorageError) -> (user: UserID, rows: [Rows]) {
    let rows = try await together([enter(caller)] + statements)
    let entered = try decode { () throws(PostgreSQLError) -> (user: Int64, isAllowed: Bool)? in
      guard let row = rows[0].first, let user = try row.decode(0, as: Int64?.self) else { return nil }
      return (user, try row.decode(1))
    }
    switch caller {
    case .token(_, let scope?) where entered?.isAllowed == false:
      throw StorageError(.scopeMissing(scope), "the token lacks the scope \(scope.rawValue)")
    case .token where entered == nil:
      throw StorageError(.tokenInvalid, "there is no such token")
    default:
      guard let entered else { throw StorageError(.unauthenticated, "the session is not alive") }
      return (UserID(entered.user), Array(rows.dropFirst()))
    }
  }

  /// Who calls, checked now; throws as every query in a caller's name does.
  package func user(of caller: Caller) async throws(StorageError) -> UserID {
    if case .user(let user) = caller { return user }
    return try await asCaller(caller).user
  }

  /// Becomes the caller for the rest of the transaction: the user's id, or none, and whether the scope is there.
  private func enter(_ caller: Caller) -> SQL {
    switch caller {
    case .user(let user): Database.enter(user)
    case .session(let hash): enterSession(hash)
    case .token(let hash, let scope):
      "SELECT user_id, is_allowed FROM enter_api_token(\(hash), \(scope?.rawValue))"
    }
  }

  func enterSession(_ tokenHash: [UInt8]) -> SQL {
    """
    SELECT enter_session(
      \(tokenHash), make_interval(secs => \(sessionLifetime.idle.seconds)),
      make_interval(secs => \(sessionLifetime.longest.seconds))), true
    """
  }
}
