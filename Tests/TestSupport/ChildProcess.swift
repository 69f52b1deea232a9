import Foundation
import Reactor

/// One run of a program, from its start until it is reaped, with what it wrote.
///
/// Not Foundation's `Process`: its pipe handlers crash now and then when a descriptor closes under them.
package final class ChildProcess: Sendable {
  /// Ended, or silent for too long, while somebody waited for a sign of it.
  package struct NoSign: Error, CustomStringConvertible { package let description: String }

  private struct Waiter {
    let sign: String
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var output = ""
    var errors = ""
    var status: Int32?
    var signs: [Waiter] = []
    var ends: [CheckedContinuation<Int32, Never>] = []
  }

  package let pid: pid_t
  private let name: String
  private let state = Locked(State())

  /// Starts a program, found by PATH unless it is a path.
  ///
  /// - Parameter environment: all that it gets; nil for a copy of ours.
  package static func start(
    _ arguments: [String], environment: [String: String]? = nil
  ) throws -> ChildProcess {
    let spawned = try Spawn.start(arguments, environment: environment)
    let process = ChildProcess(
      spawned.pid, name: arguments[0].split(separator: "/").last.map(String.init) ?? "")
    Thread.detachNewThread { process.follow(spawned.output, spawned.errors) }
    return process
  }

  private init(_ pid: pid_t, name: String) {
    self.pid = pid
    self.name = name
  }

  // MARK: What it wrote

  /// What it wrote to its standard output so far.
  package var output: String { state.withLock { $0.output } }

  /// What it wrote to its standard error so far.
  package var errors: String { state.withLock { $0.errors } }

  /// The first line of either that contains `words`.
  package func line(with words: String) -> String? {
    state.withLock { [$0.output, $0.errors] }.lazy.flatMap { $0.split(separator: "\n") }
      .first { $0.contains(words) }.map(String.init)
  }

  /// Returns as soon as `sign` stands in what it wrote.
  ///
  /// - Throws: ``NoSign`` with what it wrote, when it ends without it or takes longer than `patience`.
  package func wait(for sign: String, within patience: Duration = .seconds(30)) async throws {
    try await withCheckedThrowingContinuation { continuation in
      state.withLock {
        $0.signs.append(Waiter(sign: sign, deadline: .now + patience, continuation: continuation))
      }
      check()
    }
  }

  // MARK: Its end

  /// Sends a signal, unless it has ended: its number may belong to another by then.
  package func signal(_ number: Int32) {
    state.withLock { state in
      if state.status == nil { _ = kill(pid, number) }
    }
  }

  package var isRunning: Bool { state.withLock { $0.status == nil } }

  /// Returns when it is gone: its exit code, or the negative number of the signal that killed it.
  @discardableResult
  package func ended() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.ends.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  /// `kill -9`; returns when it is gone.
  @discardableResult
  package func kill9() async -> Int32 {
    signal(SIGKILL)
    return await ended()
  }

  /// Stops it in its tracks (`SIGSTOP`), and returns when none of its threads runs any more: on a busy machine
  /// that takes a while. ``thaw()`` lets it go on.
  package func freeze() async {
    signal(SIGSTOP)
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [pid] in
        var info = siginfo_t()
        waitid(P_PID, id_t(pid), &info, WSTOPPED | WEXITED | WNOWAIT)
        continuation.resume()
      }
    }
  }

  package func thaw() { signal(SIGCONT) }

  /// Asks it to end and returns its exit code.
  @discardableResult
  package func terminate() async -> Int32 {
    signal(SIGTERM)
    return await ended()
  }

  // MARK: Following

  /// Runs on a thread of its own for as long as the program runs.
  private func follow(_ output: Int32, _ errors: Int32) {
    var open = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while open.contains(where: { $0.fd >= 0 }) {
      // The time limit is for those who wait, not for the program.
      poll(&open, 2, 100)
      for index in 0..<2 where open[index].revents != 0 {
        let count = read(open[index].fd, &buffer, buffer.count)
        if count > 0 {
          let text = String(decoding: buffer.prefix(count), as: UTF8.self)
          state.withLock { state in
            if index == 0 { state.output += text } else { state.errors += text }
          }
        } else {
          close(open[index].fd)
          open[index].fd = -1
        }
      }
      check()
    }
    reap()
    check()
  }

  private func reap() {
    var info = siginfo_t()
    waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
    let (status, waiters) = state.withLock { state in
      var raw: Int32 = 0
      waitpid(pid, &raw, 0)
      let signal = raw & 0x7f
      let status = signal == 0 ? (raw >> 8) & 0xff : -signal
      state.status = status
      defer { state.ends = [] }
      return (status, state.ends)
    }
    for waiter in waiters { waiter.resume(returning: status) }
  }

  /// Serves those who wait for a sign.
  private func check() {
    let now = ContinuousClock.now
    let (met, unmet, complaint) = state.withLock { state in
      var (met, unmet, rest): ([Waiter], [Waiter], [Waiter]) = ([], [], [])
      for waiter in state.signs {
        if state.output.contains(waiter.sign) || state.errors.contains(waiter.sign) {
          met.append(waiter)
        } else if state.status != nil || waiter.deadline < now {
          unmet.append(waiter)
        } else {
          rest.append(waiter)
        }
      }
      state.signs = rest
      let status = state.status.map { "ended with \($0)" } ?? "runs"
      return (met, unmet, "\(status):\n\(state.output)\(state.errors)")
    }
    for waiter in met { waiter.continuation.resume() }
    for waiter in unmet {
      waiter.continuation.resume(
        throwing: NoSign(description: "\(name) never wrote `\(waiter.sign)` and \(complaint)"))
    }
  }
}
