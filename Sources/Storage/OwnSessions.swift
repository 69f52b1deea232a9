import Domain
import FoundationEssentials
import PostgreSQL

/// Where somebody is signed in.
package struct Session: Sendable {
  package let id: SessionID
  /// Whether it is the one that asks.
  package let isCurrent: Bool
  package let createdAt: Date
  /// To a quarter of an hour.
  package let lastSeenAt: Date
  package let userAgent: String

  package init(id: SessionID, isCurrent: Bool, createdAt: Date, lastSeenAt: Date, userAgent: String) {
    self.id = id
    self.isCurrent = isCurrent
    self.createdAt = createdAt
    self.lastSeenAt = lastSeenAt
    self.userAgent = userAgent
  }
}

/// What a session may see and do of its person's sessions. Throws `unauthenticated` when it isn't alive itself.
extension Sessions {
  /// Where a page of sessions ends; the next begins behind it.
  package struct Position: Sendable, Equatable {
    package let lastSeenAt: Date
    package let session: SessionID

    package init(lastSeenAt: Date, session: SessionID) {
      self.lastSeenAt = lastSeenAt
      self.session = session
    }
  }

  /// At most `limit` living sessions from behind `position`, the one used last first.
  package func list(
    askedBy tokenHash: [UInt8], after position: Position?, limit: Int
  ) async throws(StorageError) -> [Session] {
    let behind: SQL =
      if let position {
        "AND (last_seen_at, session_id) < (\(position.lastSeenAt), \(position.session.rawValue))"
      } else {
        ""
      }
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: tokenHash),
      """
      SELECT session_id, token_hash = \(tokenHash), created_at, last_seen_at, user_agent
      FROM session
      WHERE \(sql: isAlive) \(sql: behind)
      ORDER BY last_seen_at DESC, session_id DESC
      LIMIT \(limit)
      """)
    return try rows[0].map { row throws(StorageError) in
      try decode { () throws(PostgreSQLError) in
        Session(
          id: SessionID(try row.decode(0)), isCurrent: try row.decode(1), createdAt: try row.decode(2),
          lastSeenAt: try row.decode(3), userAgent: try row.decode(4))
      }
    }
  }

  /// Ends one of the person's sessions.
  ///
  /// - Returns: whether it was the one that asks; nil when the person has no such session.
  package func end(_ session: SessionID, askedBy tokenHash: [UInt8]) async throws(StorageError) -> Bool? {
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: tokenHash),
      "DELETE FROM session WHERE session_id = \(session.rawValue) RETURNING token_hash = \(tokenHash)")
    return try decode { () throws(PostgreSQLError) in
      try rows[0].first.map { row throws(PostgreSQLError) in try row.decode(0) }
    }
  }

  /// Ends all of the person's sessions but the one that asks, and says how many there were.
  package func endOthers(askedBy tokenHash: [UInt8]) async throws(StorageError) -> Int {
    let (_, rows) = try await database.asCaller(
      .session(tokenHash: tokenHash), "DELETE FROM session WHERE token_hash <> \(tokenHash)")
    return rows[0].affected
  }

  /// Ends all of the person's sessions, the one that asks included.
  package func endAll(askedBy tokenHash: [UInt8]) async throws(StorageError) {
    _ = try await database.asCaller(.session(tokenHash: tokenHash), "DELETE FROM session")
  }

  /// Ends the session that asks; one that has ended by itself may be ended again.
  package func end(tokenHash: [UInt8]) async throws(StorageError) {
    _ = try await database.together([
      database.enterSession(tokenHash), "DELETE FROM session WHERE token_hash = \(tokenHash)",
    ])
  }
}
