import Reactor

/// The one timer that curl asks for, set anew several times per transfer; so it is moved only when it must
/// ring earlier than it is going to.
final class MultiAlarm {
  /// Whether curl is at work: what it wants at once then has to wait for the next turn, or one busy transfer
  /// would keep the reactor from its sockets.
  var isBusy = false

  private let reactor: Reactor
  private let ring: () -> Void
  private var soon: DeferredAction?
  private var timer: ReactorTimer?
  private var timerTime: ContinuousClock.Instant?
  private var wantedTime: ContinuousClock.Instant?

  init(reactor: Reactor, _ ring: @escaping () -> Void) {
    self.reactor = reactor
    self.ring = ring
    soon = DeferredAction(on: reactor, ring)
  }

  /// -1 for never, 0 for as soon as possible.
  func set(milliseconds: Int) {
    wantedTime = nil
    if milliseconds == 0, !isBusy {
      soon?.arm()
    } else if milliseconds >= 0 {
      schedule(at: .now + .milliseconds(milliseconds))
    }
  }

  func cancel() {
    timer?.cancel()
    soon?.cancel()
    timer = nil
    timerTime = nil
    wantedTime = nil
  }

  private func schedule(at time: ContinuousClock.Instant) {
    wantedTime = time
    if let timerTime, timerTime <= time { return }
    timer?.cancel()
    timerTime = time
    timer = reactor.schedule(after: time - .now) { [unowned self] in timerRang() }
  }

  private func timerRang() {
    timer = nil
    timerTime = nil
    guard let wantedTime else { return }
    // A later wish came after the timer had been started.
    guard wantedTime <= .now else { return schedule(at: wantedTime) }
    self.wantedTime = nil
    ring()
  }
}
