import Foundation

/// Starts a program with its output in two pipes, and nothing else of ours.
enum Spawn {
  struct Failure: Error, CustomStringConvertible { let description: String }

  static func start(
    _ arguments: [String], environment: [String: String]?
  ) throws -> (pid: pid_t, output: Int32, errors: Int32) {
    let output = try makePipe()
    let errors: (read: Int32, write: Int32)
    do { errors = try makePipe() } catch {
      close(output.read)
      close(output.write)
      throw error
    }
    defer {
      close(output.write)
      close(errors.write)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
    // A socket that lives on in the program would never look closed to its peer.
    for descriptor in 3..<min(Int32(4_096), Int32(sysconf(Int32(_SC_OPEN_MAX)))) {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    resetSignals(&attributes)

    let environment = environment ?? ProcessInfo.processInfo.environment
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var pid = pid_t()
    let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &words, &variables)
    guard code == 0 else {
      close(output.read)
      close(errors.read)
      throw Failure(description: "\(arguments[0]): \(String(cString: strerror(code)))")
    }
    return (pid, output.read, errors.read)
  }

  /// What this process ignores or blocks is nobody else's business.
  private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  }

  private static func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw Failure(description: "no pipe: \(String(cString: strerror(errno)))")
    }
    return (ends[0], ends[1])
  }
}
