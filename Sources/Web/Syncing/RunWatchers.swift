import Domain
import Reactor

/// Who follows which run in this process: whoever hears that a run has changed wakes them here.
///
/// One for the process, used from any thread. A waker is never held up by a follower, and a follower that is
/// busy finds one wake afterwards, however many came.
package final class RunWatchers: Sendable {
  private struct Entry {
    let run: RunID
    let user: UserID
    let wakes: AsyncStream<Void>.Continuation
  }

  private struct State {
    var entries: [UInt64: Entry] = [:]
    var byRun: [RunID: Set<UInt64>] = [:]
    var perUser: [UserID: Int] = [:]
    var next: UInt64 = 0
    var isClosed = false
  }

  private let state = Locked(State())
  private let mostPerUser: Int
  private let most: Int

  /// - Parameters:
  ///   - mostPerUser: followers of one person at the same time.
  ///   - most: followers at the same time.
  package init(mostPerUser: Int = 32, most: Int = 4_096) {
    self.mostPerUser = mostPerUser
    self.most = most
  }

  /// How many follow a run.
  package var count: Int { state.withLock { $0.entries.count } }

  /// Follows a run until the watch is let go of.
  ///
  /// - Throws: 429 when that person follows too many, 503 when too many are followed or the process ends.
  func watch(_ run: RunID, of user: UserID) throws(Problem) -> RunWatch {
    let (stream, wakes) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = try state.withLock { state throws(Problem) in
      guard !state.isClosed, state.entries.count < most else { throw RunWatchers.noRoom }
      guard state.perUser[user, default: 0] < mostPerUser else { throw RunWatchers.tooMany }
      state.next += 1
      state.entries[state.next] = Entry(run: run, user: user, wakes: wakes)
      state.byRun[run, default: []].insert(state.next)
      state.perUser[user, default: 0] += 1
      return state.next
    }
    return RunWatch(id: id, wakes: stream, waker: wakes, watchers: self)
  }

  /// The run has changed.
  package func wake(_ run: RunID) {
    let wakes = state.withLock { state in (state.byRun[run] ?? []).compactMap { state.entries[$0]?.wakes } }
    for wake in wakes { wake.yield() }
  }

  /// Anything may have changed: hints may have been missed.
  package func wakeAll() {
    let wakes = state.withLock { $0.entries.values.map(\.wakes) }
    for wake in wakes { wake.yield() }
  }

  /// Ends every watch, and lets nobody begin one: the process ends.
  package func close() {
    let wakes = state.withLock { state in
      state.isClosed = true
      return state.entries.values.map(\.wakes)
    }
    for wake in wakes { wake.finish() }
  }

  fileprivate func remove(_ id: UInt64) {
    state.withLock { state in
      guard let entry = state.entries.removeValue(forKey: id) else { return }
      state.byRun[entry.run]?.remove(id)
      if state.byRun[entry.run]?.isEmpty == true { state.byRun[entry.run] = nil }
      state.perUser[entry.user, default: 0] -= 1
      if state.perUser[entry.user] == 0 { state.perUser[entry.user] = nil }
    }
  }

  private static let tooMany = Problem(
    429, "too_many_streams", "you follow too many runs at the same time; close some and try again",
    headers: ["retry-after": "5"])

  private static let noRoom = Problem(
    503, "unavailable", "no more runs can be followed here at the moment; ask for the run instead",
    headers: ["retry-after": "2"])
}

/// A place among the followers of a run; it is free again when this is let go of, whatever became of the stream.
final class RunWatch: Sendable {
  /// Something may be new. Ends when the process ends.
  let wakes: AsyncStream<Void>
  private let id: UInt64
  private let waker: AsyncStream<Void>.Continuation
  private let watchers: RunWatchers

  fileprivate init(
    id: UInt64, wakes: AsyncStream<Void>, waker: AsyncStream<Void>.Continuation, watchers: RunWatchers
  ) {
    self.id = id
    self.wakes = wakes
    self.waker = waker
    self.watchers = watchers
  }

  deinit { watchers.remove(id) }

  /// Wakes this follower alone.
  func wake() { waker.yield() }
}
