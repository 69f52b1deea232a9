import Glibc
import Logging
import Reactor

/// SIGTERM and SIGINT: the first ends the service in order, the second at once.
final class Endings: Sendable {
  private struct State {
    var hasCome = false
    var nextWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Locked(State())

  private init() {}

  static func listen(on reactor: Reactor, _ logger: Logger) async throws -> Endings {
    let endings = Endings()
    try await reactor.run {
      for number in [SIGTERM, SIGINT] {
        _ = try reactor.onSignal(number) { endings.receive(logger) }
      }
    }
    return endings
  }

  /// Returns at the first signal, or when the task is cancelled.
  func first() async {
    let number = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.hasCome || Task.isCancelled { return true }
          state.waiters[number] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
  }

  private func receive(_ logger: Logger) {
    let (isSecond, waiters) = state.withLock { state in
      defer {
        state.hasCome = true
        state.waiters = [:]
      }
      return (state.hasCome, state.waiters)
    }
    if isSecond {
      _ = logger.flush(within: .milliseconds(200))
      exit(ExitCode.failure.rawValue)
    }
    for waiter in waiters.values { waiter.resume() }
  }
}
