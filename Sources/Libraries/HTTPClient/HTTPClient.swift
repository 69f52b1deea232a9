import CCurl
import Glibc
import Reactor
import Secrets

/// HTTP/1.1 and HTTP/2 requests over curl's multi handle, driven by one reactor.
///
/// It follows no redirect, keeps no cookie, reads no `.netrc` and no proxy from the environment, and speaks
/// `http` and `https` only. Connections are kept and used again; when the server closed one in the meantime,
/// curl sends the request once more on a new one, provided that not a byte of an answer had come. Compressed
/// bodies come decompressed. Made, used and closed on its reactor.
///
/// The program ignores SIGPIPE: curl leaves that to its user, and a TLS connection that ends would kill it.
// @unchecked: all of it is touched on the reactor alone, as `preconditionOwned()` asserts.
package final class HTTPClient: @unchecked Sendable {
  package struct Configuration: Sendable {
    package var userAgent: String
    package var maxConnectionsPerHost = 32
    package var connectTimeout: Duration = .seconds(5)
    /// Such as `http://proxy.example:3128`; `nil` for none.
    package var proxy: String?
    /// A PEM file of certificate authorities to trust instead of the system's.
    package var authorities: String?

    package init(userAgent: String) { self.userAgent = userAgent }
  }

  private let reactor: Reactor
  private let configuration: Configuration
  private let driver: MultiDriver
  private var active: [OpaquePointer: Transfer] = [:]
  private var idle: [EasyHandle] = []
  private var isClosed = false

  /// Handles beyond this many are freed when they have done their work.
  private static let maximumIdleHandles = 64

  /// How long what was sent may go unacknowledged before a connection counts as dead, in milliseconds.
  private static let longestSilence: CUnsignedInt = 20_000

  /// - Throws: `failed` when curl can't start.
  package init(reactor: Reactor, configuration: Configuration) throws(HTTPClientError) {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.configuration = configuration
    driver = try MultiDriver(reactor: reactor, maxConnectionsPerHost: configuration.maxConnectionsPerHost)
    driver.onEnd = { [unowned self] in ended($0, $1) }
    driver.onFault = { [unowned self] in finishAll($0) }
  }

  /// Sends `request` and returns the whole answer, whatever its status.
  ///
  /// Cancelling the task ends the exchange and its connection at once.
  package func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
    try request.validate()
    return try await perform(
      Transfer(
        request, headers: HeaderList(lines(of: request)), body: SecretBytes(copying: request.body ?? [])))
  }

  /// The same with one more header, of which no copy of ours remains afterwards. (curl's and OpenSSL's buffers
  /// are out of reach.)
  package func send(
    _ request: HTTPClientRequest, secretHeader: borrowing SecretHeader
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    try request.validate()
    let lines = lines(of: request)
    let headers = secretHeader.line.withUnsafeBytes { HeaderList(lines, secretLine: $0) }
    return try await perform(
      Transfer(request, headers: headers, body: SecretBytes(copying: request.body ?? [])))
  }

  /// The same with a secret body in the place of the request's own.
  package func send(
    _ request: HTTPClientRequest, secretBody: borrowing SecretBytes
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    try request.validate()
    return try await perform(
      Transfer(request, headers: HeaderList(lines(of: request)), body: secretBody.copy()))
  }

  /// The same with both.
  package func send(
    _ request: HTTPClientRequest, secretHeader: borrowing SecretHeader, secretBody: borrowing SecretBytes
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    try request.validate()
    let lines = lines(of: request)
    let headers = secretHeader.line.withUnsafeBytes { HeaderList(lines, secretLine: $0) }
    return try await perform(Transfer(request, headers: headers, body: secretBody.copy()))
  }

  /// Ends what is on its way with `closed` and closes every connection. Idempotent.
  package func close() {
    reactor.preconditionOwned()
    guard !isClosed else { return }
    isClosed = true
    finishAll(HTTPClientError(.closed, "the client was closed"))
    // curl wants its easy handles gone before the multi handle.
    idle.removeAll()
    driver.close()
  }

  // MARK: A transfer's life

  private func perform(_ transfer: Transfer) async throws(HTTPClientError) -> HTTPClientResponse {
    reactor.preconditionOwned()
    guard !Task.isCancelled else { throw HTTPClientError(.cancelled, "cancelled before it began") }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { start(transfer, $0) }
    } onCancel: {
      reactor.post { [self] in
        finish(transfer, .failure(HTTPClientError(.cancelled, "cancelled by its task")))
      }
    }
    return try outcome.get()
  }

  private func start(_ transfer: Transfer, _ continuation: CheckedContinuation<Transfer.Outcome, Never>) {
    guard !isClosed else {
      return continuation.resume(returning: .failure(HTTPClientError(.closed, "the client is closed")))
    }
    guard let easy = idle.popLast() ?? EasyHandle() else {
      return continuation.resume(returning: .failure(HTTPClientError(.failed, "curl has no handle left")))
    }
    configure(easy)
    transfer.configure(easy)
    guard easy.refusal == CURLE_OK else {
      return continuation.resume(returning: .failure(HTTPClientError(easy.refusal, detail: easy.complaint)))
    }
    transfer.easy = easy
    transfer.continuation = continuation
    active[easy.pointer] = transfer
    // Our own timer: curl's starts only when a connection is free.
    transfer.deadline = reactor.schedule(after: transfer.request.deadline) { [self] in
      let message = "no complete answer within \(transfer.request.deadline)"
      finish(transfer, .failure(HTTPClientError(.timedOut, message)))
    }
    if let problem = driver.add(easy) { finish(transfer, .failure(problem)) }
  }

  private func ended(_ pointer: OpaquePointer, _ result: CURLcode) {
    guard let transfer = active[pointer], let easy = transfer.easy else { return }
    finish(transfer, transfer.outcome(result, easy))
  }

  private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
    guard let easy = transfer.easy else { return }
    driver.remove(easy)
    active[easy.pointer] = nil
    // Only after a success: a failed look-up leaves the handle's buffer behind, and with it some options are
    // refused. Reset before the transfer may go, because the handle points into it.
    if case .success = outcome, idle.count < HTTPClient.maximumIdleHandles {
      easy.reset()
      idle.append(easy)
    }
    transfer.easy = nil
    transfer.deadline?.cancel()
    transfer.deadline = nil
    transfer.continuation?.resume(returning: outcome)
    transfer.continuation = nil
  }

  private func finishAll(_ error: HTTPClientError) {
    for transfer in Array(active.values) { finish(transfer, .failure(error)) }
  }

  // MARK: Options

  private func configure(_ easy: EasyHandle) {
    easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    easy.set(CURLOPT_REDIR_PROTOCOLS_STR, "https")
    easy.set(CURLOPT_FOLLOWLOCATION, false)
    easy.set(CURLOPT_DISALLOW_USERNAME_IN_URL, true)
    easy.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    // Empty, not unset: unset would ask the environment.
    easy.set(CURLOPT_PROXY, configuration.proxy ?? "")
    easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
    if let authorities = configuration.authorities { easy.set(CURLOPT_CAINFO, authorities) }
    easy.set(CURLOPT_NOSIGNAL, true)
    // Otherwise removing a transfer would wait for the thread in getaddrinfo, and the reactor with it. The
    // thread is detached and frees what it holds when it ends.
    easy.set(CURLOPT_QUICK_EXIT, true)
    easy.set(CURLOPT_TCP_KEEPALIVE, true)
    // Requests share a connection of HTTP/2, and one that times out doesn't end it. When it died without a word,
    // the next would go the same way for minutes: nothing is probed while something is unacknowledged.
    easy.set(onNewSocket: { _, socket, _ in
      var limit = HTTPClient.longestSilence
      let size = socklen_t(MemoryLayout.size(ofValue: limit))
      let isSet = setsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, size) == 0
      return isSet ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR
    })
    easy.set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: configuration.connectTimeout.milliseconds))
    easy.set(CURLOPT_USERAGENT, configuration.userAgent)
    easy.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    easy.set(CURLOPT_BUFFERSIZE, 64 << 10)
  }

  private func lines(of request: HTTPClientRequest) -> [String] {
    // To curl `name:` removes a header and `name;` sends it empty.
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    // What curl would add by itself: a wait of a second before a large body, and a form's type.
    lines.append("Expect:")
    if !request.headers.contains(where: { HTTPSyntax.areEqual($0.name, "Content-Type") }) {
      lines.append("Content-Type:")
    }
    return lines
  }
}
