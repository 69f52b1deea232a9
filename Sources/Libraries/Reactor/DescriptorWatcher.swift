import CLibuv

/// Tells when a descriptor can be read or written. Made by ``Reactor/watch(_:for:_:)``; owner only.
///
/// Level-triggered. Stop it *before* the descriptor is closed: libuv must not poll a number that the system
/// may give away again.
package final class DescriptorWatcher {
  package struct Events: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let readable = Events(rawValue: Int32(UV_READABLE.rawValue))
    package static let writable = Events(rawValue: Int32(UV_WRITABLE.rawValue))
    /// The peer has closed its side: what a suspended connection would not notice otherwise.
    package static let disconnected = Events(rawValue: Int32(UV_DISCONNECT.rawValue))
  }

  package let descriptor: Int32
  package private(set) var events: Events = []
  private let reactor: Reactor
  private var box: HandleBox<uv_poll_t>?
  private var action: ((Events) -> Void)?
  /// A watcher at work keeps itself alive.
  private var keepAlive: DescriptorWatcher?

  fileprivate init(
    on reactor: Reactor, _ descriptor: Int32, _ action: @escaping (Events) -> Void
  ) throws(ReactorError) {
    reactor.preconditionOwned()
    self.reactor = reactor
    self.descriptor = descriptor
    self.action = action
    let box = HandleBox<uv_poll_t>(owner: self)
    let code = uv_poll_init(reactor.loop, box.pointer, descriptor)
    guard code == 0 else {
      box.pointer.deallocate()
      throw ReactorError("uv_poll_init", code)
    }
    self.box = box
    keepAlive = self
  }

  /// What to wait for from now on; `[]` pauses.
  package func update(_ events: Events) {
    reactor.preconditionOwned()
    guard let box, events != self.events else { return }
    self.events = events
    guard events != [] else {
      uv_poll_stop(box.pointer)
      return
    }
    start(box)
  }

  private func start(_ box: HandleBox<uv_poll_t>) {
    uv_poll_start(box.pointer, events.rawValue) { handle, status, events in
      let watcher = Unmanaged<DescriptorWatcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue()
      watcher.receive(status < 0 ? nil : Events(rawValue: events))
    }
  }

  /// - Parameter events: nil for an error on the descriptor, which shows as readable and writable: whoever reads
  ///   or writes next learns it.
  private func receive(_ events: Events?) {
    action?(events ?? [.readable, .writable])
    // libuv stops a handle at an error, but there may be data before it that takes more than one read.
    if events == nil, let box, self.events != [] { start(box) }
  }

  /// Ends the watching. Idempotent; the descriptor may be closed right afterwards.
  package func stop() {
    reactor.preconditionOwned()
    if let box {
      uv_poll_stop(box.pointer)
      box.close()
    }
    box = nil
    events = []
    action = nil
    keepAlive = nil
  }
}

extension Reactor {
  /// Watches `descriptor`, which becomes non-blocking; `action` gets what is possible now.
  package func watch(
    _ descriptor: Int32, for events: DescriptorWatcher.Events,
    _ action: @escaping (DescriptorWatcher.Events) -> Void
  ) throws(ReactorError) -> DescriptorWatcher {
    let watcher = try DescriptorWatcher(on: self, descriptor, action)
    watcher.update(events)
    return watcher
  }
}
