import PostgreSQL

/// Brings a database to this program's schema. Runs as the role of `DATABASE_URL`, which owns the tables.
package struct Migrator: Sendable {
  private let pool: PostgreSQLPool

  /// One lock for every migrator of a database: the second waits, then finds nothing left to do.
  private static let lock: Int64 = 0x6372_6174_6b70

  /// - Parameter pool: connected without ``Database/onConnect``, by a role that may create tables and roles.
  package init(pool: PostgreSQLPool) {
    self.pool = pool
  }

  /// What was done, newest last, as `0001 foundation`.
  @discardableResult
  package func migrate() async throws -> [String] {
    try await pool.withTransaction { (transaction: inout Transaction) in
      // Held to the end of the transaction: a migration is all or nothing, also for who waits for it.
      _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(Migrator.lock))", deadline: .seconds(600))
      _ = try await transaction.query("CREATE SCHEMA IF NOT EXISTS cratekeeper")
      _ = try await transaction.query("SET LOCAL search_path TO cratekeeper, pg_temp")
      _ = try await transaction.query(
        """
        CREATE TABLE IF NOT EXISTS schema_migration (
          version    integer     PRIMARY KEY,
          name       text        NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """)
      let rows = try await transaction.query("SELECT coalesce(max(version), 0) FROM schema_migration")
      let applied = try rows[0].decode(0, as: Int.self)
      if applied > Migration.newest { try Migration.compare(applied: applied) }
      var done: [String] = []
      for migration in Migration.all where migration.version > applied {
        try await transaction.run(script: migration.script, deadline: .seconds(3_600))
        _ = try await transaction.query(
          "INSERT INTO schema_migration (version, name) VALUES (\(migration.version), \(migration.name))")
        done.append(String(format: migration.version) + " " + migration.name)
      }
      return done
    }
  }
}

extension String {
  /// A version as four digits, the way the files are named.
  fileprivate init(format version: Int) {
    let digits = String(version)
    self = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
