import Glibc
import Reactor

/// A TCP proxy on 127.0.0.1 that breaks on command, for tests of whoever talks through it. Owner only.
package final class FaultProxy {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Where to connect instead of the target.
  package private(set) var port: UInt16 = 0
  /// Connections taken since the start.
  package private(set) var accepted = 0
  /// Every piece is forwarded this much later.
  package var delay: Duration = .zero
  /// After so many more pieces from the target their connection is reset, with the last piece still unread.
  package var piecesUntilCut: Int?

  private let reactor: Reactor
  private let target: UInt16
  private var listener: DescriptorWatcher?
  private var links: [FaultProxyLink] = []
  private var isPaused = false

  /// - Parameter target: the port on 127.0.0.1 that everything goes to.
  package init(on reactor: Reactor, to target: UInt16) throws {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.target = target
    try accept()
  }

  /// Connections that are open now.
  package var open: Int { links.count }

  /// Ends every open connection with a reset; new ones are taken.
  package func cutAll() {
    for link in links { link.cut() }
  }

  /// Forwards nothing any more, in neither direction, and keeps every connection open.
  package func pause() {
    isPaused = true
    for link in links { link.isPaused = true }
  }

  /// Forwards again, also what came in between.
  package func resume() {
    isPaused = false
    for link in links { link.isPaused = false }
  }

  /// Refuses new connections; open ones live on.
  package func refuse() {
    guard let listener else { return }
    listener.stop()
    close(listener.descriptor)
    self.listener = nil
  }

  /// Takes connections (again), on the same port.
  package func accept() throws {
    guard listener == nil else { return }
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    setOption(descriptor, SO_REUSEADDR)
    guard withAddress(port, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
      throw Failure(description: "the proxy can't listen: \(String(cString: strerror(errno)))")
    }
    port = boundPort(of: descriptor)
    listener = try reactor.watch(descriptor, for: .readable) { [weak self] _ in self?.take(descriptor) }
  }

  /// Ends everything.
  package func stop() {
    refuse()
    cutAll()
  }

  private func countDown(_ link: FaultProxyLink) {
    guard let left = piecesUntilCut else { return }
    piecesUntilCut = left > 1 ? left - 1 : nil
    if left <= 1 { link.cut() }
  }

  private func take(_ listener: Int32) {
    let client = Glibc.accept(listener, nil, nil)
    guard client >= 0 else { return }
    accepted += 1
    let server = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    // Refused or not shows when the socket becomes writable or readable.
    _ = withAddress(target, { connect(server, $0, $1) })
    for descriptor in [client, server] { setOption(descriptor, TCP_NODELAY, level: Int32(IPPROTO_TCP)) }
    do {
      let link = try FaultProxyLink(
        on: reactor, client, server, delay: { [weak self] in self?.delay ?? .zero })
      link.isPaused = isPaused
      link.onAnswer = { [weak self] link in self?.countDown(link) }
      link.onEnd = { [weak self] ended in self?.links.removeAll { $0 === ended } }
      links.append(link)
    } catch {
      close(client)
      close(server)
    }
  }
}

private func setOption(_ descriptor: Int32, _ name: Int32, level: Int32 = SOL_SOCKET) {
  var on: Int32 = 1
  setsockopt(descriptor, level, name, &on, socklen_t(MemoryLayout<Int32>.size))
}

/// Calls `body` with 127.0.0.1 and `port`.
private func withAddress(
  _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

private func boundPort(of descriptor: Int32) -> UInt16 {
  var address = sockaddr_in()
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  _ = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
  }
  return UInt16(bigEndian: address.sin_port)
}
