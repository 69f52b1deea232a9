import PostgreSQL
import Reactor
import Storage
import TestSupport
import Testing

@Suite("Migrations")
struct MigratorTests {
  private static let all = ["0001 foundation", "0002 catalogue", "0003 sync"]

  /// An empty database, and a pool of its owner's.
  private func withEmptyDatabase<R: Sendable>(
    _ body: @escaping @Sendable (Reactor, String, PostgreSQLPool) async throws -> R
  ) async throws -> R {
    try await withTestDatabase { url in
      let configuration = try PostgreSQLConfiguration.patient(url: url)
      return try await onReactor { reactor in
        let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
        do {
          let result = try await body(reactor, url, pool)
          await pool.close()
          return result
        } catch {
          await pool.close()
          throw error
        }
      }
    }
  }

  /// The service's connections to it.
  private func readiness(
    _ reactor: Reactor, _ url: String, onConnect: [SQL] = Database.onConnect
  ) async throws -> StorageError? {
    var configuration = try PostgreSQLConfiguration.patient(url: url)
    configuration.onConnect = onConnect
    let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
    var found: StorageError?
    do { try await Database(pool: pool).checkReadiness() } catch { found = error }
    await pool.close()
    return found
  }

  @Test("run once, then find nothing left to do")
  func twice() async throws {
    try await withEmptyDatabase { reactor, url, pool in
      let migrator = Migrator(pool: pool)
      let first = try await migrator.migrate()
      #expect(first.starts(with: Self.all))
      #expect(try await migrator.migrate() == [])
      #expect(try await readiness(reactor, url) == nil)
    }
  }

  @Test("at once, one migrator does everything and the others wait and find nothing")
  func atTheSameTime() async throws {
    try await withEmptyDatabase { reactor, url, pool in
      let done = try await atOnce(4) { _ in
        let pool = PostgreSQLPool(
          reactor: reactor, configuration: try PostgreSQLConfiguration.patient(url: url))
        let outcome: Result<[String], any Error>
        do { outcome = .success(try await Migrator(pool: pool).migrate()) } catch {
          outcome = .failure(error)
        }
        await pool.close()
        return try outcome.get()
      }
      #expect(done.filter { $0.starts(with: Self.all) }.count == 1)
      #expect(done.filter(\.isEmpty).count == 3)
    }
  }

  @Test("a database that knows more than the program is refused by both")
  func newer() async throws {
    try await withEmptyDatabase { reactor, url, pool in
      try await Migrator(pool: pool).migrate()
      _ = try await pool.query(
        "INSERT INTO cratekeeper.schema_migration (version, name) VALUES (9999, 'from the future')")
      #expect(await storageCode { try await Migrator(pool: pool).migrate() } == .newerDatabase)
      #expect(try await readiness(reactor, url)?.code == .newerDatabase)
    }
  }

  @Test("a database that is not migrated, or not to the end, says so")
  func notMigrated() async throws {
    try await withEmptyDatabase { reactor, url, pool in
      // Another database of this server may have made the role.
      try await withServiceDatabase { _ in }
      #expect(try await readiness(reactor, url)?.code == .notMigrated)
      // As on a server where no migration ever ran.
      let roleless = try await readiness(reactor, url, onConnect: ["SET ROLE a_role_that_nobody_made"])
      #expect(roleless?.code == .notMigrated)
      try await Migrator(pool: pool).migrate()
      _ = try await pool.query(
        """
        DELETE FROM cratekeeper.schema_migration
        WHERE version = (SELECT max(version) FROM cratekeeper.schema_migration)
        """)
      let error = try #require(try await readiness(reactor, url))
      #expect(error.code == .notMigrated)
      #expect(error.message.contains("cratekeeper migrate"))
    }
  }

  @Test("a script that fails leaves nothing of itself")
  func failing() async throws {
    try await withEmptyDatabase { _, _, pool in
      // In the way of the second migration.
      _ = try await pool.query(
        SQL(trustedScript: "CREATE SCHEMA cratekeeper; CREATE TABLE cratekeeper.track ()"))
      await #expect(throws: (any Error).self) { try await Migrator(pool: pool).migrate() }
      let applied = try await pool.query("SELECT version FROM cratekeeper.schema_migration")
      #expect(applied.count == 1)
      let left = try await pool.query("SELECT to_regclass('cratekeeper.album') IS NULL")
      #expect(try left[0].decode(0) == true)
      _ = try await pool.query("DROP TABLE cratekeeper.track")
      #expect(try await Migrator(pool: pool).migrate().starts(with: Self.all.dropFirst()))
    }
  }
}
