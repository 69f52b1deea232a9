import Reactor

/// A Lua script, kept by Redis and called by its digest.
///
/// Made of literals, so that no value from outside can become code: values travel as keys and arguments.
package struct RedisScript: Sendable {
  let source: String
  /// What Redis calls it, once one has told: the same on every server.
  let digest = Locked<String?>(nil)

  /// - Parameter parts: joined by line breaks, so that scripts can share a preamble.
  package init(_ parts: StaticString...) {
    source = parts.map { $0.description }.joined(separator: "\n")
  }
}

extension RedisClient {
  /// Runs a script, atomically for Redis; an error reply of it is thrown as `.server`.
  ///
  /// The first use in this process asks Redis for the digest (`SCRIPT LOAD`). A server that has lost its
  /// scripts (restart, `SCRIPT FLUSH`) gets the source again: it refused before it ran anything.
  ///
  /// - Parameter deadline: of its commands together, three at most; when nil, the configuration's for each.
  package func run(
    _ script: RedisScript, keys: [String], arguments: [RedisArgument], deadline: Duration? = nil
  ) async throws(RedisError) -> RedisValue {
    let rest = [RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments
    let end = deadline.map { ContinuousClock.now + $0 }
    func left() -> Duration? { end.map { max(.zero, ContinuousClock.now.duration(to: $0)) } }
    let digest = try await digest(of: script, deadline)
    do throws(RedisError) {
      return try await send(["EVALSHA", RedisArgument(digest)] + rest, deadline: left())
    } catch  where error.serverCode == "NOSCRIPT" {
      return try await send(["EVAL", RedisArgument(script.source)] + rest, deadline: left())
    }
  }

  private func digest(of script: RedisScript, _ deadline: Duration?) async throws(RedisError) -> String {
    if let known = script.digest.withLock({ $0 }) { return known }
    let reply = try await send(["SCRIPT", "LOAD", RedisArgument(script.source)], deadline: deadline)
    guard let digest = reply.text else {
      throw RedisError(code: .protocolViolation, message: "SCRIPT LOAD has an answer that isn't Redis'")
    }
    script.digest.withLock { $0 = digest }
    return digest
  }
}
