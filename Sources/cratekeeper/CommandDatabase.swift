import PostgreSQL
import Reactor

/// Postgres for a command that ends with its work.
enum CommandDatabase {
  /// Starts a reactor and a pool, named like the command, and closes the pool whatever happens.
  static func use<Result: Sendable>(
    _ database: PostgreSQLConfiguration, for command: String,
    _ body: @escaping @Sendable (Reactor, PostgreSQLPool) async throws -> Result
  ) async throws -> Result {
    var configuration = database
    configuration.applicationName = "cratekeeper \(command)"
    let reactor = try Reactor.start(name: command)
    return try await reactor.run { [configuration] in
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      do {
        let result = try await body(reactor, pool)
        await pool.close()
        return result
      } catch {
        await pool.close()
        throw error
      }
    }
  }
}
