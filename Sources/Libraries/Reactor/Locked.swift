import Glibc

/// A value behind a lock, for the little that several threads share.
///
/// The lock is a pthread mutex and not `Synchronization.Mutex`: on Linux ThreadSanitizer doesn't know the
/// latter's futex and reports races that aren't there.
// @unchecked: `value` is only touched between lock and unlock.
package final class Locked<Value>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  package init(_ value: sending Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` with exclusive access. Short work only: whoever waits is a thread.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
