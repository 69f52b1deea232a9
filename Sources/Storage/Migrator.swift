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

  /// The newest migration that this program knows.
  package static var newestVersion: Int { Migration.newest }

  /// The same as ``migrate()``, waiting for a database that is away.
  package func migrate(waitingUpTo patience: Duration) async throws -> [String] {
    let giveUpAt = ContinuousClock.now + patience
    while true {
      do {
        return try await migrate()
      } catch let error as PostgreSQLError where error.code == .connection && ContinuousClock.now < giveUpAt {
        try await Task.sleep(for: .milliseconds(500))
      }
    }
  }

  /// What was done, newest last, as `0001 foundation`.
  @discardableResult
  package func migrate() async throws -> [String] {
    try await pool.withTransaction { (transaction: inout Transaction) in
      // Held by this connection until the end, while others run the scripts: each of them is a transaction.
      _ = try await transaction.query(
        "SELECT pg_advisory_xact_lock(\(Migrator.lock))", deadline: .seconds(600))
      _ = try await pool.query(Migration.bookkeeping)
      let rows = try await transaction.query(
        "SELECT coalesce(max(version), 0) FROM cratekeeper.schema_migration")
      let applied = try rows[0].decode(0, as: Int.self)
      if applied > Migration.newest { try Migration.compare(applied: applied) }
      var done: [String] = []
      for migration in Migration.all where migration.version > applied {
        _ = try await pool.query(migration.sql, deadline: .seconds(3_600))
        done.append(migration.title)
      }
      return done
    }
  }
}
