import Reactor

/// The connections that one caller at a time borrows, and the queue of those who wait for one. Owner only.
final class TransactionConnections {
  private let connector: Connector
  private var idle: [Connection] = []
  /// Open or on their way.
  private var total = 0
  private var connecting = 0
  private var waiters: [Waiter] = []
  private var deadlines: DeadlineTimer?
  private var isClosing = false
  private var borrowed: [ObjectIdentifier: Connection] = [:]
  /// Called when the last connection is gone after ``close(force:)``.
  var onEnded: (() -> Void)?

  // @unchecked: touched on the reactor alone; a canceller on another thread only posts.
  private final class Waiter: @unchecked Sendable {
    var continuation: UnsafeContinuation<ConnectAttempt.Outcome, Never>?
    let deadline: Instant
    init(deadline: Instant) { self.deadline = deadline }

    func end(_ outcome: ConnectAttempt.Outcome) {
      let continuation = self.continuation
      self.continuation = nil
      continuation?.resume(returning: outcome)
    }
  }

  init(_ connector: Connector) {
    self.connector = connector
    deadlines = DeadlineTimer(on: connector.reactor) { [weak self] now in self?.expire(now) }
  }

  var isEnded: Bool { total == 0 }

  /// Borrows a connection; whoever gets one gives it back. Fails with `.overloaded` when too many wait already.
  func borrow(within allowance: UInt64) async throws(PostgreSQLError) -> Connection {
    if isClosing { throw TransactionConnections.closed }
    guard waiters.count < connector.configuration.transactionWaiters else {
      throw PostgreSQLError(.overloaded, "too many callers wait for a transaction")
    }
    let waiter = Waiter(deadline: Instant.now.advanced(by: allowance))
    let reactor = connector.reactor
    if Task.isCancelled { throw TransactionConnections.cancelled }
    return try await withTaskCancellationHandler {
      // Resumed exactly once, by `end`.
      await withUnsafeContinuation { continuation in
        waiter.continuation = continuation
        waiters.append(waiter)
        serve()
        if waiter.continuation != nil { deadlines?.cover(waiter.deadline) }
      }
    } onCancel: {
      reactor.post { waiter.end(.failure(TransactionConnections.cancelled)) }
    }.get()
  }

  /// Takes a connection back; one that isn't quiet or has a transaction open is closed.
  func giveBack(_ connection: Connection) {
    borrowed[ObjectIdentifier(connection)] = nil
    guard connection.isOpen else { return serve() }
    guard connection.isReusable, !isClosing else {
      return connection.close(TransactionConnections.closed)
    }
    idle.append(connection)
    serve()
  }

  /// Closes what is idle; what is borrowed when it comes back, or at once by `force`.
  func close(force: Bool) {
    isClosing = true
    deadlines?.cancel()
    failAll(TransactionConnections.closed)
    for connection in idle { connection.close(TransactionConnections.closed) }
    if force { for connection in borrowed.values { connection.close(TransactionConnections.closed) } }
    if isEnded { onEnded?() }
  }

  /// Hands out what is idle and connects for whoever is left, within the limit.
  private func serve() {
    waiters.removeAll { $0.continuation == nil }
    while let waiter = waiters.first, let connection = idle.popLast() {
      waiters.removeFirst()
      borrowed[ObjectIdentifier(connection)] = connection
      waiter.end(.success(connection))
    }
    while connecting < waiters.count, total < connector.configuration.transactionConnections {
      connecting += 1
      total += 1
      connector.connect(isExclusive: true) { [self] outcome in
        connecting -= 1
        switch outcome {
        case .success(let connection): opened(connection)
        case .failure(let error): failed(error)
        }
      }
    }
  }

  private func opened(_ connection: Connection) {
    connection.onClosed = { [weak self, weak connection] _ in
      guard let self else { return }
      idle.removeAll { $0 === connection }
      total -= 1
      if isClosing { if isEnded { onEnded?() } } else { serve() }
    }
    if isClosing { return connection.close(TransactionConnections.closed) }
    idle.append(connection)
    serve()
  }

  private func failed(_ error: PostgreSQLError) {
    total -= 1
    if isClosing { if isEnded { onEnded?() } }
    // With other connections at work the rest may wait for one of them.
    if total == 0 {
      failAll(error)
    } else if connecting == 0, !waiters.isEmpty {
      waiters.removeFirst().end(.failure(error))
    }
  }

  private func failAll(_ error: PostgreSQLError) {
    let all = waiters
    waiters = []
    for waiter in all { waiter.end(.failure(error)) }
  }

  private func expire(_ now: Instant) -> Instant? {
    let late = PostgreSQLError(.deadlineExceeded, "no connection for a transaction became free in time")
    for waiter in waiters where waiter.deadline <= now { waiter.end(.failure(late)) }
    waiters.removeAll { $0.continuation == nil }
    return waiters.map(\.deadline).min()
  }

  private static let closed = PostgreSQLError(.poolClosed, "the pool is closed")
  private static let cancelled = PostgreSQLError(.cancelled, "the caller was cancelled")
}
