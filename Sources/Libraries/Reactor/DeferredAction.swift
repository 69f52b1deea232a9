/// Something to do once before the reactor sleeps again, however often it was asked for in between.
///
/// For what is cheaper done once per turn: flushing a connection that ten statements were written to, or
/// running a server that ten connections were resumed on. Owner only.
package final class DeferredAction {
  private let reactor: Reactor
  private var action: (() -> Void)?
  private var isArmed = false

  package init(on reactor: Reactor, _ action: @escaping () -> Void) {
    self.reactor = reactor
    self.action = action
  }

  /// Asks for one run before the reactor's next poll.
  package func arm() {
    reactor.preconditionOwned()
    guard !isArmed, action != nil else { return }
    isArmed = true
    reactor.arm(self)
  }

  /// Drops the action, also when armed.
  package func cancel() {
    reactor.preconditionOwned()
    action = nil
  }

  func fire() {
    isArmed = false
    action?()
  }
}
