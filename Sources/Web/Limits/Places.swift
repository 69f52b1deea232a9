/// How many requests of a caller are under way in this process, and how many may be: places that are leased from
/// Redis, or all of them while Redis is away. Decides alone; who asks Redis tells it the answer.
struct Places: Sendable {
  enum Answer: Sendable, Equatable {
    case go
    case refuse
    /// Ask Redis for so many in all, and tell ``settle(wanted:held:)``. The place counts already.
    case ask(Int)
  }

  private(set) var inUse = 0
  /// Of those, the ones whose question isn't answered yet.
  private var asking = 0
  /// The most that were in use since the lease was last renewed.
  private var peak = 0
  private var leased = 0
  private var leaseEnds = Duration.zero
  private var order = 0
  /// Redis was asked and hasn't answered: it may have done what it was asked.
  private var isUnsure = false

  mutating func enter(at time: Duration, limit: Int, isAlone: Bool) -> Answer {
    guard inUse < limit else { return .refuse }
    inUse += 1
    peak = max(peak, inUse)
    if isAlone || (inUse <= leased && time < leaseEnds) { return .go }
    asking += 1
    isUnsure = true
    return .ask(inUse)
  }

  /// What Redis said to the wish with this number. One that was overtaken says nothing new.
  mutating func note(held: Int, order: Int, until end: Duration) {
    guard order > self.order else { return }
    (self.order, leased, leaseEnds) = (order, held, end)
    isUnsure = false
  }

  /// Whether the request that asked has its place; else it doesn't count any more.
  ///
  /// - Parameter held: nil when Redis didn't answer: then this process' own count is the limit.
  mutating func settle(wanted: Int, held: Int?) -> Bool {
    asking = max(0, asking - 1)
    guard let held, held < wanted else { return true }
    leave()
    return false
  }

  /// How many are in use for sure.
  var settled: Int { inUse - asking }

  mutating func leave() { inUse = max(0, inUse - 1) }

  /// How many it needs from now on: as many as it had in use at once since the last time, and at the end of the process
  /// none, whoever is late to let go of theirs. Nil when Redis has none of it and needs none.
  mutating func renewal(isLast: Bool = false) -> Int? {
    defer { peak = inUse }
    guard peak > 0 || leased > 0 || isUnsure else { return nil }
    isUnsure = true
    return isLast ? 0 : peak
  }
}
