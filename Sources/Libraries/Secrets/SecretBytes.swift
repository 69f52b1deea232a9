import Glibc

/// Bytes that nobody may read by accident: no copies, no description, wiped when they end.
///
/// It owns the only copy this process made on purpose. What a C library copies on its way (curl's request
/// buffer, OpenSSL's records) is out of its reach.
// @unchecked: the memory is written in `init` alone, and the type can't be copied.
package struct SecretBytes: ~Copyable, @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer

  /// Copies `bytes` in; whoever owns the source wipes it.
  package init(copying bytes: some Collection<UInt8>) {
    storage = .allocate(byteCount: bytes.count, alignment: 1)
    storage.copyBytes(from: bytes)
  }

  /// Lets `fill` write `count` bytes in place.
  package init<Failure: Error>(
    count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    storage = .allocate(byteCount: count, alignment: 1)
    do { try fill(storage) } catch {
      storage.deallocate()
      throw error
    }
  }

  deinit {
    if let base = storage.baseAddress { explicit_bzero(base, storage.count) }
    storage.deallocate()
  }

  package var count: Int { storage.count }

  /// The only way to the bytes; they must not outlive `body`.
  package borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(storage))
  }
}
