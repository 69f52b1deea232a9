import Glibc
import Reactor

/// One connection through a ``FaultProxy``: what either side says goes to the other.
final class FaultProxyLink {
  /// One end, and what waits to be written to it.
  private final class Side {
    let descriptor: Int32
    var watcher: DescriptorWatcher?
    var outgoing: [UInt8] = []
    /// It will say no more.
    var isFinished = false
    /// The other side finished, and this one has been told.
    var isShut = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }
  }

  var onEnd: ((FaultProxyLink) -> Void)?
  /// Called after a piece from the target was handed on.
  var onAnswer: ((FaultProxyLink) -> Void)?
  var isPaused = false { didSet { watch() } }

  private let reactor: Reactor
  private let client: Side
  private let server: Side
  private let delay: () -> Duration
  /// Pieces that wait for their time.
  private var delayed = 0
  private var isEnded = false
  /// A side isn't read while more than this waits for the other.
  private static let bound = 1 << 20

  init(on reactor: Reactor, _ client: Int32, _ server: Int32, delay: @escaping () -> Duration) throws {
    self.reactor = reactor
    self.client = Side(client)
    self.server = Side(server)
    self.delay = delay
    self.client.watcher = try watcher(self.client, self.server)
    self.server.watcher = try watcher(self.server, self.client)
    watch()
  }

  /// Ends both sides with a reset.
  func cut() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    for side in [client, server] {
      setsockopt(side.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
    end()
  }

  private func watcher(_ side: Side, _ other: Side) throws -> DescriptorWatcher {
    try reactor.watch(side.descriptor, for: []) { [weak self] events in
      guard let self else { return }
      if events.contains(.readable) { read(side, other) }
      if events.contains(.writable), !isEnded { write(side, other) }
    }
  }

  private func read(_ side: Side, _ other: Side) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(side.descriptor, &buffer, buffer.count)
    if count < 0 { return errno == EAGAIN ? () : cut() }
    if count == 0 { side.isFinished = true }
    let piece = buffer.prefix(count)
    let delay = delay()
    guard delay > .zero else { return forward(piece, side, other) }
    delayed += 1
    reactor.schedule(after: delay) { [weak self] in
      self?.delayed -= 1
      self?.forward(piece, side, other)
    }
    watch()
  }

  private func forward(_ piece: ArraySlice<UInt8>, _ side: Side, _ other: Side) {
    guard !isEnded else { return }
    other.outgoing += piece
    if isPaused { return watch() }
    write(other, side)
    if side === server, !piece.isEmpty { onAnswer?(self) }
  }

  /// Writes what waits for `side`; `source` is where it came from.
  private func write(_ side: Side, _ source: Side) {
    if !side.outgoing.isEmpty {
      let count = send(
        side.descriptor, side.outgoing, side.outgoing.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      if count < 0, errno != EAGAIN, errno != ENOTCONN { return cut() }
      if count > 0 { side.outgoing.removeFirst(count) }
    }
    if side.outgoing.isEmpty, source.isFinished, delayed == 0, !side.isShut {
      side.isShut = true
      shutdown(side.descriptor, Int32(SHUT_WR))
    }
    if client.isShut, server.isShut { return end() }
    watch()
  }

  private func watch() {
    guard !isEnded else { return }
    for (side, other) in [(client, server), (server, client)] {
      var events: DescriptorWatcher.Events = []
      if !isPaused {
        if !side.isFinished, other.outgoing.count < FaultProxyLink.bound { events.insert(.readable) }
        if !side.outgoing.isEmpty { events.insert(.writable) }
      }
      side.watcher?.update(events)
    }
  }

  private func end() {
    guard !isEnded else { return }
    isEnded = true
    for side in [client, server] {
      side.watcher?.stop()
      close(side.descriptor)
    }
    onEnd?(self)
  }
}
