import Domain
import PostgreSQL

/// Everybody's grants as far as their seals go: which keys they name, whose they are, and putting on new ones.
/// What is sealed is bytes here; nothing in this module can open it.
package struct SealedGrants: Sendable {
  /// How many stored tokens name a key.
  package struct KeyUse: Sendable, Equatable {
    /// Nil for tokens that are damaged and name none.
    package let keyID: String?
    package let tokens: Int

    package init(keyID: String?, tokens: Int) {
      self.keyID = keyID
      self.tokens = tokens
    }
  }

  /// Both tokens of a grant, as they are stored. A missing one is empty.
  package struct Pair: Sendable, Equatable {
    package let user: UserID
    /// The grant's, under which both are sealed.
    package let version: Int64
    package var accessToken: [UInt8]
    package var refreshToken: [UInt8]

    package init(user: UserID, version: Int64, accessToken: [UInt8], refreshToken: [UInt8]) {
      self.user = user
      self.version = version
      self.accessToken = accessToken
      self.refreshToken = refreshToken
    }
  }

  private let database: Database

  /// How many users one question asks for.
  private static let usersAtOnce: Int64 = 10_000
  /// For what reads the whole table.
  private static let patience = Duration.seconds(60)

  package init(_ database: Database) {
    self.database = database
  }

  /// Which keys the stored tokens name, in the order of their ids. Reads the whole table.
  package func keyUses() async throws(StorageError) -> [KeyUse] {
    let rows = try await database.query(
      "SELECT key_id, tokens FROM key_uses()", deadline: SealedGrants.patience)
    return try decode { () throws(PostgreSQLError) in
      try rows.map { row throws(PostgreSQLError) in
        KeyUse(keyID: try row.decode(0), tokens: try row.decode(1))
      }
    }
  }

  /// Whose tokens name another key than `key`, or none; with nil, who has tokens. In order.
  package func users(notUnder key: String?) async throws(StorageError) -> [UserID] {
    var users: [UserID] = []
    while true {
      let rows = try await database.query(
        """
        SELECT * FROM users_with_tokens(\(key), \(users.last?.rawValue ?? Int64.min), \(SealedGrants.usersAtOnce))
        """, deadline: SealedGrants.patience)
      if rows.isEmpty { return users }
      users += try decode { () throws(PostgreSQLError) in
        try rows.map { row throws(PostgreSQLError) in UserID(try row.decode(0)) }
      }
    }
  }

  /// The first users, at most so many, with a token that names `key`.
  package func users(under key: String, most: Int) async throws(StorageError) -> [UserID] {
    let rows = try await database.query(
      "SELECT * FROM users_under_key(\(key), \(Int64(most)))", deadline: SealedGrants.patience)
    return try decode { () throws(PostgreSQLError) in
      try rows.map { row throws(PostgreSQLError) in UserID(try row.decode(0)) }
    }
  }

  /// The tokens of so many users, each read as that user, in one round trip. Who has none any more is left out.
  package func load(_ users: some Collection<UserID>) async throws(StorageError) -> [Pair] {
    let rows = try await database.together(users.flatMap { [Database.enter($0), SealedGrants.select($0)] })
    var pairs: [Pair] = []
    for (user, answer) in zip(users, stride(from: 1, to: rows.count, by: 2)) {
      guard let row = rows[answer].first else { continue }
      pairs.append(
        try decode { () throws(PostgreSQLError) in
          Pair(
            user: user, version: try row.decode(0), accessToken: try row.decode(1),
            refreshToken: try row.decode(2))
        })
    }
    return pairs
  }

  /// Puts new seals in the place of old ones, each as its user, in one transaction and round trip. A grant whose
  /// version or tokens are not the old ones any more is left as it is. Versions stay: whoever refreshes a token
  /// at that moment compares them, and must find its own.
  ///
  /// - Parameter changes: of the same user and version each, in the order of users: two of these at once wait
  ///   for each other's rows in one direction. Others lock the grant of one user at most.
  /// - Returns: how many were replaced.
  package func replace(_ changes: [(old: Pair, new: Pair)]) async throws(StorageError) -> Int {
    let rows = try await database.together(
      changes.flatMap { [Database.enter($0.old.user), SealedGrants.update($0.old, $0.new)] })
    return stride(from: 1, to: rows.count, by: 2).reduce(0) { $0 + rows[$1].affected }
  }

  private static func select(_ user: UserID) -> SQL {
    """
    SELECT token_version, coalesce(access_token, ''), coalesce(refresh_token, '')
    FROM spotify_grant
    WHERE user_id = \(user.rawValue) AND (access_token IS NOT NULL OR refresh_token IS NOT NULL)
    """
  }

  private static func update(_ old: Pair, _ new: Pair) -> SQL {
    """
    UPDATE spotify_grant
    SET access_token = \(new.accessToken),
        refresh_token = \(new.refreshToken)
    WHERE user_id = \(old.user.rawValue)
      AND token_version = \(old.version)
      AND access_token = \(old.accessToken)
      AND refresh_token = \(old.refreshToken)
    """
  }
}
