import CSodium

/// Randomness fit for keys and tokens, from the system's generator.
package enum RandomBytes {
  /// - Parameter count: at least 1.
  package static func make(_ count: Int) -> [UInt8] {
    Sodium.start()
    return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      randombytes_buf(target.baseAddress!, count)
      initialized = count
    }
  }

  package static func makeSecret(_ count: Int) -> SecretBytes {
    Sodium.start()
    return SecretBytes(count: count) { randombytes_buf($0.baseAddress!, count) }
  }
}
