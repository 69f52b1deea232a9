import Glibc
import Reactor

/// One timer for many deadlines: it rings at the earliest and asks for the next, so that a statement that is
/// answered in time costs no timer. Owner only.
final class DeadlineTimer {
  private let reactor: Reactor
  private let ring: (_ now: Instant) -> Instant?
  private var timer: ReactorTimer?
  private var due = Instant.never

  /// - Parameter ring: ends what is due and returns the next deadline, if any.
  init(on reactor: Reactor, _ ring: @escaping (_ now: Instant) -> Instant?) {
    self.reactor = reactor
    self.ring = ring
  }

  /// Makes sure that it rings at `deadline` at the latest.
  func cover(_ deadline: Instant) {
    guard deadline < due else { return }
    timer?.cancel()
    due = deadline
    let wait = deadline.nanoseconds - min(deadline.nanoseconds, Instant.now.nanoseconds)
    timer = reactor.schedule(after: .nanoseconds(wait)) { [weak self] in self?.fire() }
  }

  func cancel() {
    timer?.cancel()
    timer = nil
    due = .never
  }

  private func fire() {
    timer = nil
    due = .never
    // The loop's clock has milliseconds: what is due within the next would ring again at once.
    if let next = ring(Instant.now.advanced(by: 1_000_000)) { cover(next) }
  }
}

/// A point of the monotonic clock, cheap to read and compare.
struct Instant: Comparable {
  let nanoseconds: UInt64

  static let never = Instant(nanoseconds: .max)

  static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  func advanced(by nanoseconds: UInt64) -> Instant {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? .never : Instant(nanoseconds: sum)
  }
}

extension Duration {
  /// Never negative; a century at most.
  var clampedNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(min(seconds, 3_200_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
