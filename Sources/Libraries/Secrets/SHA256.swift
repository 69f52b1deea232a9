import CSodium

/// SHA-256, for what has enough randomness of its own, such as session tokens: never for passwords.
package enum SHA256 {
  /// 32 bytes.
  package static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let result = bytes.withContiguousStorageIfAvailable { hash(UnsafeRawBufferPointer($0)) }
    return result ?? Array(bytes).withUnsafeBytes { hash($0) }
  }

  /// Of the text's UTF-8.
  package static func hash(_ text: String) -> [UInt8] { hash(text.utf8) }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(crypto_hash_sha256_BYTES)) { target, count in
      crypto_hash_sha256(
        target.baseAddress!, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
      count = target.count
    }
  }
}
