import CPostgreSQL
import Reactor

/// One libpq connection in pipeline mode: sends submissions, each with its own Sync, and hands out what comes
/// back in the same order.
///
/// It never blocks and never reconnects. Whatever breaks it ends all that is on it with one error.
// @unchecked: touched on its reactor's thread alone, which `submit` asserts.
final class Connection: @unchecked Sendable {
  let reactor: Reactor
  /// Whether one caller has it to itself; then a caller that gives up takes it down.
  let isExclusive: Bool
  let openedAt = Instant.now
  private(set) var waiting = 0
  /// Called once, when it is over.
  var onClosed: ((PostgreSQLError) -> Void)?

  private(set) var handle: OpaquePointer?
  private var watcher: DescriptorWatcher?
  private var flushing: DeferredAction?
  private var deadlines: DeadlineTimer?
  private let frame = ParameterFrame()
  private var cache: StatementCache
  /// Names that the server still knows and we don't.
  private var stale: [String] = []
  private var isDraining = false
  private var head: Submission?
  private var tail: Submission?

  /// Takes over a connected `handle`.
  init(
    _ handle: OpaquePointer, on reactor: Reactor, isExclusive: Bool, preparedStatements: Int
  ) throws(PostgreSQLError) {
    self.reactor = reactor
    self.isExclusive = isExclusive
    self.handle = handle
    cache = StatementCache(limit: preparedStatements)
    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
      throw PostgreSQLError(handle)
    }
    do {
      watcher = try reactor.watch(PQsocket(handle), for: .readable) { [weak self] events in
        self?.wake(events)
      }
    } catch { throw PostgreSQLError(.connection, error.description) }
    flushing = DeferredAction(on: reactor) { [weak self] in self?.flush() }
    deadlines = DeadlineTimer(on: reactor) { [weak self] now in self?.expire(now) }
  }

  var isOpen: Bool { handle != nil }

  /// Whether the next caller may have it: nothing is under way, neither statements nor a transaction, and the
  /// server doesn't keep more prepared statements for it than it should.
  var isReusable: Bool {
    guard let handle, head == nil else { return false }
    return PQtransactionStatus(handle) == PQTRANS_IDLE && !cache.isOverfull && stale.isEmpty
  }

  /// Sends it at once. Ends it with an error when the connection is closed.
  func submit(_ submission: Submission) {
    reactor.preconditionOwned()
    guard handle != nil else {
      return submission.end(.failure(PostgreSQLError(.connection, "the connection is closed")))
    }
    submission.connection = self
    append(submission)
    guard submission.isScript ? sendScript(submission) : send(submission) else { return closeBroken() }
    deadlines?.cover(submission.deadline)
    flushing?.arm()
    // An exclusive one must be quiet when its caller is done; it is closed instead.
    if !isExclusive { dropStale() }
  }

  /// The caller gave up. On a shared connection the statement goes on without anybody to hear its answer.
  func abandoned(_ submission: Submission) {
    if isExclusive { close(PostgreSQLError(.connection, "a statement on this connection was given up")) }
  }

  /// Closes as soon as nothing is under way.
  func drain() {
    isDraining = true
    if head == nil { close(Connection.ended) }
  }

  /// Ends everything on it with `error`. The server rolls an open transaction back; a statement that is
  /// running there is ended within a second (`client_connection_check_interval`).
  func close(_ error: PostgreSQLError) {
    reactor.preconditionOwned()
    guard let handle else { return }
    self.handle = nil
    watcher?.stop()
    flushing?.cancel()
    deadlines?.cancel()
    PQfinish(handle)
    while let submission = popFirst() { submission.end(.failure(error)) }
    let closed = onClosed
    onClosed = nil
    closed?(error)
  }

  // MARK: Sending

  private func send(_ submission: Submission) -> Bool {
    for sql in submission.statements {
      let (statement, isNew) = cache.statement(for: sql, trusting: !submission.ranBefore)
      if isNew {
        submission.commands.append(.prepare(statement))
        let types = sql.parameters.map(\.type.oid)
        guard PQsendPrepare(handle, statement.name, sql.text, Int32(types.count), types) == 1 else {
          return false
        }
      }
      submission.commands.append(.run(statement))
      let sent = frame.with(sql.parameters) { count, values, lengths, formats in
        PQsendQueryPrepared(handle, statement.name, count, values, lengths, formats, 1)
      }
      guard sent == 1 else { return false }
    }
    return PQpipelineSync(handle) == 1
  }

  /// By the simple protocol, outside of pipeline mode: the connection has nothing else to do.
  private func sendScript(_ submission: Submission) -> Bool {
    PQexitPipelineMode(handle) == 1 && PQsendQuery(handle, submission.statements[0].text) == 1
  }

  /// Tells the server to forget what fell out of the cache.
  private func dropStale() {
    stale += cache.trim().map(\.name)
    guard !stale.isEmpty else { return }
    let submission = Submission([], allowance: 10_000_000_000)
    append(submission)
    for name in stale {
      submission.commands.append(.deallocate(name: name))
      guard PQsendQueryParams(handle, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) == 1 else {
        return closeBroken()
      }
    }
    stale = []
    if PQpipelineSync(handle) != 1 { closeBroken() }
  }

  /// libpq 15 writes at every Sync; this is for what the socket didn't take then.
  private func flush() {
    guard let handle else { return }
    switch PQflush(handle) {
    case 0: watcher?.update(.readable)
    case 1: watcher?.update([.readable, .writable])
    default: return closeBroken()
    }
    // Where libpq can't write it reads: what it took from the socket then, no watcher tells.
    receive(handle)
  }

  // MARK: Receiving

  private func wake(_ events: DescriptorWatcher.Events) {
    guard let handle else { return }
    if events.contains(.readable) {
      let isAlive = PQconsumeInput(handle) == 1
      receive(handle)
      // What arrived before the end is handed out first.
      if !isAlive { return closeBroken() }
    }
    if events.contains(.writable) { flush() }
  }

  private func receive(_ handle: OpaquePointer) {
    var emptyInARow = 0
    while self.handle != nil, PQisBusy(handle) == 0, let submission = head {
      if let pointer = PQgetResult(handle) {
        emptyInARow = 0
        take(ResultHandle(pointer), for: submission)
      } else if submission.isScript {
        PQenterPipelineMode(handle)
        finishFirst()
      } else {
        // The end of a command; several in a row are not in the protocol.
        submission.position += 1
        emptyInARow += 1
        guard emptyInARow < 4 else { return closeBroken() }
      }
    }
  }

  private func take(_ result: ResultHandle, for submission: Submission) {
    switch result.status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      if submission.isScript {
        submission.results = [Rows(result: result.withoutRows())]
      } else {
        switch submission.command {
        case .run: submission.results.append(Rows(result: result))
        case .prepare(let statement): statement.isConfirmed = true
        case .deallocate, nil: break
        }
      }
    case PGRES_PIPELINE_SYNC: finishFirst()
    case PGRES_PIPELINE_ABORTED: note(nil, submission.command)
    case PGRES_FATAL_ERROR:
      let error = PostgreSQLError(result)
      if submission.failure == nil { submission.failure = error }
      note(error, submission.command)
    default:
      close(PostgreSQLError(.connection, "COPY is not supported"))
    }
  }

  /// Keeps the cache true to what the server knows after a command failed, or was skipped (`error` is nil).
  private func note(_ error: PostgreSQLError?, _ command: Submission.Command?) {
    switch command {
    case .prepare(let statement): _ = cache.forget(statement)
    case .run(let statement):
      if error?.meansUnknownStatement == true { _ = cache.forget(statement) }
      if error?.meansStalePlan == true, cache.forget(statement) { stale.append(statement.name) }
    case .deallocate(let name):
      if error?.meansUnknownStatement != true { stale.append(name) }
    case nil: break
    }
  }

  private func finishFirst() {
    guard let submission = popFirst() else { return }
    if let failure = submission.failure {
      if mayRunAgain(submission, failure) {
        submission.rewind()
        return submit(submission)
      }
      submission.end(.failure(failure))
    } else {
      submission.end(.success(submission.results))
    }
    guard head == nil else { return }
    if isDraining { return close(Connection.ended) }
    if !isExclusive, PQtransactionStatus(handle) != PQTRANS_IDLE {
      close(PostgreSQLError(.connection, "a statement left a transaction open on a shared connection"))
    }
  }

  /// A statement that a neighbour's failed prepare took with it, or whose table has changed, didn't run: its
  /// submission was rolled back as a whole and is sent once more.
  private func mayRunAgain(_ submission: Submission, _ failure: PostgreSQLError) -> Bool {
    !isExclusive && !submission.ranBefore && submission.isAwaited
      && (failure.meansUnknownStatement || failure.meansStalePlan)
  }

  // MARK: Ending

  /// Who is late gets the error at once. When the first in line is late, the server is stuck: nobody behind it
  /// can be answered. One behind it is given up and becomes a reason to close when its time passes twice.
  private func expire(_ now: Instant) -> Instant? {
    var next = Instant.never
    var candidate = head
    while let submission = candidate {
      candidate = submission.next
      if submission.deadline <= now {
        submission.end(.failure(Submission.late))
        if submission === head || isExclusive {
          close(PostgreSQLError(.connection, "another statement on this connection ran past its deadline"))
          return nil
        }
        submission.deadline = now.advanced(by: submission.allowance)
      }
      next = min(next, submission.deadline)
    }
    return next == .never ? nil : next
  }

  private func closeBroken() {
    close(Connection.broken)
  }

  private func append(_ submission: Submission) {
    if let tail { tail.next = submission } else { head = submission }
    tail = submission
    waiting += 1
  }

  private func popFirst() -> Submission? {
    guard let first = head else { return nil }
    head = first.next
    if head == nil { tail = nil }
    first.next = nil
    first.connection = nil
    waiting -= 1
    return first
  }

  private static let ended = PostgreSQLError(.poolClosed, "the pool is closed")
  /// Not in libpq's words: they may repeat a statement's error, and with it a value.
  private static let broken = PostgreSQLError(.connection, "the connection to the server broke")
}

extension Submission {
  fileprivate var command: Command? { position < commands.count ? commands[position] : nil }
}

extension PostgreSQLError {
  /// invalid_sql_statement_name: this connection didn't prepare it.
  fileprivate var meansUnknownStatement: Bool { sqlState == "26000" }

  /// A table changed so that a prepared statement would return other columns.
  fileprivate var meansStalePlan: Bool { sqlState == "0A000" && origin == "RevalidateCachedQuery" }
}
