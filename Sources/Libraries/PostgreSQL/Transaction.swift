import Reactor

/// A transaction that is open, on a connection of its own. Can't be copied nor used twice at once.
///
/// After an error nothing more can be done in it: later statements throw `.transactionFailed`, and it is rolled
/// back, also when its body returns as if nothing had happened.
package struct Transaction: ~Copyable {
  package enum Isolation: Sendable {
    case readCommitted
    case repeatableRead
    /// May fail with SQLSTATE 40001: the caller runs it again.
    case serializable
  }

  private enum State {
    /// BEGIN travels with the first statement.
    case notBegun
    case open
    case failed
  }

  private let connection: Connection
  private let allowance: UInt64
  private let begin: SQL
  private var state = State.notBegun

  init(on connection: Connection, _ isolation: Isolation, readOnly: Bool, allowance: UInt64) {
    self.connection = connection
    self.allowance = allowance
    begin =
      switch (isolation, readOnly) {
      case (.readCommitted, false): "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
      case (.readCommitted, true): "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
      case (.repeatableRead, false): "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
      case (.repeatableRead, true): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
      case (.serializable, false): "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
      case (.serializable, true): "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
      }
  }

  /// Runs one statement, or a script. Cancellation and a passed deadline close the connection: everything in
  /// the transaction is rolled back.
  package mutating func query(
    _ sql: SQL, deadline: Duration? = nil
  ) async throws(PostgreSQLError) -> Rows {
    guard let rows = try await pipeline([sql], deadline: deadline).last else {
      throw PostgreSQLError(.decoding, "the statement has no result")
    }
    return rows
  }

  /// Runs several statements in one round trip; a failure skips those behind it.
  package mutating func pipeline(
    _ statements: [SQL], deadline: Duration? = nil
  ) async throws(PostgreSQLError) -> [Rows] {
    if statements.isEmpty { return [] }
    guard state != .failed else {
      throw PostgreSQLError(
        .transactionFailed, "a statement before this one failed; the transaction is rolled back")
    }
    let allowance = deadline?.clampedNanoseconds ?? self.allowance
    var isFirst = state == .notBegun
    state = .failed
    if isFirst, statements[0].isScript {
      _ = try await run([begin], allowance)
      isFirst = false
    }
    let results = try await run(isFirst ? [begin] + statements : statements, allowance)
    state = .open
    return isFirst ? Array(results.dropFirst()) : results
  }

  /// Makes it last. Not cancellable: whoever asks learns whether it happened, unless the connection breaks.
  mutating func commit() async throws(PostgreSQLError) {
    switch state {
    case .notBegun: return
    case .failed:
      await rollBack()
      throw PostgreSQLError(.transactionFailed, "a statement failed; the transaction was rolled back")
    case .open:
      state = .failed
      let results = try await Submission(["COMMIT"], allowance: allowance)
        .outcome(on: connection.reactor, heedsCancellation: false) { connection.submit($0) }
      // The server answers a COMMIT of a failed transaction with ROLLBACK, without an error.
      guard results.first?.tag == "COMMIT" else {
        throw PostgreSQLError(.transactionFailed, "the server rolled the transaction back")
      }
    }
  }

  /// Undoes it. A connection on which that fails is closed, which does the same.
  mutating func rollBack() async {
    guard state != .notBegun, connection.isOpen else { return }
    state = .failed
    do {
      _ = try await Submission(["ROLLBACK"], allowance: allowance)
        .outcome(on: connection.reactor, heedsCancellation: false) { connection.submit($0) }
    } catch { connection.close(error) }
  }

  private func run(_ statements: [SQL], _ allowance: UInt64) async throws(PostgreSQLError) -> [Rows] {
    try await Submission(statements, allowance: allowance)
      .outcome(on: connection.reactor) { connection.submit($0) }
  }
}
