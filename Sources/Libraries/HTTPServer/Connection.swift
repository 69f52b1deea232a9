import CMicroHTTPD
import Glibc
import Reactor

/// A client's connection and the request that is on it.
// @unchecked: all of it is touched on the daemon's reactor alone; handlers come back to it before they answer.
final class Connection: @unchecked Sendable {
  enum Phase {
    /// Waiting for a request line.
    case resting
    /// The request line is there, the headers aren't.
    case head
    case body
    /// The handler works; suspended unless it answers at once.
    case handling
    case answering
  }

  let daemon: Daemon
  let handle: OpaquePointer
  let descriptor: Int32
  /// The place in the daemon's list.
  var index: Int
  private(set) var phase = Phase.resting
  /// When the watchdog acts, on the daemon's clock.
  var deadline: UInt64
  private(set) var isSuspended = false

  /// Tells a request from the next on this connection: a late answer must not meet the wrong one.
  private var serial: UInt64 = 0
  private var target: [UInt8] = []
  /// Where libmicrohttpd has the target, for the guard to measure by.
  private var targetStart: UnsafePointer<CChar>?
  /// Whether the answer is for `HEAD`.
  private(set) var isHead = false
  private var request: HTTPRequest?
  private var task: Task<Void, Never>?
  private var answer: HTTPResponse?
  private var isAborted = false
  private var stream: StreamBody?
  private lazy var remoteAddress = numericAddress(mhd_address(handle))

  init(_ handle: OpaquePointer, of daemon: Daemon, index: Int) {
    self.handle = handle
    self.daemon = daemon
    self.index = index
    descriptor = mhd_descriptor(handle)
    deadline = daemon.now + daemon.deadlines.header
  }

  // MARK: What arrives

  func began(target: UnsafePointer<CChar>) {
    targetStart = target
    // A copy: libmicrohttpd goes on to take the query apart in place.
    self.target.removeAll(keepingCapacity: true)
    self.target.append(contentsOf: UnsafeBufferPointer(cString: target))
    phase = .head
    isHead = false
    deadline = daemon.now + daemon.deadlines.header
    daemon.activeRequests += 1
  }

  /// The headers are complete. False closes the connection.
  func headArrived(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> Bool {
    let name = UnsafeBufferPointer(cString: method)
    let place = UnsafeRawPointer(targetStart)?.assumingMemoryBound(to: UInt8.self)
    let reader = HeadReader(
      handle, method: name, target: UnsafeBufferPointer(start: place, count: target.count),
      version: UnsafeBufferPointer(cString: version))
    let verdict = reader.guardian.verdict(bodyLimit: daemon.configuration.bodyLimit)
    guard case .body(let body) = verdict else {
      guard case .refused(let status, let detail) = verdict else { return false }
      return refuse(status, detail)
    }
    guard let method = HTTPMethod(name) else {
      return refuse(501, "this method isn't known here")
    }
    guard let target = target.withUnsafeBufferPointer({ RequestTarget($0, method: method) }) else {
      return refuse(400, "the request's target is malformed")
    }
    var request = HTTPRequest(
      method: method, path: target.path, query: target.query, headers: reader.headers,
      remoteAddress: remoteAddress)
    if case .announced(let length) = body { request.body.reserveCapacity(length) }
    self.request = request
    isHead = method == .head
    phase = .body
    deadline = daemon.now + daemon.deadlines.body
    return true
  }

  func bodyArrived(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let limit = daemon.configuration.bodyLimit
    guard (request?.body.count ?? 0) + bytes.count <= limit else {
      // libmicrohttpd takes no response in the middle of a body.
      sendLastWords(413, "the body is longer than \(limit) bytes")
      return false
    }
    request?.body.append(contentsOf: bytes)
    return true
  }

  /// The request is complete, or a suspended one was resumed. False closes the connection.
  func proceed() -> Bool {
    if isAborted || daemon.isClosing { return false }
    if phase == .body, let request {
      self.request = nil
      phase = .handling
      deadline = daemon.now + daemon.deadlines.response
      start(request)
    }
    if let answer {
      self.answer = nil
      return queue(answer)
    }
    suspend()
    return true
  }

  private func start(_ request: HTTPRequest) {
    let (handler, serial) = (daemon.handler, serial)
    // Runs here and now up to its first suspension; a handler without one costs no suspended connection.
    task = Task.immediate(executorPreference: daemon.reactor) {
      let response = await handler(request)
      self.handled(response, serial)
    }
  }

  private func handled(_ response: HTTPResponse, _ serial: UInt64) {
    daemon.reactor.preconditionOwned()
    guard serial == self.serial, phase == .handling, !isAborted else { return }
    task = nil
    guard answer == nil else { return }
    answer = response
    resume()
  }

  // MARK: Answering

  private func refuse(_ status: Int, _ detail: String) -> Bool {
    request = nil
    var response = daemon.configuration.refusal(status, detail)
    response.headers.set("connection", "close")
    return queue(response)
  }

  private func queue(_ response: HTTPResponse) -> Bool {
    phase = .answering
    deadline = daemon.now + daemon.deadlines.response
    let built =
      OutgoingResponse(response, for: self, closing: daemon.isStopping)
      ?? OutgoingResponse(
        daemon.configuration.refusal(500, "the response can't be sent"), for: self, closing: daemon.isStopping
      )
    guard let built else { return false }
    defer { MHD_destroy_response(built.handle) }
    stream = built.stream
    return MHD_queue_response(handle, UInt32(built.status), built.handle) == .YES
  }

  /// The stream's own task, started by its first read: `HEAD` never reads.
  func produce(_ stream: StreamBody, _ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void) {
    task = daemon.reactor.spawn {
      do {
        try await write(stream)
        stream.end(.finished)
      } catch {
        stream.end(.failed)
      }
    }
  }

  /// The client took something, or has to wait for the producer: then no deadline runs.
  func progressed(isWaiting: Bool) {
    deadline = isWaiting ? .max : daemon.now + daemon.deadlines.response
  }

  func suspend() {
    guard !isSuspended else { return }
    isSuspended = true
    MHD_suspend_connection(handle)
  }

  func resume() {
    guard isSuspended else { return }
    isSuspended = false
    MHD_resume_connection(handle)
    daemon.runSoon()
  }

  // MARK: Ends

  /// libmicrohttpd has done with the request, in whatever way.
  func completed() {
    task?.cancel()
    task = nil
    stream?.end(.closed)
    stream = nil
    request = nil
    answer = nil
    isAborted = false
    serial += 1
    phase = .resting
    deadline = daemon.now + daemon.deadlines.keepAlive
    daemon.activeRequests -= 1
  }

  func closed() {
    if phase != .resting { completed() }
    daemon.closed(self)
  }

  /// The client has gone while the connection was suspended, so that libmicrohttpd didn't notice.
  func clientHasGone() {
    isAborted = true
    task?.cancel()
    stream?.end(.closed)
    resume()
  }

  /// The deadline has passed.
  func expire() {
    deadline = .max
    switch phase {
    case .handling: abandon()
    case .head, .body:
      sendLastWords(408, "the request took too long")
      cut()
    case .resting, .answering: cut()
    }
  }

  /// Gives up what the application works on: 503 for a handler, the end for a stream.
  func abandon() {
    task?.cancel()
    if phase == .handling, answer == nil {
      var response = daemon.configuration.refusal(503, "the request was given up")
      response.headers.set("connection", "close")
      answer = response
    }
    stream?.end(.closed)
    resume()
  }

  /// Ends a connection that nothing is under way on.
  func closeIfResting() {
    if phase == .resting, mhd_unread(descriptor) == 0 { cut() }
  }

  /// Ends the connection; libmicrohttpd notices and closes it.
  func cut() {
    deadline = .max
    if isSuspended { clientHasGone() }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Writes an answer past libmicrohttpd, on a connection that is closed right afterwards. What doesn't fit
  /// into the socket's buffer is lost.
  private func sendLastWords(_ status: Int, _ detail: String) {
    let text = LastWords.render(daemon.configuration.refusal(status, detail))
    _ = text.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }
}
