import PostgreSQL
import Reactor
import TestSupport

/// Runs `body` on a reactor with a pool on the throw-away server, and closes the pool.
func withPool<R: Sendable>(
  url: String? = nil, _ configure: @Sendable (inout PostgreSQLConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (PostgreSQLPool) async throws -> R
) async throws -> R {
  var configuration = try PostgreSQLConfiguration(url: try url ?? TestDatabase.serverURL())
  configure(&configuration)
  let final = configuration
  return try await onReactor { reactor in
    let pool = PostgreSQLPool(reactor: reactor, configuration: final)
    do {
      let result = try await body(pool)
      await pool.close()
      return result
    } catch {
      await pool.close()
      throw error
    }
  }
}

/// The error that `body` throws; nil when it throws none.
func failure<R>(_ body: () async throws -> R) async -> PostgreSQLError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? PostgreSQLError }
}
