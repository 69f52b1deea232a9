import Reactor
import TestSupport

@testable import SpotifySimulator

extension Simulator {
  /// Blocking work off the reactor.
  func offload<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
    try await reactor.offload(work)
  }

  /// A task beside the test's own that stays on its reactor.
  func spawn<Success: Sendable>(
    _ work: @escaping @Sendable () async throws -> Success
  ) -> Task<Result<Success, any Error>, Never> {
    reactor.spawn {
      do { return .success(try await work()) } catch { return .failure(error) }
    }
  }

  func startAnother(_ configuration: SimulatorConfiguration) async throws {
    let other = try await Simulator.start(on: reactor, configuration: configuration)
    await other.stop()
  }

  /// Looks at every turn of the reactor until `condition` holds, for at most ten seconds.
  func waitUntil(_ condition: (Simulator) -> Bool) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(10))
    while !condition(self) {
      guard ContinuousClock.now < end else { throw Missing(description: "it never came to that") }
      try await reactor.sleep(for: .milliseconds(1))
    }
  }
}
