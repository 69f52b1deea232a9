import Reactor
import SpotifyAPI
import Sync
import TestSupport
import Testing

@Suite("Sending requests until they are answered")
struct RequestPacerTests {
  private static let moment = Duration.milliseconds(1)

  /// Throws what `errors` names, one at each try, then answers.
  private func send(
    _ errors: [SpotifyError], counting counter: RequestCounter, patience: Duration = .seconds(1)
  ) async throws -> Int {
    let tries = Locked(0)
    return try await RequestPacer().send(counting: counter, waitingAtMost: patience) {
      let number = tries.withLock { tries in
        defer { tries += 1 }
        return tries
      }
      if number < errors.count { throw errors[number] }
      return number + 1
    }
  }

  @Test("what the ledger refused was not sent, and is not counted")
  func counting() async throws {
    let counter = RequestCounter(startingAt: 10)
    let refusals = [
      SpotifyError(.rateLimited, "wait", retryAfter: Self.moment, isOurs: true),
      SpotifyError(.rateLimited, status: 429, "wait", retryAfter: Self.moment),
      SpotifyError(.unavailable, "no ledger", isOurs: true), SpotifyError(.unavailable, status: 502, "bad"),
    ]
    #expect(try await send(refusals, counting: counter) == 5)
    #expect(counter.count == 13, "two refusals of Spotify's and the answer")
  }

  @Test("a pause over the patience is the caller's to plan, with the time to wait")
  func patience() async throws {
    let counter = RequestCounter()
    let refusal = SpotifyError(.rateLimited, status: 429, "wait", retryAfter: .seconds(2))
    let error = await spotifyError { try await send([refusal], counting: counter) }
    #expect(error == refusal)
    let quota = SpotifyError(.quotaExceeded, "used up", retryAfter: Self.moment, isOurs: true)
    let other = await spotifyError { try await send([quota], counting: counter) }
    #expect(other == quota)
    #expect(counter.count == 1)
  }

  @Test("faults are tried again three times, and no more")
  func faults() async throws {
    let fault = SpotifyError(.unavailable, status: 503, "away")
    let counter = RequestCounter()
    let error = await spotifyError {
      try await send(Array(repeating: fault, count: 9), counting: counter)
    }
    #expect(error == fault && counter.count == 1 + RequestPacer.mostFaults)
  }

  @Test("who is told to stop waits no longer")
  func cancellation() async throws {
    let counter = RequestCounter()
    let task = Task {
      let refusal = SpotifyError(.rateLimited, "wait", retryAfter: .seconds(50), isOurs: true)
      _ = try await send([refusal], counting: counter, patience: .seconds(60))
    }
    task.cancel()
    let result = await task.result
    #expect(throws: CancellationError.self) { try result.get() }
    #expect(counter.count == 0)
  }
}

/// The error that `body` throws; nil when it throws none.
func spotifyError<R>(_ body: () async throws -> R) async -> SpotifyError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? SpotifyError }
}
