import CSodium

/// Base64, encoded and decoded in a time that tells nothing but the length. Strict: no blanks, no stray bits,
/// padding exactly where the alphabet has it.
package enum Base64 {
  /// With `+`, `/` and padding (RFC 4648, section 4).
  package static func encode(_ bytes: borrowing SecretBytes) -> String {
    bytes.withUnsafeBytes { encode($0, sodium_base64_VARIANT_ORIGINAL) }
  }

  /// The same for what must stay secret as Base64, too: no other copy of it is made.
  package static func encodeSecret(_ bytes: borrowing SecretBytes) -> SecretBytes {
    let variant = sodium_base64_VARIANT_ORIGINAL
    // With the NUL that ends it.
    let capacity = sodium_base64_encoded_len(bytes.count, variant)
    let terminated = SecretBytes(count: capacity) { target in
      bytes.withUnsafeBytes { bytes in
        _ = sodium_bin2base64(
          target.assumingMemoryBound(to: CChar.self).baseAddress!, capacity,
          bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, variant)
      }
    }
    return terminated.withUnsafeBytes { SecretBytes(copying: $0.dropLast()) }
  }

  /// Nil when `text` isn't Base64 with padding.
  package static func decode(_ text: String) -> SecretBytes? {
    decode(text, sodium_base64_VARIANT_ORIGINAL)
  }

  fileprivate static func encode(_ bytes: UnsafeRawBufferPointer, _ variant: Int32) -> String {
    // With the NUL that ends it.
    let capacity = sodium_base64_encoded_len(bytes.count, variant)
    return String(unsafeUninitializedCapacity: capacity) { target in
      target.withMemoryRebound(to: CChar.self) { target in
        _ = sodium_bin2base64(
          target.baseAddress!, capacity, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
          variant)
      }
      return capacity - 1
    }
  }

  fileprivate static func decode(_ text: String, _ variant: Int32) -> SecretBytes? {
    // libsodium takes every byte beyond ASCII for the last digit.
    guard text.utf8.reduce(0, |) < 0x80 else { return nil }
    var text = text
    var count = 0
    var isValid = false
    let longest = SecretBytes(count: text.utf8.count / 4 * 3 + 3) { target in
      let target = target.assumingMemoryBound(to: UInt8.self)
      let code = text.withUTF8 { text in
        text.withMemoryRebound(to: CChar.self) { text in
          sodium_base642bin(
            target.baseAddress!, target.count, text.baseAddress, text.count, nil, &count, nil, variant)
        }
      }
      isValid = code == 0
    }
    return isValid ? longest.withUnsafeBytes { SecretBytes(copying: $0.prefix(count)) } : nil
  }
}

/// Base64 for URLs: `-`, `_` and no padding (RFC 4648, section 5).
package enum Base64URL {
  package static func encode(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { Base64.encode($0, sodium_base64_VARIANT_URLSAFE_NO_PADDING) }
  }

  /// Nil when `text` isn't Base64 for URLs, or has padding.
  package static func decode(_ text: String) -> [UInt8]? {
    Base64.decode(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING)?.withUnsafeBytes { Array($0) }
  }
}
