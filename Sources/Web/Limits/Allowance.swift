import Coordination

/// What a caller may still do in this process: places of the minute that Redis has granted, and what is done while
/// Redis is away. Decides alone; who asks Redis tells it the answer.
struct Allowance: Sendable {
  enum Answer: Sendable, Equatable {
    case go
    /// For this long at least.
    case refuse(Duration)
    /// Ask Redis, and tell ``settle(_:_:asked:at:life:)``.
    case ask(Request)
  }

  struct Request: Sendable, Equatable {
    let wanted: Int
    let leftover: CallerCounts.Leftover
    /// Whether it is for those who come after, too.
    let isBlock: Bool
  }

  /// How long a refusal is believed before Redis is asked again: somebody may have given back, or wiped it.
  private static let belief = Duration.seconds(1)

  /// All that this process let go, whoever granted it.
  private var done = MinuteCount()
  private var permits = 0
  private var permitsEnd = Duration.zero
  private var bucket = 0
  private var isAsking = false
  private var refusedUntil = Duration.zero
  private var refusedAt: Duration?

  /// - Parameters:
  ///   - time: since any moment that stays the same.
  ///   - block: how many are asked for at a time.
  ///   - isAlone: Redis can't be asked.
  mutating func claim(at time: Duration, limit: Int, block: Int, isAlone: Bool) -> Answer {
    if isAlone { return claimAlone(at: time, limit: limit) }
    if let refusedAt, time < min(refusedUntil, refusedAt + Allowance.belief) {
      return .refuse(refusedUntil - time)
    }
    if usesPermit(at: time) { return .go }
    // Who comes while a block is on its way asks for itself alone.
    guard !isAsking, block > 1 else { return .ask(Request(wanted: 1, leftover: .none, isBlock: false)) }
    isAsking = true
    defer { permits = 0 }
    return .ask(
      Request(wanted: block, leftover: .init(count: permits, bucket: bucket), isBlock: true))
  }

  /// - Parameters:
  ///   - asked: when Redis was asked.
  ///   - life: how long what was granted may be used from then on.
  /// - Returns: never ``Answer/ask(_:)``.
  mutating func settle(
    _ request: Request, _ taken: CallerCounts.Taken, asked: Duration, at time: Duration, life: Duration
  ) -> Answer {
    if request.isBlock { isAsking = false }
    guard taken.granted > 0 else {
      // One of another's block may have come in between.
      if usesPermit(at: time) { return .go }
      (refusedAt, refusedUntil) = (time, time + taken.wait)
      return .refuse(taken.wait)
    }
    refusedAt = nil
    if request.isBlock { (permits, permitsEnd, bucket) = (taken.granted - 1, asked + life, taken.bucket) }
    done.add(at: time)
    return .go
  }

  /// Redis didn't answer: this process' own count is the limit.
  ///
  /// - Returns: never ``Answer/ask(_:)``.
  mutating func settleAlone(_ request: Request, at time: Duration, limit: Int) -> Answer {
    if request.isBlock { isAsking = false }
    return claimAlone(at: time, limit: limit)
  }

  private mutating func claimAlone(at time: Duration, limit: Int) -> Answer {
    guard done.total(at: time) < limit else { return .refuse(done.wait(at: time, below: limit)) }
    done.add(at: time)
    return .go
  }

  private mutating func usesPermit(at time: Duration) -> Bool {
    guard permits > 0, time < permitsEnd else { return false }
    permits -= 1
    done.add(at: time)
    return true
  }
}
