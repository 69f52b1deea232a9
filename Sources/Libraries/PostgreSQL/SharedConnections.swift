import Reactor

/// The connections that independent statements share. Connects when the first statement comes, and again by
/// itself whenever one breaks. Owner only.
final class SharedConnections {
  private let connector: Connector
  private var open: [Connection] = []
  private var connecting = 0
  /// Submitted before a connection was there.
  private var pending: [Submission] = []
  private var retry: ReactorTimer?
  private var deadlines: DeadlineTimer?
  private var isClosing = false
  /// Called when the last connection is gone after ``close(force:)``.
  var onEnded: (() -> Void)?

  init(_ connector: Connector) {
    self.connector = connector
    deadlines = DeadlineTimer(on: connector.reactor) { [weak self] now in self?.expire(now) }
  }

  var isReady: Bool { !open.isEmpty }
  var isEnded: Bool { open.isEmpty && connecting == 0 }

  /// Sends it on the connection with the least to do, or keeps it for the attempt to connect that is on its way.
  func submit(_ submission: Submission) {
    // While a retry is due, it will connect.
    if retry == nil, open.count + connecting < connector.configuration.connections { connect() }
    if let connection = open.min(by: { $0.waiting < $1.waiting }) { return connection.submit(submission) }
    // Refused at once by the connector: no use in waiting.
    guard connecting > 0 else { return submission.end(.failure(lastError)) }
    pending.append(submission)
    deadlines?.cover(submission.deadline)
  }

  /// Lets what is under way end, or cuts it off.
  func close(force: Bool) {
    isClosing = true
    retry?.cancel()
    deadlines?.cancel()
    let error = PostgreSQLError(.poolClosed, "the pool is closed")
    for submission in takePending() { submission.end(.failure(error)) }
    for connection in open { if force { connection.close(error) } else { connection.drain() } }
    if isEnded { onEnded?() }
  }

  private var lastError = PostgreSQLError(.connection, "there is no connection to the database")

  /// Fills every empty place.
  private func connect() {
    retry?.cancel()
    retry = nil
    let missing = max(0, connector.configuration.connections - open.count - connecting)
    connecting += missing
    for _ in 0..<missing {
      connector.connect(isExclusive: false) { [self] outcome in
        connecting -= 1
        switch outcome {
        case .success(let connection): opened(connection)
        case .failure(let error): failed(error)
        }
        if isClosing, isEnded { onEnded?() }
      }
    }
  }

  private func opened(_ connection: Connection) {
    open.append(connection)
    connection.onClosed = { [weak self, weak connection] error in
      guard let self else { return }
      open.removeAll { $0 === connection }
      if isClosing { if isEnded { onEnded?() } } else { connect() }
    }
    if isClosing { return connection.drain() }
    for submission in takePending() where submission.isAwaited { connection.submit(submission) }
  }

  private func failed(_ error: PostgreSQLError) {
    lastError = error
    guard !isClosing else { return }
    if open.isEmpty, connecting == 0 {
      for submission in takePending() { submission.end(.failure(error)) }
    }
    guard retry == nil else { return }
    let now = Instant.now
    let pause = max(now, connector.notBefore).nanoseconds - now.nanoseconds
    retry = connector.reactor.schedule(after: .nanoseconds(pause + 1_000_000)) { [weak self] in
      self?.retry = nil
      self?.connect()
    }
  }

  private func takePending() -> [Submission] {
    defer { pending = [] }
    return pending
  }

  private func expire(_ now: Instant) -> Instant? {
    for submission in pending where submission.deadline <= now { submission.end(.failure(Submission.late)) }
    pending.removeAll { !$0.isAwaited }
    return pending.map(\.deadline).min()
  }
}
