import CSodium
import Glibc

/// Keeps what is in this process' memory in this process.
package enum ProcessMemory {
  /// The system refused it.
  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  /// No core dumps, neither to a file nor to the system's collector, and no debugger: from here on root alone
  /// reads `environ`, `maps` and `mem` of this process in `/proc`. Nor does a crash print registers and what they
  /// point at, as Swift's own backtraces do where a toolchain is installed, unless `SWIFT_BACKTRACE` asks for it.
  package static func forbidDumps() throws(Refused) {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 else {
      throw refused("set the limit for core dumps to 0")
    }
    // A collector that `core_pattern` names gets its dump whatever the limit is.
    guard secrets_forbid_dumps() == 0 else { throw refused("forbid dumps") }
    if getenv("SWIFT_BACKTRACE") == nil {
      for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
    }
  }

  /// Overwrites the values of environment variables, so that `/proc/PID/environ` has them no more; they are empty
  /// afterwards. To be called while no other thread is looking at the environment.
  package static func wipeEnvironment(_ names: [String]) {
    for name in names {
      guard let value = getenv(name) else { continue }
      explicit_bzero(value, strlen(value))
    }
  }

  private static func refused(_ what: String) -> Refused {
    Refused(description: "the system doesn't let this process \(what): \(String(cString: strerror(errno)))")
  }
}
