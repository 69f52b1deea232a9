import CLibuv

/// A timer of a reactor, once or repeating. Made by ``Reactor/schedule(after:repeating:_:)``; owner only.
package final class ReactorTimer {
  private let reactor: Reactor
  private var box: HandleBox<uv_timer_t>?
  private var action: (() -> Void)?
  /// A running timer keeps itself alive.
  private var keepAlive: ReactorTimer?
  private let repeats: Bool

  fileprivate init(
    on reactor: Reactor, after delay: Duration, every interval: Duration?, _ action: @escaping () -> Void
  ) {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.action = action
    repeats = interval != nil
    let box = HandleBox<uv_timer_t>(owner: self)
    self.box = box
    uv_timer_init(reactor.loop, box.pointer)
    // libuv's clock stands still during a turn; without this a timer set late in a long turn fires early.
    uv_update_time(reactor.loop)
    uv_timer_start(
      box.pointer,
      { Unmanaged<ReactorTimer>.fromOpaque($0!.pointee.data).takeUnretainedValue().fire() },
      delay.milliseconds, interval.map { max(1, $0.milliseconds) } ?? 0)
    keepAlive = self
  }

  /// Ends the timer; its action won't run any more. Idempotent.
  package func cancel() {
    reactor.preconditionOwned()
    box?.close()
    box = nil
    action = nil
    keepAlive = nil
  }

  private func fire() {
    let action = self.action
    if !repeats { cancel() }
    action?()
  }
}

extension Reactor {
  /// Runs `action` on this reactor after `delay`, then every `interval`. Resolution: a millisecond.
  @discardableResult
  package func schedule(
    after delay: Duration, repeating interval: Duration? = nil, _ action: @escaping () -> Void
  ) -> ReactorTimer {
    ReactorTimer(on: self, after: delay, every: interval, action)
  }
}

extension Duration {
  /// Whole milliseconds, rounded up, never negative: a deadline must not come early.
  package var milliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(seconds) * 1_000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
