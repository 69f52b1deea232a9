import Reactor

/// When a run's lease was last known to be held without a gap, by this process' own clock. Any thread.
///
/// A process that was stopped, or its machine, finds here that it may have been given up for dead.
final class LeaseClock: Sendable {
  private let lease: Duration
  private let heldSince: Locked<ContinuousClock.Instant>

  /// - Parameter instant: just before the lease was asked for.
  init(lease: Duration, heldSince instant: ContinuousClock.Instant) {
    self.lease = lease
    heldSince = Locked(instant)
  }

  var isOverdue: Bool { heldSince.withLock { $0.duration(to: .now) } > lease }

  /// Redis prolonged the lease. What was overdue stays so: another may have had it meanwhile and given it back.
  ///
  /// - Parameter instant: just before it was asked to.
  func prolong(at instant: ContinuousClock.Instant) {
    heldSince.withLock { if $0.duration(to: instant) <= lease { $0 = max($0, instant) } }
  }

  /// Postgres confirmed that nobody else has taken the run.
  ///
  /// - Parameter instant: just before it was asked.
  func confirm(at instant: ContinuousClock.Instant) { heldSince.withLock { $0 = max($0, instant) } }
}
