import Glibc
import Reactor

/// A client that sends what it is told, byte by byte. Used by one task on its reactor.
final class RawClient {
  /// What should have happened within half a minute didn't.
  struct Overdue: Error {}
  struct Malformed: Error { let text: String }

  struct Response {
    var status: Int
    var headers: [String: String]
    var body: String
  }

  private let reactor: Reactor
  private let descriptor: Int32
  private var watcher: DescriptorWatcher?
  private var waiter: CheckedContinuation<Bool, Never>?
  private var buffer: [UInt8] = []
  private(set) var isEnded = false

  init(_ reactor: Reactor, port: Int, receiveBuffer: Int32? = nil) throws {
    self.reactor = reactor
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      Glibc.close(descriptor)
      throw ConnectFailed(code: errno)
    }
    watcher = try reactor.watch(descriptor, for: []) { [unowned self] _ in wake(true) }
  }

  struct ConnectFailed: Error, Equatable { let code: Int32 }

  func close() {
    guard let watcher else { return }
    watcher.stop()
    self.watcher = nil
    Glibc.close(descriptor)
  }

  /// Ends the sending side alone.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  // MARK: Sending

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 {
        rest = rest.dropFirst(sent)
      } else if errno == EAGAIN {
        try await wait(for: .writable)
      } else {
        // A server that closed has said why beforehand: the reader finds out.
        return
      }
    }
  }

  /// Sends an `x`, or nothing when there is no room for it.
  func sendByte() {
    _ = "x".withCString { Glibc.send(descriptor, $0, 1, Int32(MSG_NOSIGNAL)) }
  }

  // MARK: Receiving

  /// Takes one byte and throws it away, if there is one.
  func takeByte() {
    var byte: UInt8 = 0
    _ = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
  }

  /// Whether nothing has arrived, not even the end.
  var isQuiet: Bool {
    var byte: UInt8 = 0
    return buffer.isEmpty && recv(descriptor, &byte, 1, Int32(MSG_PEEK)) < 0 && errno == EAGAIN
  }

  /// Whether something can be read without waiting.
  var hasInput: Bool {
    var byte: UInt8 = 0
    return !buffer.isEmpty || recv(descriptor, &byte, 1, Int32(MSG_PEEK)) > 0
  }

  /// Everything up to the end of the connection.
  func readToEnd() async throws -> String {
    while try await fill() {}
    defer { buffer = [] }
    return String(decoding: buffer, as: UTF8.self)
  }

  /// Waits until at least `count` bytes are there and takes everything.
  func read(atLeast count: Int) async throws -> [UInt8] {
    while buffer.count < count, try await fill() {}
    defer { buffer = [] }
    return buffer
  }

  /// The next final response, interim ones left out.
  func response(toHead: Bool = false) async throws -> Response {
    while true {
      let response = try await anyResponse(toHead: toHead)
      if response.status >= 200 { return response }
    }
  }

  /// The next response, also an interim one.
  func anyResponse(toHead: Bool = false) async throws -> Response {
    let head = try await line(endingIn: "\r\n\r\n").split(separator: "\r\n")
    let status = head.first.map { $0.split(separator: " ") } ?? []
    guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]) else {
      throw Malformed(text: head.joined(separator: "\n"))
    }
    var response = Response(status: code, headers: [:], body: "")
    for field in head.dropFirst() {
      let parts = field.split(separator: ":", maxSplits: 1)
      response.headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    if toHead || code < 200 || code == 204 || code == 304 { return response }
    if let length = response.headers["content-length"].flatMap({ Int($0) }) {
      response.body = String(decoding: try await take(length), as: UTF8.self)
    } else if response.headers["transfer-encoding"] == "chunked" {
      var body: [UInt8] = []
      while true {
        let size = try await line(endingIn: "\r\n")
        guard let size = Int(size, radix: 16) else { throw Malformed(text: size) }
        body += try await take(size)
        _ = try await take(2)
        if size == 0 { break }
      }
      response.body = String(decoding: body, as: UTF8.self)
    } else {
      response.body = try await readToEnd()
    }
    return response
  }

  private func line(endingIn end: String) async throws -> String {
    let end = Array(end.utf8)
    var searched = 0
    while true {
      var start = max(0, searched - end.count)
      while start + end.count <= buffer.count {
        if buffer[start..<(start + end.count)].elementsEqual(end) {
          defer { buffer.removeFirst(start + end.count) }
          return String(decoding: buffer[..<start], as: UTF8.self)
        }
        start += 1
      }
      searched = buffer.count
      guard try await fill() else { throw Malformed(text: String(decoding: buffer, as: UTF8.self)) }
    }
  }

  private func take(_ count: Int) async throws -> [UInt8] {
    while buffer.count < count {
      guard try await fill() else { throw Malformed(text: String(decoding: buffer, as: UTF8.self)) }
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  /// Adds what has arrived; false at the end of the connection.
  private func fill() async throws -> Bool {
    if isEnded { return false }
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count > 0 {
        buffer += piece[..<count]
        return true
      }
      if count < 0, errno == EAGAIN {
        try await wait(for: .readable)
        continue
      }
      isEnded = true
      return false
    }
  }

  private func wait(for events: DescriptorWatcher.Events) async throws {
    let timer = reactor.schedule(after: .seconds(30)) { [unowned self] in wake(false) }
    let isReady = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
      waiter = continuation
      watcher?.update(events)
    }
    timer.cancel()
    guard isReady else { throw Overdue() }
  }

  private func wake(_ isReady: Bool) {
    watcher?.update([])
    waiter?.resume(returning: isReady)
    waiter = nil
  }
}
