import Glibc

/// What went wrong between us and Redis. The message never holds a command's arguments or the password.
package struct RedisError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Not reachable, or lost: what was in flight may have been executed. Never retried by this library.
    case connection
    /// No reply in time: the command may have been executed, or may be executed later.
    case deadlineExceeded
    /// The caller's task was cancelled: the command may have been executed.
    case cancelled
    /// Redis answered with an error; ``RedisError/serverCode`` says which.
    case server
    /// The peer doesn't speak RESP, or more of it than is allowed. The connection is dropped.
    case protocolViolation
    /// The URL, the password or the database is wrong: no retry will help.
    case configuration
    /// More waits to be sent than the outgoing buffer may hold: the command was not sent.
    case overloaded
    /// ``RedisClient/close()`` was called.
    case closed
  }

  package let code: Code
  package let message: String

  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "Redis: \(message)" }

  /// The first word of a server error (`WRONGTYPE`, `NOSCRIPT`, `ERR`, or what a script replied).
  package var serverCode: String? {
    guard code == .server else { return nil }
    return String(message.prefix { $0 != " " })
  }

  /// A server's error reply. Redis repeats the arguments of commands it doesn't know: that part is cut off.
  init(reply: String) {
    var words = reply.prefix { !$0.isNewline }
    if let arguments = words.firstRange(of: ", with args beginning with") {
      words = words[..<arguments.lowerBound]
    }
    self.init(code: .server, message: String(words.prefix(300)))
  }

  /// A system call's failure, in the system's words.
  static func system(_ operation: String, _ number: Int32) -> RedisError {
    RedisError(code: .connection, message: "\(operation): \(String(cString: strerror(number)))")
  }
}
