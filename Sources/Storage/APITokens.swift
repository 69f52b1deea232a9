import Domain
import FoundationEssentials
import PostgreSQL

/// An API token as its person may see it: all but the token.
package struct IssuedToken: Sendable {
  package let id: APITokenID
  package let name: String
  /// At least one, each once.
  package let scopes: [TokenScope]
  package let createdAt: Date
  /// To a quarter of an hour; nil before the first use.
  package let lastUsedAt: Date?

  package init(id: APITokenID, name: String, scopes: [TokenScope], createdAt: Date, lastUsedAt: Date?) {
    self.id = id
    self.name = name
    self.scopes = scopes
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }
}

/// What a session may see and do of its person's API tokens. Only a token's SHA-256 is known here.
///
/// Throws `unauthenticated` when the session isn't alive. A token lives until it is revoked or the account ends.
package struct APITokens: Sendable {
  /// How many a person may have.
  package static let mostPerUser = 50

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// At most `limit` tokens from behind `position`, the newest first.
  package func list(
    askedBy session: [UInt8], after position: APITokenID?, limit: Int
  ) async throws(StorageError) -> [IssuedToken] {
    let behind: SQL = if let position { "WHERE token_id < \(position.rawValue)" } else { "" }
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: session),
      """
      SELECT \(sql: APITokens.columns)
      FROM api_token
      \(sql: behind)
      ORDER BY token_id DESC
      LIMIT \(limit)
      """)
    return try rows[0].map { row throws(StorageError) in try APITokens.token(row) }
  }

  /// Keeps a new token.
  ///
  /// - Returns: nil when the person has as many as one may have.
  /// - Throws: `accountGone` when the account was deleted meanwhile.
  package func add(
    _ hash: [UInt8], name: String, scopes: [TokenScope], askedBy session: [UInt8]
  ) async throws(StorageError) -> IssuedToken? {
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: session),
      // Row-level security leaves one account to see. Two at once would count without each other.
      "SELECT pg_advisory_xact_lock(hashtextextended('api_token', user_id)) FROM user_account",
      // From here on it isn't deleted. It may have been while we waited.
      "SELECT FROM user_account FOR KEY SHARE",
      """
      INSERT INTO api_token (user_id, token_hash, name, scopes)
      SELECT user_id, \(hash), \(name), \(scopes.map(\.rawValue))
      FROM user_account
      WHERE (SELECT count(*) FROM api_token) < \(APITokens.mostPerUser)
      RETURNING \(sql: APITokens.columns)
      """)
    if rows[1].isEmpty { throw StorageError(.accountGone, "no such account") }
    return try rows[2].first.map { row throws(StorageError) in try APITokens.token(row) }
  }

  /// Ends a token for good.
  ///
  /// - Returns: whether the person had it.
  package func revoke(_ token: APITokenID, askedBy session: [UInt8]) async throws(StorageError) -> Bool {
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: session), "DELETE FROM api_token WHERE token_id = \(token.rawValue)")
    return rows[0].affected == 1
  }

  private static let columns: SQL = "token_id, name, scopes, created_at, last_used_at"

  private static func token(_ row: Row) throws(StorageError) -> IssuedToken {
    try decode { () throws(PostgreSQLError) in
      let scopes: [String] = try row.decode(2)
      return IssuedToken(
        id: APITokenID(try row.decode(0)), name: try row.decode(1),
        scopes: TokenScope.allCases.filter { scopes.contains($0.rawValue) }, createdAt: try row.decode(3),
        lastUsedAt: try row.decode(4))
    }
  }
}
