import Domain
import FoundationEssentials
import PostgreSQL

/// Grants and their sealed tokens. What is sealed is bytes here; nothing in this module can open it.
package struct Grants: Sendable {
  /// Both tokens of a grant, sealed under the grant's token version.
  package struct SealedTokens: Sendable {
    package let accessToken: [UInt8]
    package let refreshToken: [UInt8]
    package let accessTokenExpiresAt: Date

    package init(accessToken: [UInt8], refreshToken: [UInt8], accessTokenExpiresAt: Date) {
      self.accessToken = accessToken
      self.refreshToken = refreshToken
      self.accessTokenExpiresAt = accessTokenExpiresAt
    }
  }

  package struct SealedGrant: Sendable {
    package let grant: Grant
    /// Nil when the grant is disconnected.
    package let tokens: SealedTokens?
    /// How long nobody is to ask for a new token, by Postgres' clock, as Spotify refused the last time.
    package let refreshPause: Duration?
    /// Somebody has the lease on asking for a new token.
    package let isBeingRefreshed: Bool
  }

  let database: Database
  private let app: AppID?

  /// - Parameter app: the one that asks, to which grants of others are dead; nil where none does.
  package init(_ database: Database, app: AppID? = nil) {
    self.database = database
    self.app = app
  }

  /// The app's row; made on first sight. The developer account is the client id until configuration says more.
  package func registerApp(clientID: String) async throws(StorageError) -> AppID {
    // Two statements and not one with ON CONFLICT: every start would use up a number of the sequence.
    _ = try await database.query(
      """
      INSERT INTO spotify_app (client_id, developer_account)
      SELECT \(clientID), \(clientID)
      WHERE NOT EXISTS (SELECT FROM spotify_app WHERE client_id = \(clientID))
      ON CONFLICT (client_id) DO NOTHING
      """)
    let rows = try await database.query("SELECT app_id FROM spotify_app WHERE client_id = \(clientID)")
    return AppID(try decode { () throws(PostgreSQLError) in try rows[0].decode(0) })
  }

  package func load(_ user: UserID) async throws(StorageError) -> SealedGrant? {
    let rows = try await database.asUser(user, Grants.select(user, for: app))
    guard let row = rows[0].first else { return nil }
    return try decode { () throws(PostgreSQLError) in
      let accessToken: [UInt8]? = try row.decode(9)
      let refreshToken: [UInt8]? = try row.decode(10)
      let grant = try Grants.grant(row, user)
      var tokens: SealedTokens?
      if let accessToken, let refreshToken, let expiresAt = grant.accessTokenExpiresAt {
        tokens = SealedTokens(
          accessToken: accessToken, refreshToken: refreshToken, accessTokenExpiresAt: expiresAt)
      }
      return SealedGrant(
        grant: grant, tokens: tokens,
        refreshPause: try row.decode(11, as: Double?.self).map { .seconds($0) },
        isBeingRefreshed: try row.decode(12))
    }
  }

  /// The version that the next pair of tokens of `user` is to be sealed under.
  package func nextTokenVersion(of user: UserID) async throws(StorageError) -> Int64 {
    try await load(user).map { $0.grant.tokenVersion + 1 } ?? 1
  }

  /// Stores a new authorization and asks for its first runs, together: the grant is healthy, whatever it was, and
  /// runs that waited for that are due. Its time and its end are Postgres', by whose clock it is judged later.
  ///
  /// - Returns: false when another authorization of the same user was stored meanwhile; nothing is written.
  package func store(
    _ tokens: SealedTokens, of user: UserID, app: AppID, scopes: [String], version: Int64,
    firstRuns: [SyncKind]
  ) async throws(StorageError) -> Bool {
    let stored: SQL = """
      INSERT INTO spotify_grant AS held (
        user_id, app_id, status, scopes, authorized_at, ends_at, access_token, access_token_expires_at,
        refresh_token, token_version)
      VALUES (
        \(user.rawValue), \(app.rawValue), 'healthy', \(scopes), now(),
        \(sql: Grants.end(of: "now()")), \(tokens.accessToken),
        \(tokens.accessTokenExpiresAt), \(tokens.refreshToken), \(version))
      ON CONFLICT (user_id) DO UPDATE
      SET app_id = excluded.app_id,
          status = 'healthy',
          scopes = excluded.scopes,
          authorized_at = excluded.authorized_at,
          ends_at = excluded.ends_at,
          access_token = excluded.access_token,
          access_token_expires_at = excluded.access_token_expires_at,
          refresh_token = excluded.refresh_token,
          token_version = excluded.token_version,
          refresh_lease = NULL,
          refresh_lease_until = NULL,
          refresh_not_before = NULL,
          suspect_since = NULL,
          refused_at = NULL,
          refusals = 0,
          last_error = NULL
      WHERE held.token_version < excluded.token_version
      RETURNING user_id
      """
    let runs = firstRuns.map { SyncRuns.insert($0, for: user, trigger: .connect) }
    let statements = [stored, SyncRuns.wake(waitingFor: "grant_suspect", of: user)] + runs
    let rows = try await database.asUser(user, statements + [SyncSchedule.begin(firstRuns, for: user)])
    for woken in rows[1] {
      database.announce(RunID(try decode { () throws(PostgreSQLError) in try woken.decode(0) }))
    }
    return rows[0].count == 1
  }

  /// When Spotify ends what was authorized at a time: the day six months later in UTC's calendar, or that month's last.
  static func end(of authorization: SQL) -> SQL {
    "((\(sql: authorization)) AT TIME ZONE 'UTC' + interval '6 months') AT TIME ZONE 'UTC'"
  }

  /// Takes the right to ask Spotify for the next token, for as long as `lease` lasts.
  ///
  /// - Returns: false when somebody else has it, or has stored a newer version meanwhile.
  package func beginRefresh(
    of user: UserID, version: Int64, holder: UUID, lease: Duration
  ) async throws(StorageError) -> Bool {
    let rows = try await database.asUser(
      user,
      """
      UPDATE spotify_grant
      SET refresh_lease = \(holder),
          refresh_lease_until = clock_timestamp() + make_interval(secs => \(lease.seconds))
      WHERE user_id = \(user.rawValue)
        AND token_version = \(version)
        AND status IN ('healthy', 'suspect')
        AND (refresh_lease_until IS NULL OR refresh_lease_until < clock_timestamp())
        AND (refresh_not_before IS NULL OR refresh_not_before < clock_timestamp())
      RETURNING user_id
      """)
    return rows[0].count == 1
  }

  /// Stores what a refresh gave, if `version` is still the newest; also when the lease has ended meanwhile, for Spotify
  /// may have ended the old refresh token with its answer. May be tried again when it can't be told whether it was.
  ///
  /// - Returns: false when another version was stored; nothing is written.
  package func endRefresh(
    of user: UserID, version: Int64, tokens: SealedTokens, scopes: [String]?
  ) async throws(StorageError) -> Bool {
    let rows = try await database.asUser(
      user,
      """
      UPDATE spotify_grant
      SET access_token = \(tokens.accessToken),
          access_token_expires_at = \(tokens.accessTokenExpiresAt),
          refresh_token = \(tokens.refreshToken),
          token_version = \(version + 1),
          scopes = coalesce(\(scopes), scopes),
          status = 'healthy',
          suspect_since = NULL,
          refused_at = NULL,
          refusals = 0,
          last_error = NULL,
          refreshed_at = clock_timestamp(),
          refresh_not_before = NULL,
          refresh_lease = NULL,
          refresh_lease_until = NULL
      WHERE user_id = \(user.rawValue) AND token_version = \(version)
      RETURNING user_id
      """)
    return rows[0].count == 1
  }

  /// - Parameter app: as in ``init(_:app:)``.
  static func select(_ user: UserID, for app: AppID?) -> SQL {
    """
    SELECT app_id,
           coalesce(app_id <> \(app?.rawValue), false) AS is_of_another_app,
           CASE WHEN app_id <> \(app?.rawValue) AND status <> 'disconnected' THEN 'dead' ELSE status END AS status,
           scopes, authorized_at, ends_at, access_token_expires_at, token_version, suspect_since,
           access_token, refresh_token,
           CASE WHEN refresh_not_before > clock_timestamp()
             THEN extract(epoch FROM refresh_not_before - clock_timestamp())::double precision
           END AS refresh_pause,
           coalesce(refresh_lease_until > clock_timestamp(), false) AS is_being_refreshed
    FROM spotify_grant
    WHERE user_id = \(user.rawValue)
    """
  }

  static func grant(_ row: Row, _ user: UserID) throws(PostgreSQLError) -> Grant {
    Grant(
      user: user, app: AppID(try row.decode(0)), isOfAnotherApp: try row.decode(1), status: try row.decode(2),
      scopes: try row.decode(3), authorizedAt: try row.decode(4), endsAt: try row.decode(5),
      accessTokenExpiresAt: try row.decode(6), tokenVersion: try row.decode(7),
      suspectSince: try row.decode(8))
  }
}

extension Duration {
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
