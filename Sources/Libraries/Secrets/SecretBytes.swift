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

  /// Lets `fill` write `count` bytes in place. They are zeros before; after an error they are wiped.
  package init<Failure: Error>(
    count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    do { try fill(memory) } catch {
      // `storage` isn't set yet: once it is, a throwing initializer runs the deinitializer as well.
      SecretBytes.wipe(memory)
      memory.deallocate()
      throw error
    }
    storage = memory
  }

  deinit {
    SecretBytes.wipe(storage)
    storage.deallocate()
  }

  package var count: Int { storage.count }

  /// The only way to the bytes; they must not outlive `body`.
  package borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(storage))
  }

  /// A second owner of the same bytes, for whoever must keep them longer than this one lives.
  package borrowing func copy() -> SecretBytes {
    withUnsafeBytes { SecretBytes(copying: $0) }
  }

  /// Overwrites memory in a way that the optimizer doesn't take away.
  package static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) }
  }
}
