import Reactor

/// Nothing came within the time that a check has.
struct NoAnswer: Error, CustomStringConvertible {
  let patience: Duration

  var description: String { "no answer within \(patience)" }
}

/// How long each check may take.
struct Patience: Sendable {
  let reactor: Reactor
  let limit: Duration

  /// Runs `body`, and cancels it when it takes too long.
  func await<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async -> Result<Value, any Error> {
    await withTaskGroup(of: Result<Value, any Error>.self) { group in
      group.addTask { do { return .success(try await body()) } catch { return .failure(error) } }
      group.addTask {
        do { try await reactor.sleep(for: limit) } catch { return .failure(error) }
        return .failure(NoAnswer(patience: limit))
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .failure(NoAnswer(patience: limit))
    }
  }
}
