import Glibc

/// Where lines go: a bounded queue that a thread of its own writes to a descriptor.
///
/// When whoever reads is too slow the queue fills up, lines are dropped and a later line tells how many. A
/// crash loses what is queued; call ``Logger/flush(within:)`` at the end.
package final class LogSink: Sendable {
  /// The standard error, so that the standard output stays for what a command answers.
  package static let standardError = LogSink()

  private let queue: LogQueue

  /// - Parameters:
  ///   - descriptor: stays the caller's; it must outlive the sink's last line.
  ///   - capacity: bytes that may wait.
  package init(descriptor: Int32 = STDERR_FILENO, capacity: Int = 4 << 20) {
    queue = LogQueue(capacity: capacity)
    LogThread.start(queue, descriptor)
  }

  /// The thread writes what is left and ends.
  deinit { queue.close() }

  func append(_ line: [UInt8], _ writer: LineWriter) { queue.append(line, writer) }

  func flush(within timeout: Duration) -> Bool { queue.flush(within: timeout) }
}
