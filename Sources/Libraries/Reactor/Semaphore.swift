/// Lets so many tasks through at once, one permit each; who comes later waits in line, across reactors.
///
/// A waiting task that is cancelled keeps its place in the line.
package final class Semaphore: Sendable {
  private struct State {
    var free: Int
    var line: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Locked<State>

  /// - Parameter permits: at least 1.
  package init(permits count: Int) {
    precondition(count > 0, "nobody would ever get through")
    state = Locked(State(free: count))
  }

  /// Runs `body` once there is a permit for it.
  package func withPermit<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async rethrows -> Value {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withCheckedContinuation { arrived in
      let isFree = state.withLock { state in
        guard state.free == 0 else {
          state.free -= 1
          return true
        }
        state.line.append(arrived)
        return false
      }
      if isFree { arrived.resume() }
    }
  }

  /// Hands the permit to whoever waits longest.
  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard !state.line.isEmpty else {
        state.free += 1
        return nil
      }
      return state.line.removeFirst()
    }
    next?.resume()
  }
}
