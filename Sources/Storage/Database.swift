import Domain
import PostgreSQL

/// The service's way to Postgres from one reactor.
///
/// What concerns a person goes through ``asUser(_:_:)``: the setting that the policies compare travels in the
/// same round trip as the statements, and all of them are one transaction.
package struct Database: Sendable {
  let pool: PostgreSQLPool
  let sessionLifetime: SessionLifetime
  private let onRunChange: @Sendable (RunID) -> Void

  /// - Parameters:
  ///   - sessionLifetime: what decides whether a session is alive.
  ///   - onRunChange: called on the pool's reactor after a run's row was changed: how far it is, or what became
  ///     of it.
  package init(
    pool: PostgreSQLPool, sessionLifetime: SessionLifetime = .standard,
    onRunChange: @escaping @Sendable (RunID) -> Void = { _ in }
  ) {
    self.pool = pool
    self.sessionLifetime = sessionLifetime
    self.onRunChange = onRunChange
  }

  /// What every connection of the service does first: become the role that owns nothing.
  package static let onConnect: [SQL] = [
    "SET search_path TO cratekeeper, pg_temp",
    "SET ROLE cratekeeper_service",
    // Policies are read as Postgres writes them.
    "SET quote_all_identifiers TO off",
  ]

  /// Runs statements as `user`, all or none, and returns what each gave.
  func asUser(_ user: UserID, _ statements: SQL...) async throws(StorageError) -> [Rows] {
    try await asUser(user, statements)
  }

  func asUser(_ user: UserID, _ statements: [SQL]) async throws(StorageError) -> [Rows] {
    Array(try await together([Database.enter(user)] + statements).dropFirst())
  }

  /// Runs statements that change a run's row, all or none, as the run's holder or its user, and says so.
  func changing(_ run: RunID, of user: UserID, _ statements: SQL...) async throws(StorageError) -> [Rows] {
    try await changing(run, of: user, statements)
  }

  func changing(_ run: RunID, of user: UserID, _ statements: [SQL]) async throws(StorageError) -> [Rows] {
    let rows = try await asUser(user, statements)
    announce(run)
    return rows
  }

  /// Says that a run's row was changed, or is gone.
  func announce(_ run: RunID) { onRunChange(run) }

  /// Runs statements that concern nobody in particular, all or none.
  ///
  /// Two writers of the catalogue that update the same rows may deadlock; Postgres undoes one of them whole, which
  /// then simply goes again.
  func together(_ statements: [SQL]) async throws(StorageError) -> [Rows] {
    var deadlocks = 0
    while true {
      do throws(PostgreSQLError) {
        return try await pool.pipeline(statements)
      } catch {
        guard error.code == .server("40P01"), deadlocks < Database.mostDeadlocks else {
          throw StorageError(error)
        }
        deadlocks += 1
      }
    }
  }

  private static let mostDeadlocks = 5

  func query(_ statement: SQL, deadline: Duration? = nil) async throws(StorageError) -> Rows {
    do { return try await pool.query(statement, deadline: deadline) } catch { throw StorageError(error) }
  }

  /// Runs `body` in a transaction as `user`, for what has to be decided between reading and writing.
  func transaction<Value: Sendable>(
    as user: UserID, _ body: (inout Transaction) async throws -> Value
  ) async throws(StorageError) -> Value {
    do {
      return try await pool.withTransaction { (transaction: inout Transaction) in
        _ = try await transaction.query(Database.enter(user))
        return try await body(&transaction)
      }
    } catch let error as PostgreSQLError {
      throw StorageError(error)
    } catch {
      throw error as? StorageError ?? StorageError(.unexpected, "\(error)")
    }
  }

  static func enter(_ user: UserID) -> SQL {
    "SELECT set_config('app.user_id', \(String(user.rawValue)), true)::bigint, true"
  }
}

extension Database {
  /// Checks that this program may run on this database: it is migrated, not newer, and the role sees no more
  /// than it should.
  package func checkReadiness() async throws(StorageError) {
    let powers = try await query(RolePowers.of("current_user"))
    let applied = try await query("SELECT coalesce(max(version), 0) FROM schema_migration")
    guard powers.isEmpty else {
      let words = try decode { () throws(PostgreSQLError) in
        try powers.map { row throws(PostgreSQLError) in try row.decode(0, as: String.self) }
      }
      throw StorageError(
        .mightyRole,
        """
        the database role could bypass row-level security after SET ROLE, so nothing is served by it: \
        it \(words.joined(separator: "; it "))
        """)
    }
    let version = try decode { () throws(PostgreSQLError) in try applied[0].decode(0, as: Int.self) }
    try Migration.compare(applied: version)
  }
}

/// Turns a decoding fault into the module's error.
func decode<Value>(_ body: () throws(PostgreSQLError) -> Value) throws(StorageError) -> Value {
  do { return try body() } catch { throw StorageError(error) }
}
