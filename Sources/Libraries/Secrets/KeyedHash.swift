import CSodium

/// BLAKE2b with a key: without it nobody finds out what was hashed, however little there is to guess.
package enum KeyedHash {
  /// 16 bytes.
  ///
  /// - Parameter key: ``DerivedKey/count`` bytes.
  package static func hash(_ bytes: [UInt8], key: GuardedBytes) -> [UInt8] {
    let size = Int(crypto_generichash_BYTES_MIN)
    return [UInt8](unsafeUninitializedCapacity: size) { target, count in
      let code = key.withUnsafeBytes { key in
        crypto_generichash(
          target.baseAddress!, size, bytes, UInt64(bytes.count),
          key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count)
      }
      // It only fails for lengths out of range.
      precondition(code == 0)
      count = size
    }
  }
}
