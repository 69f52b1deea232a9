/// Lets many callers that want the same thing share one piece of work, across reactors.
///
/// The work runs in a task of its own: a caller that is cancelled doesn't take it away from the others.
package final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private typealias Waiter = CheckedContinuation<Result<Value, any Error>, Never>

  private let waiters = Locked<[Key: [Waiter]]>([:])

  package init() {}

  /// Whether nothing is under way.
  package var isIdle: Bool { waiters.withLock(\.isEmpty) }

  /// Returns what the work under way for `key` gives, starting it on `reactor` if there is none.
  package func run(
    _ key: Key, on reactor: Reactor, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let result = await withCheckedContinuation { (waiter: Waiter) in
      let isFirst = waiters.withLock { waiters in
        waiters[key, default: []].append(waiter)
        return waiters[key]?.count == 1
      }
      guard isFirst else { return }
      reactor.spawn {
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        for waiter in self.waiters.withLock({ $0.removeValue(forKey: key) }) ?? [] {
          waiter.resume(returning: result)
        }
      }
    }
    return try result.get()
  }
}
