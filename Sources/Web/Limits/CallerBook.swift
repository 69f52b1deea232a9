import Coordination
import Reactor

/// What a process knows of its callers. One for the process, used from any thread; every use is short.
package final class CallerBook: Sendable {
  private struct Rated: Hashable {
    let rate: Rate
    let caller: CallerKey
  }

  private struct State {
    var alive = RecentTable<CallerKey, Void>()
    var allowances = RecentTable<Rated, Allowance>()
    // Redis holds what is leased until it is given back or over.
    var places = RecentTable<CallerKey, Places>(isInUse: { $0.inUse > 0 })
    var order = 0
    var redis = RedisAbsence()
    var crowdLine = LineAMinute()
    var isForwardingTold = false
  }

  private let state = Locked(State())
  private let began = ContinuousClock.now

  package init() {}

  private var time: Duration { ContinuousClock.now - began }

  // MARK: Who is known

  /// Whether a credential was found to be alive in this process.
  func isAlive(_ caller: CallerKey) -> Bool { state.withLock { $0.alive.touch(caller) } }

  func noteAlive(_ caller: CallerKey) {
    state.withLock { $0.alive.update(caller, beginningWith: ()) { _ in } }
  }

  func forget(_ caller: CallerKey) { state.withLock { $0.alive.remove(caller) } }

  // MARK: By the minute

  /// An answer, and when it was given.
  func claim(_ rate: Rate, _ caller: CallerKey, limit: Int) -> (answer: Allowance.Answer, asked: Duration) {
    let time = time
    return state.withLock { state in
      let isAlone = state.redis.isAway(at: time)
      let answer = state.allowances.update(Rated(rate: rate, caller: caller), beginningWith: Allowance()) {
        $0.claim(at: time, limit: limit, block: rate.block(of: limit), isAlone: isAlone)
      }
      if case .ask = answer { state.redis.noteAsked(at: time) }
      return (answer, time)
    }
  }

  /// - Parameter taken: what Redis said; nil when it didn't.
  func settle(
    _ rate: Rate, _ caller: CallerKey, limit: Int, _ request: Allowance.Request, _ taken: CallerCounts.Taken?,
    asked: Duration
  ) -> Allowance.Answer {
    let time = time
    return state.withLock { state in
      state.allowances.update(Rated(rate: rate, caller: caller), beginningWith: Allowance()) {
        guard let taken else { return $0.settleAlone(request, at: time, limit: limit) }
        return $0.settle(request, taken, asked: asked, at: time, life: rate.blockLife)
      }
    }
  }

  // MARK: At the same time

  /// A wish to Redis, and when it was made.
  struct Wish {
    let caller: CallerKey
    let count: Int
    let inUse: Int
    let order: Int
    let asked: Duration
  }

  enum Entry {
    case go
    case refuse
    case ask(Wish)
  }

  func enter(_ caller: CallerKey, limit: Int) -> Entry {
    let time = time
    return state.withLock { state in
      let isAlone = state.redis.isAway(at: time)
      let (answer, inUse) = state.places.update(caller, beginningWith: Places()) {
        ($0.enter(at: time, limit: limit, isAlone: isAlone), $0.settled)
      }
      switch answer {
      case .go: return .go
      case .refuse: return .refuse
      case .ask(let count):
        state.redis.noteAsked(at: time)
        state.order += 1
        return .ask(Wish(caller: caller, count: count, inUse: inUse, order: state.order, asked: time))
      }
    }
  }

  /// - Parameter held: what Redis said; nil when it didn't, and this process' own count is the limit.
  /// - Returns: whether the request has its place.
  func settle(_ wish: Wish, held: Int?, lease: Duration) -> Bool {
    if let held { note([wish], held: [held], lease: lease) }
    return state.withLock { state in
      state.places.update(wish.caller, beginningWith: Places()) { $0.settle(wanted: wish.count, held: held) }
    }
  }

  func leave(_ caller: CallerKey) {
    state.withLock { $0.places.updateIfKnown(caller) { $0.leave() } }
  }

  /// What has to be renewed or given back.
  func renewals(isLast: Bool) -> [Wish] {
    let time = time
    return state.withLock { state in
      var wishes: [Wish] = []
      for caller in state.places.keys {
        var (count, inUse) = (Int?.none, 0)
        state.places.updateIfKnown(caller) {
          (count, inUse) = ($0.renewal(isLast: isLast), isLast ? 0 : $0.settled)
        }
        guard let count else { continue }
        state.order += 1
        wishes.append(
          Wish(caller: caller, count: count, inUse: inUse, order: state.order, asked: time))
      }
      return wishes
    }
  }

  func note(_ wishes: [Wish], held: [Int], lease: Duration) {
    state.withLock { state in
      for (wish, held) in zip(wishes, held) {
        state.places.updateIfKnown(wish.caller) {
          $0.note(held: held, order: wish.order, until: wish.asked + lease)
        }
      }
    }
  }

  // MARK: What is told

  /// More than all together may begin has been begun.
  ///
  /// - Returns: whether it is worth a line of the log: one a minute at most.
  func noteCrowd() -> Bool {
    let time = time
    return state.withLock { $0.crowdLine.isDue(at: time) }
  }

  /// - Returns: whether it is worth a line of the log, which it is once.
  func noteUnreadForwarding() -> Bool {
    state.withLock { state in
      defer { state.isForwardingTold = true }
      return !state.isForwardingTold
    }
  }

  // MARK: Whether Redis answers

  /// - Returns: whether it is worth a line of the log.
  func noteAway() -> Bool {
    let time = time
    return state.withLock { $0.redis.noteAway(at: time) }
  }

  /// - Returns: whether it is worth a line of the log.
  func noteBack() -> Bool { state.withLock { $0.redis.noteBack() } }
}
