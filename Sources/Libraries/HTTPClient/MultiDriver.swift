import CCurl
import Reactor

/// curl's multi handle on a reactor: sockets and timers in, ended transfers out. Owner only.
///
/// curl must not be entered from one of its own callbacks; so the callbacks here only note what is wanted.
final class MultiDriver {
  /// Told for every transfer that curl has ended; whoever is told removes it.
  var onEnd: (OpaquePointer, CURLcode) -> Void = { _, _ in }
  /// Told when curl itself is in trouble: out of memory, mostly. It says so for no transfer in particular.
  var onFault: (HTTPClientError) -> Void = { _ in }

  private let reactor: Reactor
  private let multi: OpaquePointer
  private var watchers: [curl_socket_t: DescriptorWatcher] = [:]
  private var alarm: MultiAlarm?
  private var isClosed = false
  /// Transfers whose socket couldn't be watched.
  private var deaf: [OpaquePointer] = []

  /// For the life of the process; thread-safe in this curl.
  private static let isStarted = client_global_init() == CURLE_OK

  init(reactor: Reactor, maxConnectionsPerHost: Int) throws(HTTPClientError) {
    guard MultiDriver.isStarted, let multi = curl_multi_init() else {
      throw HTTPClientError(.failed, "curl can't start")
    }
    self.reactor = reactor
    self.multi = multi
    alarm = MultiAlarm(reactor: reactor) { [unowned self] in drive(CURL_SOCKET_TIMEOUT, 0) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    let results = [
      client_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, maxConnectionsPerHost),
      // Fixed: by default the number kept falls with the number of transfers, and a pause closes them all.
      client_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 4 * maxConnectionsPerHost),
      client_multi_set_on_socket(
        multi,
        { easy, socket, what, context, _ in
          MultiDriver.of(context).watch(socket, what, for: easy)
          return 0
        }, context),
      client_multi_set_on_timer(
        multi,
        { _, milliseconds, context in
          MultiDriver.of(context).alarm?.set(milliseconds: milliseconds)
          return 0
        }, context),
    ]
    guard results.allSatisfy({ $0 == CURLM_OK }) else {
      alarm?.cancel()
      curl_multi_cleanup(multi)
      isClosed = true
      throw HTTPClientError(.failed, "curl refuses its configuration")
    }
  }

  deinit { assert(isClosed, "an HTTPClient is closed on its reactor before it goes") }

  func add(_ easy: EasyHandle) -> HTTPClientError? {
    reactor.preconditionOwned()
    return MultiDriver.problem(curl_multi_add_handle(multi, easy.pointer))
  }

  /// Ends the transfer, if it hasn't ended, and with it an HTTP/1 connection that can't be used any more.
  func remove(_ easy: EasyHandle) {
    reactor.preconditionOwned()
    curl_multi_remove_handle(multi, easy.pointer)
  }

  func close() {
    reactor.preconditionOwned()
    guard !isClosed else { return }
    isClosed = true
    curl_multi_cleanup(multi)
    alarm?.cancel()
    for watcher in watchers.values { watcher.stop() }
    watchers.removeAll()
  }

  private func drive(_ socket: curl_socket_t, _ events: Int32) {
    var running: Int32 = 0
    alarm?.isBusy = true
    let code = curl_multi_socket_action(multi, socket, events, &running)
    alarm?.isBusy = false
    report()
    if let problem = MultiDriver.problem(code) { onFault(problem) }
  }

  private func report() {
    var remaining: Int32 = 0
    while !isClosed, let message = curl_multi_info_read(multi, &remaining) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      onEnd(easy, client_message_result(message))
    }
    for easy in exchange(&deaf, with: []) { onEnd(easy, CURLE_FAILED_INIT) }
  }

  private func watch(_ socket: curl_socket_t, _ what: Int32, for easy: OpaquePointer?) {
    guard what != CURL_POLL_REMOVE else {
      watchers.removeValue(forKey: socket)?.stop()
      return
    }
    var events: DescriptorWatcher.Events = []
    if what & CURL_POLL_IN != 0 { events.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
    if let watcher = watchers[socket] { return watcher.update(events) }
    do {
      watchers[socket] = try reactor.watch(socket, for: events) { [unowned self] events in
        var flags: Int32 = 0
        if events.contains(.readable) { flags |= CURL_CSELECT_IN }
        if events.contains(.writable) { flags |= CURL_CSELECT_OUT }
        drive(socket, flags)
      }
    } catch {
      if let easy { deaf.append(easy) }
    }
  }

  private static func problem(_ code: CURLMcode) -> HTTPClientError? {
    code == CURLM_OK ? nil : HTTPClientError(.failed, String(cString: curl_multi_strerror(code)))
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> MultiDriver {
    Unmanaged<MultiDriver>.fromOpaque(context!).takeUnretainedValue()
  }
}
