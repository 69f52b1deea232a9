import Domain
import PostgreSQL

/// Who is signed in. Only the SHA-256 of a session's token is known here.
package struct Sessions: Sendable {
  let database: Database

  /// Sessions that a person may have at once; a sign-in beyond ends the one that was unused for longest.
  package static let mostPerUser = 100

  package init(_ database: Database) {
    self.database = database
  }

  package var lifetime: SessionLifetime { database.sessionLifetime }

  /// Finds or makes the account of a Spotify user, without signing anybody in.
  package func account(
    of spotifyID: SpotifyUserID, displayName: String?, imageURL: String?
  ) async throws(StorageError) -> UserID {
    let rows = try await database.query(
      "SELECT sign_in(\(spotifyID.rawValue), \(displayName?.withoutNUL), \(imageURL?.withoutNUL))")
    return UserID(try decode { () throws(PostgreSQLError) in try rows[0].decode(0) })
  }

  /// Starts a session, and takes away what has ended and what is too many.
  ///
  /// - Parameter old: the hash of that person's session that this one takes the place of; another's stays.
  package func start(
    for user: UserID, tokenHash: [UInt8], userAgent: String, replacing old: [UInt8]? = nil
  ) async throws(StorageError) {
    _ = try await database.asUser(
      user,
      // Two sign-ins at once would count without each other.
      "SELECT pg_advisory_xact_lock(hashtextextended('session', \(user.rawValue)))",
      """
      DELETE FROM session
      WHERE user_id = \(user.rawValue)
        AND (token_hash = \(old)
             OR session_id NOT IN (
               SELECT session_id
               FROM session
               WHERE user_id = \(user.rawValue) AND \(sql: isAlive)
               ORDER BY last_seen_at DESC, session_id DESC
               LIMIT \(Sessions.mostPerUser - 1)))
      """,
      """
      INSERT INTO session (user_id, token_hash, user_agent)
      VALUES (\(user.rawValue), \(tokenHash), \(String(userAgent.prefix(300)).withoutNUL))
      """)
  }

  /// The user of a living session.
  package func user(tokenHash: [UInt8]) async throws(StorageError) -> UserID? {
    do { return try await database.user(of: .session(tokenHash: tokenHash)) } catch {
      guard error.code == .unauthenticated else { throw error }
      return nil
    }
  }

  /// Takes away at most so many sessions of anybody that have ended by themselves.
  ///
  /// - Returns: how many there were.
  package func purge(limit: Int) async throws(StorageError) -> Int {
    let rows = try await database.query(
      "SELECT purge_sessions(make_interval(secs => \(lifetime.idle.seconds)), \(Int32(clamping: limit)))")
    return try decode { () throws(PostgreSQLError) in Int(try rows[0].decode(0, as: Int32.self)) }
  }

  /// As the function `enter_session` sees it.
  var isAlive: SQL {
    """
    last_seen_at > now() - make_interval(secs => \(lifetime.idle.seconds))
    AND created_at > now() - make_interval(secs => \(lifetime.longest.seconds))
    """
  }
}
