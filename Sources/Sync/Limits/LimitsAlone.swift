import Domain
import Reactor

/// What a process knows of limits while Redis is away: what it sent without asking, and what Spotify told it.
package final class LimitsAlone: Sendable {
  /// A place that has to be left alone; a nil group is the whole account.
  struct Pause: Sendable {
    let group: EndpointGroup?
    let until: ContinuousClock.Instant
    let reason: PauseReason
  }

  private struct State {
    var unrecorded: [EndpointGroup: Int] = [:]
    var pauses: [EndpointGroup?: Pause] = [:]
    var awayUntil: ContinuousClock.Instant?
  }

  private let state = Locked(State())

  /// How long Redis isn't asked again after it didn't answer, where nothing depends on it.
  private static let rest = Duration.seconds(1)

  package init() {}

  /// Redis didn't answer a moment ago.
  var isRedisAway: Bool { state.withLock { $0.awayUntil.map { $0 > .now } ?? false } }

  var hasUnrecorded: Bool { state.withLock { !$0.unrecorded.isEmpty } }

  /// - Returns: whether this is news.
  func noteAway() -> Bool {
    state.withLock { state in
      defer { state.awayUntil = .now + LimitsAlone.rest }
      return state.awayUntil == nil
    }
  }

  /// - Returns: whether this is news.
  func noteBack() -> Bool {
    state.withLock { state in
      defer { state.awayUntil = nil }
      return state.awayUntil != nil
    }
  }

  // MARK: What was sent

  func count(_ group: EndpointGroup, _ requests: Int = 1) {
    state.withLock { $0.unrecorded[group, default: 0] += requests }
  }

  /// Takes what isn't in the ledger yet; who can't bring it there gives it back with ``count(_:_:)``.
  func takeUnrecorded() -> [EndpointGroup: Int] {
    state.withLock { state in
      defer { state.unrecorded = [:] }
      return state.unrecorded
    }
  }

  // MARK: What Spotify said

  func note(_ pause: Pause) {
    state.withLock { state in
      if let known = state.pauses[pause.group], known.until >= pause.until { return }
      state.pauses[pause.group] = pause
    }
  }

  /// What is not over yet.
  var pauses: [Pause] {
    state.withLock { state in
      state.pauses = state.pauses.filter { $0.value.until > .now }
      return Array(state.pauses.values)
    }
  }

  /// What a request of a group would have to wait for.
  func pause(of group: EndpointGroup) -> Pause? {
    pauses.filter { $0.group == group || $0.group == nil && group.isCounted }.max { $0.until < $1.until }
  }
}
