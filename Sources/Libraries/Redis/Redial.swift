/// When to try again after a failed connect, so that a dead Redis isn't hammered.
struct Redial {
  private static let first = Duration.milliseconds(25)
  private static let longest = Duration.seconds(1)

  private var failures = 0
  private var wait: (until: Instant, reason: RedisError)?
  private var wasOpen = false

  /// Throws the last failure while it is too early.
  func check(_ now: Instant) throws(RedisError) {
    if let wait, now < wait.until { throw wait.reason }
  }

  mutating func succeeded() {
    failures = 0
    wait = nil
    wasOpen = true
  }

  /// A connection that was lost may be tried again at once; one that didn't open, after a pause that doubles.
  mutating func failed(_ error: RedisError) {
    defer { wasOpen = false }
    guard !wasOpen else { return }
    let pause = Self.pause(after: failures, first: Self.first, longest: Self.longest)
    failures += 1
    wait = (.now() + pause, error)
  }

  /// Doubles with every failure up to `longest`; a random half of it, so that many clients don't come at once.
  static func pause(after failures: Int, first: Duration, longest: Duration) -> Duration {
    min(longest, first * (1 << min(failures, 16))) * Double.random(in: 0.5...1)
  }
}
