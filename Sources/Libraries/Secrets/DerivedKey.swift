import CSodium

/// Keys derived from a master key (BLAKE2b): none tells anything about another or about the master.
package enum DerivedKey {
  /// Bytes of a master key and of what is derived from it.
  package static let count = Int(crypto_kdf_KEYBYTES)

  /// - Parameters:
  ///   - context: exactly 8 ASCII characters that name what the key is for.
  ///   - master: exactly ``count`` bytes.
  package static func make(id: UInt64, context: StaticString, from master: GuardedBytes) -> SecretBytes {
    precondition(context.utf8CodeUnitCount == Int(crypto_kdf_CONTEXTBYTES) && master.count == count)
    return SecretBytes(count: count) { target in
      let code = master.withUnsafeBytes { master in
        context.withUTF8Buffer { context in
          crypto_kdf_derive_from_key(
            target.baseAddress!.assumingMemoryBound(to: UInt8.self), target.count, id,
            UnsafeRawPointer(context.baseAddress!).assumingMemoryBound(to: CChar.self),
            master.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
      }
      // It only fails for lengths out of range.
      precondition(code == 0)
    }
  }
}
