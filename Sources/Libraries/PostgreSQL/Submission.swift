import Reactor

/// What one caller sends before one Sync: the server makes it a transaction of its own, and its failure
/// hurts no other on the same connection.
// @unchecked: touched on the reactor alone; a canceller on another thread only posts.
final class Submission: @unchecked Sendable {
  enum Command {
    case prepare(StatementCache.Prepared)
    case run(StatementCache.Prepared)
    case deallocate(name: String)
  }

  typealias Outcome = Result<[Rows], PostgreSQLError>

  let statements: [SQL]
  /// How long it may take, in nanoseconds.
  let allowance: UInt64
  var deadline: Instant

  // What the connection notes while it is under way.
  var commands: [Command] = []
  var position = 0
  var results: [Rows] = []
  var failure: PostgreSQLError?
  var ranBefore = false
  var next: Submission?
  var connection: Connection?

  private var continuation: UnsafeContinuation<Outcome, Never>?
  private var callback: ((Outcome) -> Void)?

  init(_ statements: [SQL], allowance: UInt64) {
    self.statements = statements
    self.allowance = allowance
    deadline = Instant.now.advanced(by: allowance)
  }

  /// Without a task: what a connection sends for itself.
  convenience init(
    _ statements: [SQL], allowance: UInt64, _ callback: @escaping (Outcome) -> Void
  ) {
    self.init(statements, allowance: allowance)
    self.callback = callback
  }

  /// Whether anybody still waits for it.
  var isAwaited: Bool { continuation != nil || callback != nil }

  var isScript: Bool { statements.first?.isScript ?? false }

  /// Hands it to `start` and suspends until it ends, its deadline passes or the task is cancelled.
  ///
  /// - Parameter heedsCancellation: false for what must be finished either way, a COMMIT or ROLLBACK.
  func outcome(
    on reactor: Reactor, heedsCancellation: Bool = true, _ start: (Submission) -> Void
  ) async throws(PostgreSQLError) -> [Rows] {
    try check()
    guard heedsCancellation else {
      return try await withUnsafeContinuation { continuation in
        self.continuation = continuation
        start(self)
      }.get()
    }
    if Task.isCancelled { throw Submission.cancelled }
    return try await withTaskCancellationHandler {
      // Resumed exactly once, by `end`.
      await withUnsafeContinuation { continuation in
        self.continuation = continuation
        start(self)
      }
    } onCancel: {
      reactor.post { self.cancel() }
    }.get()
  }

  /// Gives the caller its answer; what comes later is dropped.
  func end(_ outcome: Outcome) {
    let continuation = self.continuation
    let callback = self.callback
    self.continuation = nil
    self.callback = nil
    continuation?.resume(returning: outcome)
    callback?(outcome)
  }

  /// Before it is sent again.
  func rewind() {
    commands.removeAll(keepingCapacity: true)
    position = 0
    results = []
    failure = nil
    ranBefore = true
  }

  private func cancel() {
    guard isAwaited else { return }
    end(.failure(Submission.cancelled))
    connection?.abandoned(self)
  }

  private func check() throws(PostgreSQLError) {
    if statements.count > 1, statements.contains(where: \.isScript) {
      throw PostgreSQLError(.encoding, "a script can't be part of a pipeline")
    }
    for statement in statements { try statement.check() }
  }

  private static let cancelled = PostgreSQLError(.cancelled, "the caller was cancelled")
  static let late = PostgreSQLError(.deadlineExceeded, "the statement was not answered in time")
}
