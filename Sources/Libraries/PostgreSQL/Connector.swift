import Reactor

/// Makes connections for a pool, and none for a while after one couldn't be made. Owner only.
final class Connector {
  let reactor: Reactor
  let configuration: PostgreSQLConfiguration
  /// The earliest time of the next attempt.
  private(set) var notBefore = Instant(nanoseconds: 0)
  private var failures = 0
  private var lastFailure: (at: Instant, error: PostgreSQLError)?

  private static let firstPause = 0.05
  private static let longestPause = 2.0

  init(on reactor: Reactor, _ configuration: PostgreSQLConfiguration) {
    self.reactor = reactor
    self.configuration = configuration
  }

  /// Ends `done` at once with the last error while it pauses, later otherwise.
  func connect(isExclusive: Bool, _ done: @escaping (ConnectAttempt.Outcome) -> Void) {
    let now = Instant.now
    if now < notBefore, let lastFailure { return done(.failure(lastFailure.error)) }
    ConnectAttempt(on: reactor, configuration, isExclusive: isExclusive) { outcome in
      switch outcome {
      case .success:
        self.failures = 0
        self.notBefore = Instant(nanoseconds: 0)
      case .failure(let error): self.note(error, startedAt: now)
      }
      done(outcome)
    }.start()
  }

  /// Attempts that ran side by side count once.
  private func note(_ error: PostgreSQLError, startedAt start: Instant) {
    if let lastFailure, start < lastFailure.at { return }
    let now = Instant.now
    lastFailure = (now, error)
    let pause = min(Connector.longestPause, Connector.firstPause * Double(1 << min(failures, 10)))
    failures += 1
    notBefore = now.advanced(by: UInt64(pause * Double.random(in: 0.5...1) * 1e9))
  }
}
