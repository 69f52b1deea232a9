import Domain

/// Keeps so many requests on their way, and stages what has arrived meanwhile.
///
/// What arrives while a batch is being written waits for the next: few transactions, none in the way. An answer
/// that can't be had ends it, and the requests beside it with it; what was staged stays.
struct ParallelFetch<Request: Sendable, Answer: Sendable>: Sendable {
  let inParallel: Int
  let fetch: @Sendable (Request) async throws -> Answer
  /// Keeps answers and how far the run is; returns whether the run was asked to stop.
  let stage: @Sendable ([Answer], SyncRun.Progress) async throws -> Bool

  private enum Event: Sendable {
    case fetched(Answer)
    case staged(cancelRequested: Bool)
  }

  /// Asks until there is nothing to ask for and everything is staged.
  ///
  /// - Parameters:
  ///   - next: what to ask for now; nil: nothing before the next answer.
  ///   - receive: takes an answer, in the order of arrival.
  func callAsFunction(
    next: () -> Request?, receive: (Answer) -> Void, progress: () -> SyncRun.Progress
  ) async throws {
    try await withThrowingTaskGroup(of: Event.self) { group in
      var inFlight = 0
      var arrived: [Answer] = []
      var isWriting = false
      func askMore() {
        while inFlight < max(1, inParallel), let request = next() {
          inFlight += 1
          group.addTask { .fetched(try await fetch(request)) }
        }
      }
      askMore()
      while let event = try await group.next() {
        switch event {
        case .fetched(let answer):
          inFlight -= 1
          receive(answer)
          arrived.append(answer)
          askMore()
        case .staged(let cancelRequested):
          isWriting = false
          if cancelRequested { throw RunCancelled() }
        }
        if !isWriting, !arrived.isEmpty {
          isWriting = true
          let (batch, soFar) = (arrived, progress())
          arrived = []
          group.addTask { .staged(cancelRequested: try await stage(batch, soFar)) }
        }
      }
    }
  }
}
