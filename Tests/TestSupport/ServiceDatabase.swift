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

/// Runs `body` with a migrated database that nobody else uses at that time, empty but for what migrations put there.
///
/// - Parameters:
///   - connections: that the service's statements share: with one, they run one after the other.
///   - isAltered: the body changes the schema.
package func withServiceDatabase<R: Sendable>(
  connections: Int = 4, isAltered: Bool = false,
  _ body: @escaping @Sendable (ServiceDatabase) async throws -> R
) async throws -> R {
  try await MigratedDatabases.lend(isAltered: isAltered) { url in
    var service = try PostgreSQLConfiguration.patient(url: url)
    service.onConnect = Database.onConnect
    service.connections = connections
    var owner = try PostgreSQLConfiguration.patient(url: url)
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
