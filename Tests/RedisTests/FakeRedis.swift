import Foundation
import TestSupport

/// A server that says what a test wants, over a real socket: for what a real Redis never does.
///
/// Each connection has a blocking thread of its own, which ends with its client's hang-up.
final class FakeRedis: Sendable {
  let port: UInt16
  var url: String { "redis://127.0.0.1:\(port)" }

  private let listener: Int32

  /// - Parameter conversation: what to do with a connection; it is closed afterwards.
  init(_ conversation: @escaping @Sendable (FakeConnection) -> Void) throws {
    let (listener, port) = try FreePort.listen()
    self.listener = listener
    self.port = port
    DispatchQueue(label: "fake redis").async {
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        DispatchQueue(label: "fake redis connection").async {
          conversation(FakeConnection(descriptor: descriptor))
          Foundation.close(descriptor)
        }
      }
      Foundation.close(listener)
    }
  }

  /// Takes no more connections.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }
}

struct FakeConnection: Sendable {
  let descriptor: Int32

  /// What came in, at least one byte; empty when the client has hung up.
  @discardableResult
  func read() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(0, count)))
  }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  /// Agrees to the client's introduction (PING).
  func welcome() {
    read()
    write("+PONG\r\n")
  }

  /// Waits until the client's system has acknowledged all that was written.
  func waitUntilTaken() {
    var left: Int32 = 1
    while left > 0, ioctl(descriptor, UInt(TIOCOUTQ), &left) == 0 { sched_yield() }
  }

  /// Reads until the client hangs up.
  func drain() { while !read().isEmpty {} }
}
