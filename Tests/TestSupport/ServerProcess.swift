import Foundation
import Reactor

/// One run of a server program, from its start until it is reaped.
///
/// Not Foundation's `Process`: its pipe handlers crash now and then when a descriptor closes under them.
final class ServerProcess: Sendable {
  private struct State {
    var hasEnded = false
    var endWaiters: [CheckedContinuation<Void, Never>] = []
    var starter: CheckedContinuation<Void, any Error>?
  }

  private let pid: pid_t
  private let state = Locked(State())

  /// Starts a program, found by PATH, and returns when it has printed `sign`.
  static func start(_ arguments: [String], until sign: String) async throws -> ServerProcess {
    let (pid, output) = try spawn(arguments)
    let process = ServerProcess(pid)
    try await withCheckedThrowingContinuation { continuation in
      process.state.withLock { $0.starter = continuation }
      DispatchQueue(label: "server process").async { process.follow(output, until: sign) }
    }
    return process
  }

  private init(_ pid: pid_t) { self.pid = pid }

  /// Sends a signal, unless it has ended: its number may belong to another by then.
  func signal(_ number: Int32) {
    state.withLock { state in
      if !state.hasEnded { _ = kill(pid, number) }
    }
  }

  /// Returns when it is gone.
  func ended() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.endWaiters.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// Blocks a thread of its own for as long as the program runs.
  private func follow(_ descriptor: Int32, until sign: String) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
      if text.contains(sign) { takeStarter()?.resume() }
    }
    close(descriptor)
    var info = siginfo_t()
    waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
    let waiters = state.withLock { state in
      waitpid(pid, nil, 0)
      state.hasEnded = true
      defer { state.endWaiters = [] }
      return state.endWaiters
    }
    for waiter in waiters { waiter.resume() }
    takeStarter()?.resume(throwing: PrivateRedis.Failure(description: text))
  }

  private func takeStarter() -> CheckedContinuation<Void, any Error>? {
    state.withLock { state in
      defer { state.starter = nil }
      return state.starter
    }
  }

  /// The program with its output in a pipe, and nothing else of ours.
  private static func spawn(_ arguments: [String]) throws -> (pid: pid_t, output: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw PrivateRedis.Failure(description: String(cString: strerror(errno))) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    // A socket that lives on in the server would never look closed to its peer.
    for descriptor in 3..<min(Int32(1_024), Int32(sysconf(Int32(_SC_OPEN_MAX)))) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let code = posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ)
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw PrivateRedis.Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))")
    }
    return (pid, ends[0])
  }
}
