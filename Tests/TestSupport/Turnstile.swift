import Reactor

/// Lets so many through at once; the others wait for their turn.
package final class Turnstile: Sendable {
  private struct State {
    var places: Int
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Locked<State>

  package init(places: Int) { state = Locked(State(places: places)) }

  package func pass<R: Sendable>(_ body: @Sendable () async throws -> R) async throws -> R {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let mayPass = state.withLock { state in
        guard state.places == 0 else {
          state.places -= 1
          return true
        }
        state.waiters.append(continuation)
        return false
      }
      if mayPass { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
      state.places += 1
      return nil
    }
    next?.resume()
  }
}
