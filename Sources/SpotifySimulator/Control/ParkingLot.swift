import Reactor

/// Keeps requests waiting until a test lets them go, so that it can act exactly between two pages.
final class ParkingLot: Sendable {
  private struct Hold {
    let group: EndpointGroup
    let user: String?
    let fromNth: Int
    var seen = 0
  }

  private struct Parked {
    let id: Int
    let group: EndpointGroup
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct Watcher {
    let id: Int
    let group: EndpointGroup?
    let atLeast: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var holds: [Hold] = []
    var parked: [Parked] = []
    var watchers: [Watcher] = []
    var nextID = 0
    /// Left before they had parked.
    var gone: Set<Int> = []

    func count(_ group: EndpointGroup?) -> Int { parked.count { group == nil || $0.group == group } }

    mutating func takeID() -> Int {
      nextID += 1
      return nextID
    }

    mutating func takeMetWatchers() -> [Watcher] {
      let met = watchers.filter { count($0.group) >= $0.atLeast }
      watchers.removeAll { watcher in met.contains { $0.id == watcher.id } }
      return met
    }
  }

  private let state = Locked(State())

  func hold(_ group: EndpointGroup, fromNth: Int, user: String?) {
    state.withLock { $0.holds.append(Hold(group: group, user: user, fromNth: max(1, fromNth))) }
  }

  /// Lets parked requests go, the longest waiting first.
  ///
  /// - Parameters:
  ///   - count: how many; nil lets all go.
  ///   - keepsHolding: whether later requests still park.
  /// - Returns: how many went.
  @discardableResult
  func release(_ group: EndpointGroup?, count: Int?, keepsHolding: Bool) -> Int {
    let released = state.withLock { state in
      if !keepsHolding { state.holds.removeAll { group == nil || $0.group == group } }
      let leaving = state.parked.filter { group == nil || $0.group == group }.prefix(count ?? .max)
      let ids = Set(leaving.map(\.id))
      state.parked.removeAll { ids.contains($0.id) }
      return Array(leaving)
    }
    for parked in released { parked.continuation.resume() }
    return released.count
  }

  /// How many of the group wait, all groups if nil.
  func count(_ group: EndpointGroup?) -> Int { state.withLock { $0.count(group) } }

  /// Suspends while a hold covers this request. Returns early when its task is cancelled.
  func pass(_ group: EndpointGroup, user: String?) async {
    let id: Int? = state.withLock { state in
      var isHeld = false
      for index in state.holds.indices
      where state.holds[index].group == group && (state.holds[index].user ?? user) == user {
        state.holds[index].seen += 1
        if state.holds[index].seen >= state.holds[index].fromNth { isHeld = true }
      }
      return isHeld ? state.takeID() : nil
    }
    guard let id else { return }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isGone, met) = state.withLock { state in
          if state.gone.remove(id) != nil { return (true, [Watcher]()) }
          state.parked.append(Parked(id: id, group: group, continuation: continuation))
          return (false, state.takeMetWatchers())
        }
        if isGone { continuation.resume() }
        for watcher in met { watcher.continuation.resume(returning: true) }
      }
    } onCancel: {
      let parked = state.withLock { state in
        guard let index = state.parked.firstIndex(where: { $0.id == id }) else {
          state.gone.insert(id)
          return Parked?.none
        }
        return state.parked.remove(at: index)
      }
      parked?.continuation.resume()
    }
    _ = state.withLock { $0.gone.remove(id) }
  }

  /// Suspends until at least `atLeast` requests are parked.
  ///
  /// - Returns: false when `timeout` was over first, or the task was cancelled.
  func waitUntilHeld(
    _ group: EndpointGroup?, atLeast: Int, timeout: Duration, on reactor: Reactor
  ) async -> Bool {
    let id = state.withLock { $0.takeID() }
    let alarm = reactor.spawn {
      try? await reactor.sleep(for: timeout)
      self.dismiss(id)
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isMet = state.withLock { state in
          if state.count(group) >= atLeast { return true }
          state.watchers.append(
            Watcher(id: id, group: group, atLeast: atLeast, continuation: continuation))
          return false
        }
        if isMet { continuation.resume(returning: true) }
      }
    } onCancel: {
      dismiss(id)
    }
  }

  private func dismiss(_ id: Int) {
    let watcher = state.withLock { state in
      guard let index = state.watchers.firstIndex(where: { $0.id == id }) else { return Watcher?.none }
      return state.watchers.remove(at: index)
    }
    watcher?.continuation.resume(returning: false)
  }
}
