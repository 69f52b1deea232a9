import PostgreSQL
import Reactor
import TestSupport
import Testing

/// What a test changes in the configuration.
struct Settings: Sendable {
  let apply: @Sendable (inout PostgreSQLConfiguration) -> Void

  init(_ apply: @escaping @Sendable (inout PostgreSQLConfiguration) -> Void = { _ in }) {
    self.apply = apply
  }
}

/// Runs `body` on a reactor with a pool on the throw-away server, and closes the pool.
@discardableResult
func withPool<R: Sendable>(
  url: String? = nil, settings: Settings = Settings(),
  _ body: @escaping @Sendable (PostgreSQLPool) async throws -> R
) async throws -> R {
  var configuration = try PostgreSQLConfiguration.patient(url: try url ?? TestDatabase.serverURL())
  settings.apply(&configuration)
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

/// Checks that `body` throws a ``PostgreSQLError`` with `code`.
///
/// A function and not `#expect`: closures inside of a macro's arguments may take the place of the ones around
/// it (Swift 6.3.1 gives both one symbol).
@discardableResult
func expectFailure<R>(
  _ code: PostgreSQLError.Code, _ location: SourceLocation = #_sourceLocation, _ body: () async throws -> R
) async -> PostgreSQLError? {
  let error = await failure(body)
  if error?.code != code {
    Issue.record("expected \(code), got \(error.map { "\($0)" } ?? "no error")", sourceLocation: location)
  }
  return error
}

/// The error that `body` throws; nil when it throws none.
func failure<R>(_ body: () async throws -> R) async -> PostgreSQLError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? PostgreSQLError }
}

/// Asks the server until the backend `pid` waits for a lock.
func waitUntilBlocked(_ pid: Int, _ transaction: inout Transaction) async throws {
  var isBlocked = false
  while !isBlocked {
    let rows = try await transaction.query("SELECT cardinality(pg_blocking_pids(\(Int32(pid)))) > 0")
    isBlocked = try rows[0].decode(0)
  }
}
