/// Immutable bytes at a fixed address, shared by any number of responses at once.
// @unchecked: written in `init` alone.
package final class SharedBytes: @unchecked Sendable {
  let storage: UnsafeMutableRawBufferPointer

  package init(_ bytes: some Collection<UInt8>) {
    storage = .allocate(byteCount: bytes.count, alignment: 16)
    storage.copyBytes(from: bytes)
  }

  deinit { storage.deallocate() }

  package var count: Int { storage.count }
}
