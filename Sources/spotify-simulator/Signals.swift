import Reactor

/// Waits for a signal of the process.
final class Signals: Sendable {
  private let stream: AsyncStream<Void>

  /// Watches from now on. Owner of `reactor` only.
  init(on reactor: Reactor, _ signals: [Int32]) throws {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    self.stream = stream
    for signal in signals { _ = try reactor.onSignal(signal) { continuation.yield() } }
  }

  /// Returns when one has come.
  func received() async {
    for await _ in stream { return }
  }
}
