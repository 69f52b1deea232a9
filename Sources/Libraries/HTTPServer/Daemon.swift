import CMicroHTTPD
import Glibc
import Reactor

/// libmicrohttpd without a thread of its own, driven by a reactor.
///
/// Its epoll descriptor is watched; it runs when that wakes, after every resume, and again in the next turn
/// while it says that something is left. Its own timeouts are off: they start anew with every byte, so a
/// client that drips would live for ever. ``Watchdog`` has the deadlines.
// @unchecked: all of it is touched on the reactor alone, which `run()` and the entrances assert.
final class Daemon: @unchecked Sendable {
  let reactor: Reactor
  let configuration: HTTPServerConfiguration
  let handler: HTTPServer.Handler
  let deadlines: Deadlines
  /// The watchdog's clock in milliseconds, as of the last run; it stands still while the reactor is held up.
  private(set) var now: UInt64 = 0
  private(set) var connections: [Connection] = []
  var activeRequests = 0
  /// No new connections, and every answer is the last on its connection.
  private(set) var isStopping = false
  /// Nothing may be suspended any more.
  private(set) var isClosing = false

  private var handle: OpaquePointer?
  private var watcher: DescriptorWatcher?
  private var deferredRun: DeferredAction?
  private var watchdog: ReactorTimer?
  private var lastWatch: UInt64 = 0
  private var heldUp: UInt64 = 0
  private var isRunning = false
  private var nextRunIsPosted = false
  private var drained: (() -> Void)?
  private var stopWaiters: [CheckedContinuation<Void, Never>] = []

  init(
    on reactor: Reactor, socket: ListeningSocket, configuration: HTTPServerConfiguration,
    handler: @escaping HTTPServer.Handler
  ) throws(HTTPServerError) {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.configuration = configuration
    self.handler = handler
    deadlines = Deadlines(configuration)
    // libmicrohttpd writes with `writev` too, which can't be told to raise no signal.
    signal(SIGPIPE, SIG_IGN)
    var settings = daemonSettings(configuration)
    settings.listen_socket = socket.descriptor
    settings.owner = Unmanaged.passUnretained(self).toOpaque()
    guard let handle = mhd_start(&settings) else {
      // The socket is libmicrohttpd's now: it may have closed it already.
      throw .system(operation: "MHD_start_daemon", code: errno)
    }
    self.handle = handle
    deferredRun = DeferredAction(on: reactor) { [unowned self] in run() }
    do {
      // The daemon's callbacks hold it unretained; the closure of the watcher retains it until `close()`.
      watcher = try reactor.watch(mhd_epoll_descriptor(handle), for: .readable) { _ in self.run() }
    } catch {
      MHD_stop_daemon(handle)
      throw .system(operation: error.operation, code: -error.code)
    }
    updateClock()
  }

  // MARK: Driving

  /// Lets libmicrohttpd work through what is ready. Never inside of one of its callbacks.
  private func run() {
    guard let handle else { return }
    reactor.preconditionOwned()
    precondition(!isRunning, "a daemon was run from its own callback")
    isRunning = true
    updateClock()
    MHD_run(handle)
    isRunning = false
    var timeout: UInt64 = 0
    if MHD_get_timeout(handle, &timeout) == .YES, timeout == 0 { runInNextTurn() }
    if connections.isEmpty, let drained { drained() }
  }

  /// Once more before the reactor sleeps: a connection was resumed or cut.
  func runSoon() { deferredRun?.arm() }

  /// Not in this turn, so that a client with a full pipeline leaves room for the others.
  private func runInNextTurn() {
    guard !nextRunIsPosted else { return }
    nextRunIsPosted = true
    reactor.post {
      self.nextRunIsPosted = false
      self.run()
    }
  }

  private func updateClock() { now = monotonicTime() - heldUp }

  private func monotonicTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
  }

  // MARK: Connections

  func opened(_ handle: OpaquePointer) -> Connection {
    let connection = Connection(handle, of: self, index: connections.count)
    connections.append(connection)
    if watchdog == nil {
      let interval = configuration.watchInterval
      lastWatch = monotonicTime()
      watchdog = reactor.schedule(after: interval, repeating: interval) { [unowned self] in watchAll() }
    }
    return connection
  }

  private func watchAll() {
    // While the reactor is held up, what came in time lies unread: nobody is charged for that.
    let interval = configuration.watchInterval.milliseconds
    let time = monotonicTime()
    if time - lastWatch > 2 * interval { heldUp += time - lastWatch - interval }
    lastWatch = time
    updateClock()
    watch(connections)
  }

  func closed(_ connection: Connection) {
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.index] = last
      last.index = connection.index
    }
    // At its limit libmicrohttpd has stopped to listen; it begins again in a run after this one.
    runInNextTurn()
    if connections.isEmpty {
      watchdog?.cancel()
      watchdog = nil
    }
  }

  // MARK: Stopping

  func stop(grace: Duration) async {
    if isStopping {
      if handle != nil { await withCheckedContinuation { stopWaiters.append($0) } }
      return
    }
    isStopping = true
    run()
    // What has connected already was accepted just now; whoever comes later is turned away by the kernel.
    if let handle { Glibc.close(MHD_quiesce_daemon(handle)) }
    for connection in connections { connection.closeIfResting() }
    await drain(within: grace)
    for connection in connections { connection.abandon() }
    await drain(within: min(grace, .seconds(1)))
    isClosing = true
    for connection in connections { connection.cut() }
    close()
    for waiter in stopWaiters { waiter.resume() }
    stopWaiters = []
  }

  /// Waits until no connection is left, at most `limit`.
  private func drain(within limit: Duration) async {
    run()
    guard !connections.isEmpty, limit > .zero else { return }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      var timer: ReactorTimer?
      let finish = { [unowned self] in
        drained = nil
        timer?.cancel()
        continuation.resume()
      }
      drained = finish
      timer = reactor.schedule(after: limit, finish)
    }
  }

  /// Every connection has been resumed by now: what is suspended may not be stopped.
  private func close() {
    run()
    watcher?.stop()
    watcher = nil
    deferredRun?.cancel()
    deferredRun = nil
    MHD_stop_daemon(handle)
    handle = nil
    watchdog?.cancel()
    watchdog = nil
  }
}

/// The configuration's deadlines in milliseconds.
struct Deadlines {
  let header, body, response, keepAlive: UInt64

  init(_ configuration: HTTPServerConfiguration) {
    header = configuration.headerDeadline.milliseconds
    body = configuration.bodyDeadline.milliseconds
    response = configuration.responseDeadline.milliseconds
    keepAlive = configuration.keepAliveTimeout.milliseconds
  }
}
