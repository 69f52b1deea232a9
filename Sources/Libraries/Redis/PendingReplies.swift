/// A caller that waits for the replies of its commands, in the order they were sent.
// @unchecked: touched on the client's reactor alone; a canceller on another thread only posts.
final class PendingReplies: @unchecked Sendable {
  typealias Outcome = Result<[RedisValue], RedisError>

  let deadline: Instant
  private let expected: Int
  private var seen = 0
  private var received: [RedisValue] = []
  private var continuation: CheckedContinuation<Outcome, Never>?

  init(expected: Int, deadline: Instant) {
    self.expected = expected
    self.deadline = deadline
  }

  /// Nobody waits any more: replies that still come are dropped.
  var isAbandoned: Bool { continuation == nil }
  var isComplete: Bool { seen == expected }

  func wait(_ continuation: CheckedContinuation<Outcome, Never>) { self.continuation = continuation }

  func take(_ value: RedisValue) {
    seen += 1
    guard !isAbandoned else { return }
    received.append(value)
    if isComplete { finish(.success(received)) }
  }

  /// Ends the wait. Idempotent.
  func finish(_ outcome: Outcome) {
    continuation?.resume(returning: outcome)
    continuation = nil
    received = []
  }
}
