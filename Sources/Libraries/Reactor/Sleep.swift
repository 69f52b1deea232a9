/// A suspended task that a timer or its cancellation wakes, whichever comes first.
// @unchecked: all of it is touched on the reactor alone; a canceller on another thread only posts.
final class Sleep: @unchecked Sendable {
  private let reactor: Reactor
  private var continuation: CheckedContinuation<Void, any Error>?
  private var timer: ReactorTimer?
  private var isCancelled = false

  init(reactor: Reactor) { self.reactor = reactor }

  func wait(_ duration: Duration) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        reactor.post { self.begin(duration, continuation) }
      }
    } onCancel: {
      reactor.post { self.cancel() }
    }
  }

  private func begin(_ duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
    guard !isCancelled else { return continuation.resume(throwing: CancellationError()) }
    self.continuation = continuation
    timer = reactor.schedule(after: duration) {
      self.continuation?.resume()
      self.continuation = nil
    }
  }

  private func cancel() {
    isCancelled = true
    timer?.cancel()
    continuation?.resume(throwing: CancellationError())
    continuation = nil
  }
}
