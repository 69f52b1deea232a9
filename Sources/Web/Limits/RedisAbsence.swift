/// Whether Redis is asked: not for a second after it didn't answer, and then by one request, so that the others don't
/// wait for what won't come.
struct RedisAbsence: Sendable {
  private static let rest = Duration.seconds(1)

  private var askAgain: Duration?
  private var line = LineAMinute()
  private var isTold = false

  func isAway(at time: Duration) -> Bool { askAgain.map { time < $0 } ?? false }

  mutating func noteAsked(at time: Duration) {
    if askAgain != nil { askAgain = time + RedisAbsence.rest }
  }

  /// - Returns: whether it is worth a line of the log.
  mutating func noteAway(at time: Duration) -> Bool {
    askAgain = time + RedisAbsence.rest
    guard line.isDue(at: time) else { return false }
    isTold = true
    return true
  }

  /// - Returns: whether it is worth a line of the log.
  mutating func noteBack() -> Bool {
    defer { (askAgain, isTold) = (nil, false) }
    return isTold
  }
}
