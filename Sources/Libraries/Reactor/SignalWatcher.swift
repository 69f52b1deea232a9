import CLibuv

/// Calls back for a signal of the process. Made by ``Reactor/onSignal(_:_:)``; owner only.
package final class SignalWatcher {
  private let reactor: Reactor
  private var box: HandleBox<uv_signal_t>?
  private var action: (() -> Void)?
  /// A watcher at work keeps itself alive.
  private var keepAlive: SignalWatcher?

  fileprivate init(on reactor: Reactor, _ signal: Int32, _ action: @escaping () -> Void) throws(ReactorError)
  {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.action = action
    let box = HandleBox<uv_signal_t>(owner: self)
    self.box = box
    uv_signal_init(reactor.loop, box.pointer)
    let code = uv_signal_start(
      box.pointer,
      { handle, _ in
        Unmanaged<SignalWatcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue().action?()
      }, signal)
    guard code == 0 else {
      box.close()
      throw ReactorError("uv_signal_start", code)
    }
    keepAlive = self
  }

  /// Gives the signal back to its default. Idempotent.
  package func stop() {
    reactor.preconditionOwned()
    box?.close()
    box = nil
    action = nil
    keepAlive = nil
  }
}

extension Reactor {
  /// Runs `action` on this reactor whenever the process receives `signal`.
  package func onSignal(_ signal: Int32, _ action: @escaping () -> Void) throws(ReactorError) -> SignalWatcher
  {
    try SignalWatcher(on: self, signal, action)
  }
}
