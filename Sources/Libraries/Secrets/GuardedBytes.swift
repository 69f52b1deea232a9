import CSodium
import Glibc

/// Long-lived key material: between guard pages, locked into memory if the system lets it, left out of core
/// dumps, read-only once it is filled, wiped at its end.
///
/// 23 µs and three pages each: for keys, not for tokens.
// @unchecked: the memory is written in `init` alone and read-only afterwards; the system enforces it.
package final class GuardedBytes: @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer
  /// Whether it can't get into swap: `RLIMIT_MEMLOCK` may be too low for that.
  package let isLocked: Bool

  /// Copies `secret` in; its owner ends it soon. Traps when memory is exhausted.
  package init(copying secret: borrowing SecretBytes) {
    Sodium.start()
    guard let memory = sodium_malloc(secret.count) else { preconditionFailure("no memory for a key") }
    storage = UnsafeMutableRawBufferPointer(start: memory, count: secret.count)
    // `sodium_malloc` has tried it and kept what came of it to itself. Twice is once.
    isLocked = mlock(memory, secret.count) == 0
    secret.withUnsafeBytes { storage.copyMemory(from: $0) }
    precondition(sodium_mprotect_readonly(memory) == 0, "a key's memory can't be made read-only")
  }

  // It makes the memory writable and wipes it.
  deinit { sodium_free(storage.baseAddress) }

  package var count: Int { storage.count }

  /// The only way to the bytes; they must not outlive `body`.
  package func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(storage))
  }
}
