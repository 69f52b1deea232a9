import Glibc
import Reactor

/// A client of server-sent events, over a socket of its own. Owner only.
package final class EventStream {
  package struct Event: Sendable {
    package let name: String
    package let id: String
    package let data: JSONValue
  }

  package struct Failure: Error, CustomStringConvertible { package let description: String }

  /// The answer's status and fields, names in lower case; there with the first event, or the end.
  package private(set) var status: Int?
  package private(set) var headers: [String: String] = [:]
  /// Comments that have come.
  package private(set) var comments = 0
  /// Whether the body was ended by its last chunk, and not by a connection that broke.
  package private(set) var isWhole = false

  private let reactor: Reactor
  private let descriptor: Int32
  private var watcher: DescriptorWatcher?
  private var received: [UInt8] = []
  private var body: [UInt8] = []
  private var isEnded = false
  private var waiter: CheckedContinuation<Bool, Never>?

  /// Connects to 127.0.0.1 and asks.
  package init(
    on reactor: Reactor, port: UInt16, path: String, cookies: [String: String] = [:], token: String? = nil,
    lastEventID: String? = nil
  ) throws {
    self.reactor = reactor
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      Glibc.close(descriptor)
      throw Failure(description: "no connection: \(String(cString: strerror(errno)))")
    }
    let cookies = cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    var head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAccept: text/event-stream\r\n"
    if !cookies.isEmpty { head += "Cookie: \(cookies)\r\n" }
    if let token { head += "Authorization: Bearer \(token)\r\n" }
    if let lastEventID { head += "Last-Event-ID: \(lastEventID)\r\n" }
    head += "\r\n"
    _ = head.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    watcher = try reactor.watch(descriptor, for: .readable) { [unowned self] _ in receive() }
  }

  package func close() {
    guard let watcher else { return }
    watcher.stop()
    self.watcher = nil
    Glibc.close(descriptor)
  }

  // MARK: Reading

  /// The next event; nil at the end of the stream.
  package func next(within patience: Duration = .seconds(20)) async throws -> Event? {
    let deadline = ContinuousClock.now + patience
    while true {
      parseHead()
      dechunk()
      if let block = takeBlock() {
        if let event = event(block) { return event }
        continue
      }
      if isWhole || isEnded || isNoStream { return nil }
      try await more(until: deadline)
    }
  }

  /// Reads events until one fits.
  package func next(
    within patience: Duration = .seconds(20), where fits: (JSONValue) -> Bool
  ) async throws -> Event {
    let deadline = ContinuousClock.now + patience
    while let event = try await next(within: ContinuousClock.now.duration(to: deadline)) {
      if fits(event.data) { return event }
    }
    throw Failure(description: "the stream ended before an event that was waited for")
  }

  /// Returns when a comment has come; events before it are left out.
  package func comment(within patience: Duration) async throws {
    let deadline = ContinuousClock.now + patience
    let before = comments
    while comments == before {
      parseHead()
      dechunk()
      if let block = takeBlock() {
        _ = event(block)
      } else if isWhole || isEnded || isNoStream {
        throw Failure(description: "the stream ended without a comment")
      } else {
        try await more(until: deadline)
      }
    }
  }

  /// Every event up to the end of the stream.
  package func rest(within patience: Duration = .seconds(20)) async throws -> [Event] {
    let deadline = ContinuousClock.now + patience
    var events: [Event] = []
    while let event = try await next(within: ContinuousClock.now.duration(to: deadline)) {
      events.append(event)
    }
    return events
  }

  /// Answered, but not with a stream: a refusal, or the word that nothing comes any more.
  private var isNoStream: Bool { status != nil && headers["transfer-encoding"] != "chunked" }

  private func more(until deadline: ContinuousClock.Instant) async throws {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { throw Failure(description: "nothing came in time") }
    let timer = reactor.schedule(after: left) { [unowned self] in wake(false) }
    let hasCome = await withCheckedContinuation { waiter = $0 }
    timer.cancel()
    guard hasCome else { throw Failure(description: "nothing came in time") }
  }

  private func receive() {
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN { return }
    if count > 0 {
      received += piece[..<count]
    } else {
      isEnded = true
      watcher?.update([])
    }
    wake(true)
  }

  private func wake(_ hasCome: Bool) {
    waiter?.resume(returning: hasCome)
    waiter = nil
  }

  // MARK: Taking apart

  private func parseHead() {
    guard status == nil, let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    received.removeSubrange(..<end.upperBound)
    status = lines.first.flatMap { line in
      let parts = line.split(separator: " ")
      return parts.count > 1 ? Int(parts[1]) : nil
    }
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
  }

  private func dechunk() {
    guard headers["transfer-encoding"] == "chunked" else { return }
    let lineEnd = Array("\r\n".utf8)
    while !isWhole, let end = received.firstRange(of: lineEnd),
      let size = Int(String(decoding: received[..<end.lowerBound], as: UTF8.self), radix: 16),
      received.count >= end.upperBound + size + 2
    {
      body += received[end.upperBound..<(end.upperBound + size)]
      received.removeSubrange(..<(end.upperBound + size + 2))
      isWhole = size == 0
    }
  }

  private func takeBlock() -> String? {
    guard let end = body.firstRange(of: Array("\n\n".utf8)) else { return nil }
    defer { body.removeSubrange(..<end.upperBound) }
    return String(decoding: body[..<end.lowerBound], as: UTF8.self)
  }

  private func event(_ block: String) -> Event? {
    var fields: [String: String] = [:]
    for line in block.split(separator: "\n") {
      if line.hasPrefix(":") {
        comments += 1
        continue
      }
      let parts = line.split(separator: ":", maxSplits: 1)
      fields[String(parts[0])] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    guard let data = fields["data"] else { return nil }
    return Event(
      name: fields["event"] ?? "message", id: fields["id"] ?? "", data: JSONValue(Array(data.utf8)))
  }
}
