import Glibc

/// The thread that writes a queue to its descriptor, so that a slow disk or pipe blocks nobody else.
final class LogThread: Sendable {
  private let queue: LogQueue
  private let descriptor: Int32

  static func start(_ queue: LogQueue, _ descriptor: Int32) {
    let this = Unmanaged.passRetained(LogThread(queue, descriptor))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        // Balances `passRetained`: the thread owns its object from here to its end.
        Unmanaged<LogThread>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, this.toOpaque())
    // A process that can't start a thread can't start its reactors either.
    precondition(code == 0, "no thread for the log: \(String(cString: strerror(code)))")
    pthread_detach(thread)
  }

  private init(_ queue: LogQueue, _ descriptor: Int32) {
    self.queue = queue
    self.descriptor = descriptor
  }

  private func run() {
    // Signals are for others; a reader that has gone shows as EPIPE.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    while let bytes = queue.take() {
      write(bytes)
      queue.finish(bytes.count)
    }
  }

  /// What can't be written is lost: there is nobody left to tell.
  private func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        if count > 0 {
          offset += count
        } else if errno == EAGAIN {
          // Whoever shares the descriptor has made it non-blocking.
          var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          Glibc.poll(&poll, 1, 1_000)
        } else if errno != EINTR {
          return
        }
      }
    }
  }
}
