import Reactor

/// One life of a connection: dials, introduces itself, then carries commands and replies until it ends.
///
/// Commands written before it is open wait: after a refused SELECT they would run in another database.
/// Owner only.
final class Link {
  private let reactor: Reactor
  private let configuration: RedisConfiguration
  private var dialer: Dialer?
  private var wire: Wire?
  private var timeout: ReactorTimer?
  private var introduction: Introduction
  /// Commands that wait for the link to open.
  private var held: [UInt8] = []
  private var onOpen: (() -> Void)?
  private var onReply: ((RedisValue) -> Void)?
  private var onEnd: ((RedisError) -> Void)?

  private(set) var isOpen = false
  private var encoder = CommandEncoder()

  /// `onEnd` is called at most once, never from within the initializer, and not after ``close()``.
  init(
    reactor: Reactor, configuration: RedisConfiguration, onOpen: @escaping () -> Void,
    onReply: @escaping (RedisValue) -> Void, onEnd: @escaping (RedisError) -> Void
  ) {
    self.reactor = reactor
    self.configuration = configuration
    introduction = Introduction(configuration)
    self.onOpen = onOpen
    self.onReply = onReply
    self.onEnd = onEnd
    timeout = reactor.schedule(after: configuration.connectTimeout) { [self] in
      let (host, port) = (configuration.host, configuration.port)
      end(RedisError(code: .connection, message: "\(host):\(port): no connection in time"))
    }
    dialer = Dialer(reactor: reactor, host: configuration.host, port: configuration.port) {
      [self] in dialed($0)
    }
    dialer?.start()
  }

  /// Bytes that wait to be sent.
  var unsent: Int { held.count + (wire?.unsent ?? 0) }

  /// When bytes last came in; nil before the socket is connected.
  var lastHeard: Instant? { wire?.lastHeard }

  func write(_ command: [RedisArgument]) {
    if isOpen, let wire {
      wire.write { encoder.encode(command, into: &$0) }
    } else {
      encoder.encode(command, into: &held)
    }
  }

  /// Closes without a word. Idempotent.
  func close() {
    timeout?.cancel()
    dialer?.cancel()
    wire?.close()
    (timeout, dialer, wire) = (nil, nil, nil)
    (onOpen, onReply, onEnd) = (nil, nil, nil)
    isOpen = false
  }

  /// Closes and tells why.
  func end(_ error: RedisError) {
    let onEnd = self.onEnd
    close()
    onEnd?(error)
  }

  private func dialed(_ result: Result<Int32, RedisError>) {
    dialer = nil
    do throws(RedisError) {
      let wire = try Wire(
        reactor: reactor, descriptor: try result.get(), replyLimit: configuration.replyLimit,
        onReply: { [self] in received($0) }, onEnd: { [self] in end($0) })
      self.wire = wire
      wire.write { bytes in
        for command in introduction.commands { encoder.encode(command, into: &bytes) }
      }
      if introduction.isOver { open() }
    } catch {
      end(error)
    }
  }

  private func received(_ value: RedisValue) {
    guard !isOpen else {
      onReply?(value)
      return
    }
    do throws(RedisError) {
      try introduction.take(value)
      if introduction.isOver { open() }
    } catch {
      end(error)
    }
  }

  private func open() {
    timeout?.cancel()
    timeout = nil
    isOpen = true
    wire?.write { $0.append(contentsOf: held) }
    held = []
    onOpen?()
    onOpen = nil
  }
}
