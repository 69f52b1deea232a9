import Reactor

/// Listens to channels over a connection of its own, for ever: it reconnects and subscribes again by itself.
///
/// Publish/subscribe keeps nothing: what is published while it is away is gone, hence `onSubscribed`. Made
/// and used on its reactor alone; the callbacks run there. Close it when it is no longer needed.
// @unchecked: touched on the reactor alone, as `preconditionOwned()` asserts.
package final class RedisSubscriber: @unchecked Sendable {
  private static let firstPause = Duration.milliseconds(50)
  private static let longestPause = Duration.seconds(5)

  private let reactor: Reactor
  private let configuration: RedisConfiguration
  private let channels: [String]
  private let heartbeat: Duration
  private let onMessage: (String, [UInt8]) -> Void
  private let onSubscribed: () -> Void
  private let onLost: (RedisError) -> Void
  private var link: Link?
  private var timer: ReactorTimer?
  private var failures = 0
  private var confirmed = 0
  private var isClosed = false

  /// Begins at once.
  ///
  /// - Parameters:
  ///   - heartbeat: how often the connection is asked for a sign of life; silent for two of them, it is
  ///     given up.
  ///   - onMessage: channel and payload.
  ///   - onSubscribed: all channels are subscribed, for the first time or again: whatever was published
  ///     before may have been missed.
  ///   - onLost: a connection was lost, or couldn't be made; the next attempt comes by itself.
  package init(
    reactor: Reactor, configuration: RedisConfiguration, channels: [String],
    heartbeat: Duration = .seconds(15),
    onMessage: @escaping (_ channel: String, _ payload: [UInt8]) -> Void,
    onSubscribed: @escaping () -> Void,
    onLost: @escaping (RedisError) -> Void = { _ in }
  ) {
    reactor.preconditionOwned()
    precondition(!channels.isEmpty, "nothing to subscribe to")
    self.reactor = reactor
    self.configuration = configuration
    self.channels = channels
    self.heartbeat = heartbeat
    self.onMessage = onMessage
    self.onSubscribed = onSubscribed
    self.onLost = onLost
    connect()
  }

  /// Ends it; no callback runs afterwards. Idempotent.
  package func close() {
    reactor.preconditionOwned()
    isClosed = true
    timer?.cancel()
    timer = nil
    link?.close()
    link = nil
  }

  private func connect() {
    confirmed = 0
    let link = Link(
      reactor: reactor, configuration: configuration,
      onOpen: { [self] in beginHeartbeat() },
      onReply: { [self] in received($0) },
      onEnd: { [self] in lost($0) })
    self.link = link
    link.write(["SUBSCRIBE"] + channels.map { RedisArgument($0) })
  }

  private func lost(_ error: RedisError) {
    timer?.cancel()
    link = nil
    let pause = Redial.pause(after: failures, first: Self.firstPause, longest: Self.longestPause)
    failures += 1
    timer = reactor.schedule(after: pause) { [self] in connect() }
    onLost(error)
  }

  private func beginHeartbeat() {
    timer = reactor.schedule(after: heartbeat, repeating: heartbeat) { [self] in
      guard let link, let heard = link.lastHeard else { return }
      if heard + heartbeat * 2 <= .now() {
        link.end(RedisError(code: .connection, message: "the subscription was silent for too long"))
      } else {
        link.write(["PING"])
      }
    }
  }

  private func received(_ value: RedisValue) {
    guard let parts = value.elements, let kind = parts.first?.text else {
      return misunderstood(value)
    }
    switch (kind, parts.count) {
    case ("message", 3):
      guard let channel = parts[1].text, let payload = parts[2].bytes else { return misunderstood(value) }
      onMessage(channel, payload)
    case ("subscribe", 3):
      confirmed += 1
      guard confirmed == channels.count else { return }
      failures = 0
      onSubscribed()
    case ("pong", _): break
    default: misunderstood(value)
    }
  }

  private func misunderstood(_ value: RedisValue) {
    if case .error(let message) = value {
      link?.end(RedisError(reply: message))
    } else {
      link?.end(RedisError(code: .protocolViolation, message: "a subscription has an unknown answer"))
    }
  }
}
