import Domain
import PostgreSQL

/// Who is signed in. Only the SHA-256 of a session's token is known here.
package struct Sessions: Sendable {
  private let database: Database

  /// How long a session lives without use, and at most.
  package static let idle = Duration.seconds(30 * 86_400)
  package static let longest = Duration.seconds(180 * 86_400)

  package init(_ database: Database) {
    self.database = database
  }

  /// Finds or makes the account of a Spotify user, without signing anybody in.
  package func account(
    of spotifyID: SpotifyUserID, displayName: String?, imageURL: String?
  ) async throws(StorageError) -> UserID {
    let rows = try await database.query(
      "SELECT sign_in(\(spotifyID.rawValue), \(displayName?.withoutNUL), \(imageURL))")
    return UserID(try decode { () throws(PostgreSQLError) in try rows[0].decode(0) })
  }

  package func start(
    for user: UserID, tokenHash: [UInt8], userAgent: String
  ) async throws(StorageError) {
    _ = try await database.asUser(
      user,
      """
      INSERT INTO session (user_id, token_hash, user_agent, idle_until, ends_at)
      VALUES (
        \(user.rawValue), \(tokenHash), \(String(userAgent.prefix(300))),
        now() + make_interval(secs => \(Sessions.idle.seconds)),
        now() + make_interval(secs => \(Sessions.longest.seconds)))
      """)
  }

  /// The user of a living session.
  package func user(tokenHash: [UInt8]) async throws(StorageError) -> UserID? {
    let rows = try await database.query(Sessions.enter(tokenHash))
    return try decode { () throws(PostgreSQLError) in
      try rows.first.map { row throws(PostgreSQLError) in UserID(try row.decode(0)) }
    }
  }

  package func end(tokenHash: [UInt8]) async throws(StorageError) {
    _ = try await database.together([
      Sessions.enter(tokenHash),
      "DELETE FROM session WHERE token_hash = \(tokenHash)",
    ])
  }

  static func enter(_ tokenHash: [UInt8]) -> SQL {
    "SELECT user_id, session_id FROM enter_session(\(tokenHash), make_interval(secs => \(idle.seconds)))"
  }
}
