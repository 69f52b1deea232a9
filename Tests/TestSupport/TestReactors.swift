import Reactor

/// Reactors that live as long as the test process, so that parallel tests don't start hundreds of threads.
package enum TestReactors {
  private static let all: [Reactor] = (0..<4).map { number in
    do { return try Reactor.start(name: "test-\(number)") } catch { preconditionFailure("\(error)") }
  }

  /// One of them, taken in turn.
  package static func any() -> Reactor {
    let index = next.withLock { value in
      value += 1
      return value
    }
    return all[index % all.count]
  }

  /// The one that the caller is on; nil elsewhere.
  package static var current: Reactor? { all.first { $0.isCurrent } }

  private static let next = Locked(0)
}

/// Runs a test's body on a reactor.
package func onReactor<Success: Sendable>(
  _ body: @escaping @Sendable (Reactor) async throws -> Success
) async throws -> Success {
  let reactor = TestReactors.any()
  return try await reactor.run { try await body(reactor) }
}
