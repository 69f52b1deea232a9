import Glibc

/// Lines that wait to be written, as one run of bytes.
// @unchecked: everything mutable is touched between lock and unlock of `mutex` alone.
final class LogQueue: @unchecked Sendable {
  private let capacity: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var bytes: [UInt8] = []
  private var dropped = 0
  /// Knows the format of the line that tells about dropped ones.
  private var writer: LineWriter?
  private var appended = 0
  private var written = 0
  private var isClosed = false
  /// Whether the writing thread sleeps until the next line. Only then is a line worth a wake.
  private var isResting = false
  private var flushers = 0

  /// How long lines gather before they are written together: a wake and a write for each of them would cost
  /// more than all the rest of a short request.
  private static let gathering = 2_000_000

  init(capacity: Int) {
    self.capacity = capacity
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  func append(_ line: [UInt8], _ writer: LineWriter) {
    locked {
      guard bytes.count + line.count <= capacity else {
        dropped += 1
        self.writer = writer
        return
      }
      bytes += line
      appended += line.count
      guard isResting else { return }
      isResting = false
      pthread_cond_broadcast(changed)
    }
  }

  /// Blocks for all that waits; nil when the queue is closed and empty. The writing thread's.
  func take() -> [UInt8]? {
    locked {
      while bytes.isEmpty, dropped == 0, !isClosed {
        isResting = true
        pthread_cond_wait(changed, mutex)
      }
      isResting = false
      gather()
      if dropped > 0, let writer {
        let line = writer.line(.warning, "log lines were dropped", context: [], ["dropped": dropped])
        bytes += line
        appended += line.count
        dropped = 0
      }
      guard !bytes.isEmpty else { return nil }
      defer { bytes = [] }
      return bytes
    }
  }

  /// Waits a moment for more, unless somebody waits for this.
  private func gather() {
    var limit = LogQueue.time(in: LogQueue.gathering)
    while flushers == 0, !isClosed {
      guard pthread_cond_timedwait(changed, mutex, &limit) == 0 else { return }
    }
  }

  /// What was taken has been written, or couldn't be. The writing thread's.
  func finish(_ count: Int) {
    locked {
      written += count
      pthread_cond_broadcast(changed)
    }
  }

  func flush(within timeout: Duration) -> Bool {
    let (seconds, attoseconds) = timeout.components
    var limit = LogQueue.time(in: Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    return locked {
      flushers += 1
      defer { flushers -= 1 }
      pthread_cond_broadcast(changed)
      let goal = appended
      while written < goal || dropped > 0 {
        guard pthread_cond_timedwait(changed, mutex, &limit) == 0 else { return false }
      }
      return true
    }
  }

  func close() {
    locked {
      isClosed = true
      pthread_cond_broadcast(changed)
    }
  }

  /// The monotonic clock's time in so many nanoseconds.
  private static func time(in nanoseconds: Int) -> timespec {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let sum = time.tv_nsec + nanoseconds % 1_000_000_000
    time.tv_sec += nanoseconds / 1_000_000_000 + sum / 1_000_000_000
    time.tv_nsec = sum % 1_000_000_000
    return time
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
