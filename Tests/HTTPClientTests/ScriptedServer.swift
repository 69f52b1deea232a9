import Foundation
import Glibc
import Reactor

/// A server that does exactly what a test says, byte by byte: each accepted connection runs the script on a
/// thread of its own.
final class ScriptedServer: Sendable {
  let port: Int
  private let listener: Int32
  private let accepted = Locked(Accepted())
  private let seen = Locked<[ReceivedRequest]>([])

  /// Connections accepted so far.
  var connections: Int { accepted.withLock { $0.count } }
  /// Requests read so far, by all connections.
  var requests: [ReceivedRequest] { seen.withLock { $0 } }

  init(_ script: @escaping @Sendable (Peer) -> Void) {
    signal(SIGPIPE, SIG_IGN)
    (listener, port) = ScriptedServer.listen()
    let (listener, accepted, seen) = (listener, accepted, seen)
    Thread.detachNewThread {
      while true {
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else { break }
        let number = accepted.withLock { $0.add() }
        Thread.detachNewThread {
          script(Peer(socket: socket, number: number, seen: seen))
          close(socket)
        }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }

  /// Returns when that many connections have been accepted.
  func waitForConnections(_ count: Int) async {
    await withCheckedContinuation { continuation in
      accepted.withLock { $0.wait(for: count, continuation) }
    }
  }

  /// Always the same answer, whatever is asked, for as long as the client wants.
  static func answering(_ bytes: String) -> ScriptedServer {
    ScriptedServer { peer in while peer.readRequest() != nil { peer.send(bytes) } }
  }

  /// A port that nobody listens on.
  static func refusedPort() -> Int {
    let (listener, port) = listen()
    close(listener)
    return port
  }

  private static func listen() -> (Int32, Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) | Glibc.listen(listener, 256)
          | getsockname(listener, address, &length)
      }
    }
    precondition(listener >= 0 && result == 0)
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }
}

private struct Accepted {
  var count = 0
  private var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  mutating func add() -> Int {
    count += 1
    for waiter in waiters where waiter.count == count { waiter.continuation.resume() }
    waiters.removeAll { $0.count == count }
    return count
  }

  mutating func wait(for count: Int, _ continuation: CheckedContinuation<Void, Never>) {
    if self.count >= count { continuation.resume() } else { waiters.append((count, continuation)) }
  }
}

struct ReceivedRequest: Sendable {
  /// The request line and the header lines.
  let head: [String]
  let body: [UInt8]
  let connection: Int

  func header(_ name: String) -> String? {
    let prefix = name.lowercased() + ":"
    guard let line = head.dropFirst().first(where: { $0.lowercased().hasPrefix(prefix) }) else { return nil }
    return String(line.dropFirst(prefix.count).drop { $0 == " " })
  }
}

/// The server's end of one connection. Blocking; on its own thread.
struct Peer {
  let socket: Int32
  /// 1 for the first connection that the server accepted.
  let number: Int
  let seen: Locked<[ReceivedRequest]>

  /// Nil when the client has closed.
  func readRequest() -> ReceivedRequest? {
    var bytes: [UInt8] = []
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard let byte = readByte() else { return nil }
      bytes.append(byte)
    }
    let head = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
    var request = ReceivedRequest(head: head, body: [], connection: number)
    let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
    var body: [UInt8] = []
    while body.count < length {
      guard let byte = readByte() else { return nil }
      body.append(byte)
    }
    request = ReceivedRequest(head: head, body: body, connection: number)
    let complete = request
    seen.withLock { $0.append(complete) }
    return complete
  }

  /// False when the client has closed.
  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Returns when the client has closed its side, whatever it sends before.
  func waitForEnd() { while readByte() != nil {} }

  /// The client sees the end of the connection.
  func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// The next close sends a reset instead of an end.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  private func readByte() -> UInt8? {
    var byte: UInt8 = 0
    return recv(socket, &byte, 1, 0) == 1 ? byte : nil
  }
}
