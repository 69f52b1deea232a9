import PostgreSQL
import Reactor
import Storage

/// A migrated database of a test's own, as the service and as its owner see it, on one reactor.
package struct ServiceDatabase: Sendable {
  package let reactor: Reactor
  package let url: String
  /// As the service works: every connection has become the role that owns nothing.
  package let database: Database
  /// The same, for statements of the test's own.
  package let service: PostgreSQLPool
  /// As the owner of the tables, who is a superuser here: no policy binds it.
  package let owner: PostgreSQLPool
}

/// Runs `body` with a migrated database that nobody else uses, and drops it afterwards.
///
/// - Parameter connections: that the service's statements share: with one, they run one after the other.
package func withServiceDatabase<R: Sendable>(
  connections: Int = 4, _ body: @escaping @Sendable (ServiceDatabase) async throws -> R
) async throws -> R {
  let template = try await MigratedTemplate.name()
  return try await withTestDatabase(template: template) { url in
    var service = try PostgreSQLConfiguration(url: url)
    service.onConnect = Database.onConnect
    service.connections = connections
    var owner = try PostgreSQLConfiguration(url: url)
    owner.onConnect = ["SET search_path TO cratekeeper, pg_temp"]
    owner.connections = 1
    return try await onReactor { [service, owner] reactor in
      let pools = (
        PostgreSQLPool(reactor: reactor, configuration: service),
        PostgreSQLPool(reactor: reactor, configuration: owner)
      )
      let outcome: Result<R, any Error>
      do {
        outcome = .success(
          try await body(
            ServiceDatabase(
              reactor: reactor, url: url, database: Database(pool: pools.0), service: pools.0, owner: pools.1)
          ))
      } catch { outcome = .failure(error) }
      await pools.0.close()
      await pools.1.close()
      return try outcome.get()
    }
  }
}

/// The database that the others are copies of: migrated once by each test process, gone with the server.
private enum MigratedTemplate {
  private static let made = Task {
    let database = try await TestDatabase.make()
    let configuration = try PostgreSQLConfiguration(url: database.url)
    try await onReactor { reactor in
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      let outcome: Result<Rows, any Error>
      do {
        try await Migrator(pool: pool).migrate()
        outcome = .success(try await pool.query(evaluate))
      } catch { outcome = .failure(error) }
      await pool.close()
      _ = try outcome.get()
    }
    return database.name
  }

  /// Runs a statement that is put together at run time, for whoever calls, and gives its only column.
  private static let evaluate = SQL(
    trustedScript: """
      CREATE FUNCTION public.evaluate(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
      BEGIN
        RETURN QUERY EXECUTE statement;
      END
      $$;
      GRANT EXECUTE ON FUNCTION public.evaluate TO PUBLIC;
      """)

  static func name() async throws -> String { try await made.value }
}
