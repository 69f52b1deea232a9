import FoundationEssentials
import Reactor
import SpotifyAPI

/// How many requests a piece of work has sent, tries again included.
package final class RequestCounter: Sendable {
  private let made: Locked<Int>
  fileprivate let mayAsk: @Sendable () async throws -> Void

  /// - Parameters:
  ///   - earlier: what was sent for the same piece of work before.
  ///   - mayAsk: called before each request; what it throws is thrown instead of sending it.
  package init(startingAt earlier: Int = 0, mayAsk: @escaping @Sendable () async throws -> Void = {}) {
    made = Locked(earlier)
    self.mayAsk = mayAsk
  }

  package var count: Int { made.withLock { $0 } }

  func increment() { made.withLock { $0 += 1 } }
}

/// Sends a request until it is answered: what the ledger or Spotify wants to wait for a moment is waited for in
/// place, and short faults are tried again.
///
/// It holds no state: who may send when is the ledger's to know, for all instances.
package struct RequestPacer: Sendable {
  /// What is waited for in place; longer pauses are the caller's to plan.
  package static let longestWait = Duration.seconds(60)
  /// What a 429 without a usable `Retry-After` is taken to ask for.
  package static let pauseWithoutWord = Duration.seconds(5)
  /// So that those who wait for the same moment don't all come in it.
  private static let jitter = Duration.milliseconds(250)
  private static let mostPauses = 20
  package static let mostFaults = 3

  package init() {}

  /// Sends a request, again after a short pause or fault.
  ///
  /// - Parameters:
  ///   - patience: what is waited for in place, each time that a pause is asked for.
  ///   - faults: how many faults of Spotify's are followed by another try.
  /// - Throws: what `request` threw last; `rateLimited` with the time to wait when that is over `patience`.
  package func send<Answer: Sendable>(
    counting counter: RequestCounter, waitingAtMost patience: Duration = longestWait,
    bearing mostFaults: Int = mostFaults, _ request: () async throws -> Answer
  ) async throws -> Answer {
    var (pauses, faults) = (0, 0)
    while true {
      try await counter.mayAsk()
      do {
        let answer = try await request()
        counter.increment()
        return answer
      } catch let error as SpotifyError {
        if !error.isOurs { counter.increment() }
        switch error.code {
        case .rateLimited where pauses < RequestPacer.mostPauses:
          let wait = error.retryAfter ?? RequestPacer.pauseWithoutWord
          guard wait <= patience else { throw error }
          pauses += 1
          try await Task.sleep(for: wait + min(wait, RequestPacer.jitter) * Double.random(in: 0...1))
        case .unavailable where faults < mostFaults,
          .malformed where faults < mostFaults:
          try await Task.sleep(for: .milliseconds(Int.random(in: 50...(150 << faults))))
          faults += 1
        default:
          throw error
        }
      }
    }
  }
}
