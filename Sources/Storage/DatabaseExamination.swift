import FoundationEssentials
import PostgreSQL

/// What a server of Postgres and its roles are like, whatever state they are in.
package struct DatabaseFacts: Sendable {
  /// What the service becomes after connecting.
  package struct ServiceRole: Sendable {
    /// What would let it see across users, each in words that follow its name.
    package let powers: [String]
    /// Whether the role that connects may become it.
    package let isOpenToLogin: Bool
  }

  /// Such as 150014.
  package let versionNumber: Int
  package let version: String
  package let clock: Date
  /// Settings that are off although what is committed depends on them.
  package let unsafeSettings: [String]
  package let login: String
  package let loginIsSuperuser: Bool
  /// Nil: no migration was ever run on this server.
  package let serviceRole: ServiceRole?
  /// Whether a migration was ever run on this database.
  package let hasSchema: Bool
}

/// Looks at a database without expecting anything of it, and changes nothing.
package struct DatabaseExamination: Sendable {
  private let pool: PostgreSQLPool

  /// - Parameter pool: connected without ``Database/onConnect``, whose role may not be there.
  package init(pool: PostgreSQLPool) {
    self.pool = pool
  }

  package func facts() async throws(PostgreSQLError) -> DatabaseFacts {
    let rows = try await pool.pipeline([DatabaseExamination.server, DatabaseExamination.serviceRole])
    guard let server = rows[0].first else { throw PostgreSQLError(.decoding, "the server says nothing") }
    return DatabaseFacts(
      versionNumber: try server.decode("number"), version: try server.decode("version"),
      clock: try server.decode("clock"), unsafeSettings: try server.decode("unsafe"),
      login: try server.decode("login"), loginIsSuperuser: try server.decode("is_superuser"),
      serviceRole: try DatabaseExamination.role(rows[1].first), hasSchema: try server.decode("has_schema"))
  }

  private static func role(_ row: Row?) throws(PostgreSQLError) -> DatabaseFacts.ServiceRole? {
    guard let row else { return nil }
    return DatabaseFacts.ServiceRole(
      powers: try row.decode("powers"), isOpenToLogin: try row.decode("is_open"))
  }

  private static let server: SQL = """
    SELECT current_setting('server_version_num')::int AS number,
           current_setting('server_version') AS version,
           clock_timestamp() AS clock,
           ARRAY(
             SELECT name
             FROM pg_settings
             WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
             ORDER BY name
           )::text[] AS unsafe,
           current_user::text AS login,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
           EXISTS (
             SELECT FROM pg_class AS c
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'cratekeeper' AND c.relname = 'schema_migration'
           ) AS has_schema
    """

  private static let serviceRole: SQL = """
    SELECT ARRAY(\(sql: RolePowers.of("'cratekeeper_service'")))::text[] AS powers,
           pg_has_role(current_user, r.oid, 'MEMBER') AS is_open
    FROM pg_roles AS r
    WHERE r.rolname = 'cratekeeper_service'
    """
}

extension Database {
  /// The newest migration that was run on this database.
  package func appliedMigration() async throws(StorageError) -> Int {
    let rows = try await query("SELECT coalesce(max(version), 0) FROM schema_migration")
    return try decode { () throws(PostgreSQLError) in try rows[0].decode(0) }
  }
}
