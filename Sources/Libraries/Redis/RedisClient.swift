import Reactor

/// Commands over one connection of one reactor, pipelined in order and written once per turn.
///
/// Made and used on its reactor alone, by tasks that run there; it asserts that. It connects with the first
/// command and again with the first one after a loss. It never repeats a command. Not for commands that
/// block (`BLPOP`), that change the protocol (`SUBSCRIBE`, `MONITOR`, `HELLO`), or that bind the connection
/// (`MULTI`, `WATCH`, `SELECT`): everybody shares it.
///
/// Close it when it is no longer needed: an open connection keeps its client alive.
// @unchecked: touched on the reactor alone, as `preconditionOwned()` asserts.
package final class RedisClient: @unchecked Sendable {
  package let reactor: Reactor
  private let configuration: RedisConfiguration
  private var link: Link?
  private var pending = FIFO<PendingReplies>()
  /// Since when the server owes a reply.
  private var owesSince = Instant.now()
  private var watchdog: ReactorTimer?
  private var watchdogDue = Instant.now()
  private var redial = Redial()
  private var dials = 0
  private var isClosed = false

  package init(reactor: Reactor, configuration: RedisConfiguration) {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.configuration = configuration
  }

  /// Counts the connections: nil while there is none. Another number than before: the server may have been
  /// restarted, or be another one.
  package var connection: Int? {
    reactor.preconditionOwned()
    return link == nil ? nil : dials
  }

  /// Sends one command of plain words and returns its reply.
  package func send(_ command: String...) async throws(RedisError) -> RedisValue {
    try await send(command.map { RedisArgument($0) })
  }

  /// Sends one command and returns its reply; an error reply is thrown as `.server`.
  ///
  /// - Parameter deadline: until the reply, connecting included; the configuration's when nil.
  package func send(
    _ arguments: [RedisArgument], deadline: Duration? = nil
  ) async throws(RedisError) -> RedisValue {
    let value = try await exchange([arguments], deadline)[0]
    if case .error(let message) = value { throw RedisError(reply: message) }
    return value
  }

  /// Sends commands one after the other, without a transaction, and returns their replies in that order.
  ///
  /// All of them are executed also when one fails; then the first error is thrown when all have answered.
  package func send(
    pipeline commands: [[RedisArgument]], deadline: Duration? = nil
  ) async throws(RedisError) -> [RedisValue] {
    guard !commands.isEmpty else { return [] }
    let values = try await exchange(commands, deadline)
    for case .error(let message) in values { throw RedisError(reply: message) }
    return values
  }

  /// Closes the connection; what is in flight and all that comes fails with `.closed`. Idempotent.
  package func close() {
    reactor.preconditionOwned()
    isClosed = true
    link?.close()
    drop(Self.closed)
  }

  // MARK: Sending

  private static let closed = RedisError(code: .closed, message: "the client is closed")

  private func exchange(
    _ commands: [[RedisArgument]], _ deadline: Duration?
  ) async throws(RedisError) -> [RedisValue] {
    reactor.preconditionOwned()
    precondition(commands.allSatisfy { !$0.isEmpty }, "an empty command has no reply")
    guard !Task.isCancelled else { throw Self.cancelled }
    let now = Instant.now()
    let replies = PendingReplies(
      expected: commands.count, deadline: now + (deadline ?? configuration.commandDeadline))
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        replies.wait(continuation)
        do throws(RedisError) { try start(commands, replies, now) } catch { replies.finish(.failure(error)) }
      }
    } onCancel: {
      reactor.post { replies.finish(.failure(Self.cancelled)) }
    }
    return try outcome.get()
  }

  private func start(
    _ commands: [[RedisArgument]], _ replies: PendingReplies, _ now: Instant
  ) throws(RedisError) {
    let link = try usableLink(now)
    let size = commands.reduce(0) { $1.reduce($0) { $0 + $1.size } }
    guard link.unsent + size <= configuration.outgoingLimit else {
      throw RedisError(code: .overloaded, message: "the outgoing buffer is full: the command was not sent")
    }
    for command in commands { link.write(command) }
    if pending.isEmpty { owesSince = now }
    pending.append(replies)
    watch(replies.deadline, now)
  }

  private static let cancelled = RedisError(code: .cancelled, message: "the task was cancelled")

  private func usableLink(_ now: Instant) throws(RedisError) -> Link {
    if let link { return link }
    guard !isClosed else { throw Self.closed }
    try redial.check(now)
    let link = Link(
      reactor: reactor, configuration: configuration,
      onOpen: { [self] in redial.succeeded() },
      onReply: { [self] in received($0) },
      onEnd: { [self] in ended($0) })
    self.link = link
    dials += 1
    return link
  }

  // MARK: Receiving

  private func received(_ value: RedisValue) {
    guard let replies = pending.first else {
      link?.end(RedisError(code: .protocolViolation, message: "a reply that nobody asked for"))
      return
    }
    replies.take(value)
    if replies.isComplete { pending.removeFirst() }
  }

  private func ended(_ error: RedisError) {
    redial.failed(error)
    drop(error)
  }

  private func drop(_ error: RedisError) {
    link = nil
    watchdog?.cancel()
    watchdog = nil
    let lost = pending
    pending = FIFO()
    for replies in lost.elements { replies.finish(.failure(error)) }
  }

  // MARK: Deadlines

  /// One timer for all commands, set to the earliest deadline: most are answered long before.
  private func watch(_ deadline: Instant, _ now: Instant) {
    if watchdog != nil, watchdogDue <= deadline { return }
    watchdog?.cancel()
    watchdogDue = deadline
    watchdog = reactor.schedule(after: deadline - now) { [self] in expire() }
  }

  private func expire() {
    watchdog = nil
    let now = Instant.now()
    var next: Instant?
    var someExpired = false
    for replies in pending.elements where !replies.isAbandoned {
      if replies.deadline <= now {
        someExpired = true
        replies.finish(
          .failure(RedisError(code: .deadlineExceeded, message: "no reply within the deadline")))
      } else {
        next = min(next ?? replies.deadline, replies.deadline)
      }
    }
    if someExpired, isStalled(now) {
      link?.end(
        RedisError(code: .connection, message: "the connection was silent for too long and is given up"))
    } else if let next {
      watch(next, now)
    }
  }

  /// A deadline that passes says little while replies of others still come.
  private func isStalled(_ now: Instant) -> Bool {
    let heard = max(owesSince, link?.lastHeard ?? owesSince)
    return heard + configuration.commandDeadline <= now
  }
}
