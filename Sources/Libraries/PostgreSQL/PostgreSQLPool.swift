import Reactor

/// A reactor's connections to one database. Made and used on that reactor alone.
///
/// Independent statements share a few pipelined connections: each is a transaction of its own and fails alone.
/// A transaction borrows a connection. Connections are made when they are first needed and again when they
/// break; while none can be made, callers get `.connection` at once or after one attempt.
///
/// Who gives up: a *cancelled* caller gets `.cancelled` at once, and its statement runs to its end unheard. A
/// *deadline* that passes gives `.deadlineExceeded` at once; if the statement was first in line on its
/// connection, the connection is closed and those behind it get `.connection`. In a transaction both close
/// the connection, and the server rolls back.
///
/// Close it before letting go of it.
///
/// On a shared connection never run what outlives a statement: BEGIN, SET without LOCAL, LISTEN, session locks.
// @unchecked: touched on its reactor's thread alone, as `preconditionOwned()` asserts.
package final class PostgreSQLPool: @unchecked Sendable {
  private let reactor: Reactor
  private let shared: SharedConnections
  private let exclusive: TransactionConnections
  private let allowance: UInt64
  private var isClosed = false
  private var closeWaiters: [CheckedContinuation<Void, Never>] = []

  /// Doesn't connect yet.
  package init(reactor: Reactor, configuration: PostgreSQLConfiguration) {
    reactor.preconditionOwned()
    self.reactor = reactor
    let connector = Connector(on: reactor, configuration)
    shared = SharedConnections(connector)
    exclusive = TransactionConnections(connector)
    allowance = configuration.statementDeadline.clampedNanoseconds
  }

  /// Whether a shared connection is open. False before the first statement.
  package var isReady: Bool {
    reactor.preconditionOwned()
    return !isClosed && shared.isReady
  }

  /// Runs one statement. A script runs on a connection of its own.
  package func query(
    _ sql: SQL, deadline: Duration? = nil
  ) async throws(PostgreSQLError) -> Rows {
    let results =
      sql.isScript ? try await script(sql, deadline) : try await pipeline([sql], deadline: deadline)
    guard let rows = results.last else { throw PostgreSQLError(.decoding, "the statement has no result") }
    return rows
  }

  /// Runs statements in one round trip as one transaction: all or nothing. The error is the first one's.
  package func pipeline(
    _ statements: [SQL], deadline: Duration? = nil
  ) async throws(PostgreSQLError) -> [Rows] {
    reactor.preconditionOwned()
    if isClosed { throw PostgreSQLPool.closed }
    if statements.isEmpty { return [] }
    return try await Submission(statements, allowance: deadline?.clampedNanoseconds ?? allowance)
      .outcome(on: reactor) { shared.submit($0) }
  }

  /// Borrows a connection, runs `body` in a transaction and commits; an error rolls back and is rethrown.
  ///
  /// - Parameter deadline: for the wait for a connection; statements have their own.
  /// - Throws: what `body` threw; else a ``PostgreSQLError``.
  package func withTransaction<R: Sendable>(
    _ isolation: Transaction.Isolation = .readCommitted, readOnly: Bool = false, deadline: Duration? = nil,
    _ body: (inout Transaction) async throws -> R
  ) async throws -> R {
    let connection = try await borrow(deadline)
    defer { exclusive.giveBack(connection) }
    var transaction = Transaction(on: connection, isolation, readOnly: readOnly, allowance: allowance)
    let result: R
    do { result = try await body(&transaction) } catch {
      await transaction.rollBack()
      throw error
    }
    try await transaction.commit()
    return result
  }

  /// Asks the server for an answer.
  package func ping(deadline: Duration? = nil) async throws(PostgreSQLError) {
    _ = try await query("SELECT 1", deadline: deadline)
  }

  /// Refuses new work, lets what is under way end within a statement's deadline, then closes every connection.
  package func close() async {
    reactor.preconditionOwned()
    isClosed = true
    shared.onEnded = { [weak self] in self?.checkEnd() }
    exclusive.onEnded = { [weak self] in self?.checkEnd() }
    shared.close(force: false)
    exclusive.close(force: false)
    if shared.isEnded, exclusive.isEnded { return }
    let timer = reactor.schedule(after: .nanoseconds(Int64(clamping: allowance))) {
      self.shared.close(force: true)
      self.exclusive.close(force: true)
    }
    await withCheckedContinuation { closeWaiters.append($0) }
    timer.cancel()
  }

  private func script(_ sql: SQL, _ deadline: Duration?) async throws(PostgreSQLError) -> [Rows] {
    let connection = try await borrow(deadline)
    defer { exclusive.giveBack(connection) }
    return try await Submission([sql], allowance: deadline?.clampedNanoseconds ?? allowance)
      .outcome(on: reactor) { connection.submit($0) }
  }

  private func borrow(_ deadline: Duration?) async throws(PostgreSQLError) -> Connection {
    reactor.preconditionOwned()
    if isClosed { throw PostgreSQLPool.closed }
    return try await exclusive.borrow(within: deadline?.clampedNanoseconds ?? allowance)
  }

  private func checkEnd() {
    guard shared.isEnded, exclusive.isEnded else { return }
    let waiters = closeWaiters
    closeWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  private static let closed = PostgreSQLError(.poolClosed, "the pool is closed")
}
