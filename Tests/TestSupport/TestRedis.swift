import Foundation
import Reactor

/// The Redis that all tests share, each under a prefix of its own.
package enum TestRedis {
  package struct Missing: Error, CustomStringConvertible {
    package let description =
      "TEST_REDIS_URL is not set: run `make test`, or point it to a throw-away Redis (redis://127.0.0.1:PORT/0)"
  }

  package static var url: String {
    get throws {
      guard let url = ProcessInfo.processInfo.environment["TEST_REDIS_URL"] else { throw Missing() }
      return url
    }
  }

  /// The beginning of this test's keys and channels: never the same twice.
  package static func prefix() -> String { "test:\(UUID().uuidString.lowercased()):" }
}

/// A redis-server of one test's own, which it may kill, restart or flush.
package final class PrivateRedis: Sendable {
  package struct Failure: Error, CustomStringConvertible { package let description: String }

  package let port: UInt16
  package var url: String { "redis://127.0.0.1:\(port)/0" }

  private let directory: URL
  private let options: [String]
  private let server = Locked<ChildProcess?>(nil)

  /// Starts a server that keeps an append-only file, and returns when it takes connections. It runs until
  /// ``stop()``; better use ``with(_:_:)``.
  ///
  /// - Parameter options: more of its command line, such as `["--requirepass", "secret"]`.
  package static func start(_ options: [String] = []) async throws -> PrivateRedis {
    // Another process may take the free port before the server does.
    for _ in 0..<4 {
      let redis = try PrivateRedis(options)
      do {
        try await redis.restart()
        return redis
      } catch { await redis.stop() }
    }
    throw Failure(description: "redis-server doesn't start: is it installed?")
  }

  /// Starts a server, runs `body` with it and stops it, also when `body` throws.
  package static func with<Success: Sendable>(
    _ options: [String] = [], _ body: (PrivateRedis) async throws -> Success
  ) async throws -> Success {
    let redis = try await start(options)
    do {
      let success = try await body(redis)
      await redis.stop()
      return success
    } catch {
      await redis.stop()
      throw error
    }
  }

  private init(_ options: [String]) throws {
    port = try FreePort.find()
    self.options = options
    directory = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  /// `kill -9`; returns when it is dead.
  package func kill() async { await end(SIGKILL) }

  /// Starts it again on the same port with what its append-only file has; kills it first if it runs.
  package func restart() async throws {
    await kill()
    let arguments =
      [
        "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory.path, "--appendonly", "yes",
        "--save", "", "--logfile", "", "--enable-debug-command", "yes",
      ] + options
    let server = try ChildProcess.start(["redis-server"] + arguments)
    self.server.withLock { $0 = server }
    try await server.wait(for: "Ready to accept connections")
  }

  /// Suspends the whole process (`SIGSTOP`), as a machine does that hangs; ``resume()`` lets it go on.
  package func pause() { signal(SIGSTOP) }
  package func resume() { signal(SIGCONT) }

  /// Ends it for good and removes its files.
  package func stop() async {
    await end(SIGKILL)
    try? FileManager.default.removeItem(at: directory)
  }

  private func signal(_ number: Int32) { server.withLock { $0 }?.signal(number) }

  private func end(_ number: Int32) async {
    signal(number)
    let server = self.server.withLock { server in
      defer { server = nil }
      return server
    }
    await server?.ended()
  }
}

/// Ports of the loopback for servers that a test starts.
package enum FreePort {
  private static let found = Locked<Set<UInt16>>([])

  /// A port that nobody listens on now, below those that the system gives to clients: a server that is
  /// restarted finds it free again. Never the same twice: another test's server may be about to listen there.
  package static func find() throws -> UInt16 {
    for _ in 0..<100 {
      if let (descriptor, port) = try? listen(on: .random(in: 10_000..<32_000)) {
        close(descriptor)
        if found.withLock({ $0.insert(port).inserted }) { return port }
      }
    }
    throw PrivateRedis.Failure(description: "no port is free")
  }

  /// A listening socket, on any port when 0; the caller closes it.
  package static func listen(on port: UInt16 = 0) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutableBytes(of: &address) { buffer in
      let pointer = buffer.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      return bind(descriptor, pointer, size) == 0 && Foundation.listen(descriptor, 128) == 0
        && getsockname(descriptor, pointer, &size) == 0
    }
    guard isListening else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw PrivateRedis.Failure(description: reason)
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}
