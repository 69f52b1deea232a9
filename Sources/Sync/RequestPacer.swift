import FoundationEssentials
import Reactor
import SpotifyAPI

/// How many requests a piece of work has sent, tries again included.
package final class RequestCounter: Sendable {
  private let made: Locked<Int>
  private let mayAsk: @Sendable () async throws -> Void

  /// - Parameters:
  ///   - earlier: what was sent for the same piece of work before.
  ///   - mayAsk: called before each request; what it throws is thrown instead of sending it.
  package init(startingAt earlier: Int = 0, mayAsk: @escaping @Sendable () async throws -> Void = {}) {
    made = Locked(earlier)
    self.mayAsk = mayAsk
  }

  package var count: Int { made.withLock { $0 } }

  func increment() async throws {
    try await mayAsk()
    made.withLock { $0 += 1 }
  }
}

/// Sends requests so that Spotify's limits are kept: a 429 stops everybody of this app, short faults are tried
/// again, and nobody sleeps for longer than a minute.
package final class RequestPacer: Sendable {
  private let pausedUntil = Locked(ContinuousClock.now)

  /// What is waited for in place; longer pauses are the caller's to plan.
  package static let longestWait = Duration.seconds(60)
  /// What a 429 without a usable `Retry-After` is taken to ask for.
  private static let pauseWithoutWord = Duration.seconds(5)
  private static let mostPauses = 20
  package static let mostFaults = 3

  /// One for every request of an app in this process.
  package init() {}

  /// Sends a request, again after a short pause or fault.
  ///
  /// - Parameters:
  ///   - patience: what is waited for in place when Spotify asks for a pause.
  ///   - faults: how many faults of Spotify's are followed by another try.
  /// - Throws: what `request` threw last; `rateLimited` with the time to wait when that is over `patience`.
  package func send<Answer: Sendable>(
    counting counter: RequestCounter, waitingAtMost patience: Duration = longestWait,
    bearing mostFaults: Int = mostFaults, _ request: () async throws -> Answer
  ) async throws -> Answer {
    var (pauses, faults) = (0, 0)
    while true {
      try await waitForPause(atMost: patience)
      try await counter.increment()
      do {
        return try await request()
      } catch let error as SpotifyError {
        switch error.code {
        case .rateLimited where pauses < RequestPacer.mostPauses:
          pauses += 1
          pause(error.retryAfter ?? RequestPacer.pauseWithoutWord)
        case .unavailable where faults < mostFaults,
          .malformed where faults < mostFaults:
          try await Task.sleep(for: .milliseconds(Int.random(in: 50...(150 << faults))))
          faults += 1
        case .insufficientScope where faults == 0:
          // Seen without cause; once more tells.
          faults = RequestPacer.mostFaults
        default:
          throw error
        }
      }
    }
  }

  private func pause(_ duration: Duration) {
    pausedUntil.withLock { $0 = max($0, .now + duration) }
  }

  private func waitForPause(atMost patience: Duration) async throws {
    while true {
      let rest = pausedUntil.withLock { ContinuousClock.now.duration(to: $0) }
      if rest <= .zero { return }
      if rest > patience {
        throw SpotifyError(
          .rateLimited, status: 429, "this app has to wait for \(rest.components.seconds) s", retryAfter: rest
        )
      }
      try await Task.sleep(for: rest)
    }
  }
}
