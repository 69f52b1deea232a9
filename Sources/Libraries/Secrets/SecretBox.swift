import CSodium

/// Authenticated encryption (XSalsa20-Poly1305) with a random nonce in front: 192 bits, so that a repetition
/// needn't be feared however many boxes a key seals.
///
/// It binds nothing beside the key: what a box belongs to goes into the key's derivation and the plaintext.
package enum SecretBox {
  /// How much longer a box is than its content.
  package static let overhead = nonceCount + Int(crypto_secretbox_MACBYTES)
  package static let keyCount = Int(crypto_secretbox_KEYBYTES)

  private static let nonceCount = Int(crypto_secretbox_NONCEBYTES)

  /// Writes nonce and box to `target`, which is ``overhead`` bytes longer than `content`.
  package static func seal(
    _ content: borrowing SecretBytes, with key: borrowing SecretBytes,
    into target: UnsafeMutableRawBufferPointer
  ) {
    Sodium.start()
    precondition(target.count == content.count + overhead && key.count == keyCount)
    let nonce = target.baseAddress!.assumingMemoryBound(to: UInt8.self)
    randombytes_buf(nonce, nonceCount)
    let code = key.withUnsafeBytes { key in
      content.withUnsafeBytes { content in
        crypto_secretbox_easy(
          nonce + nonceCount, content.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(content.count),
          nonce, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
      }
    }
    // It only fails for contents longer than memory.
    precondition(code == 0)
  }

  /// Nil when `sealed` isn't, bit for bit, what was sealed with this key.
  package static func open(_ sealed: ArraySlice<UInt8>, with key: borrowing SecretBytes) -> SecretBytes? {
    precondition(key.count == keyCount)
    guard sealed.count >= overhead else { return nil }
    do throws(Refused) {
      return try SecretBytes(count: sealed.count - overhead) { target throws(Refused) in
        let code = key.withUnsafeBytes { key in
          sealed.withUnsafeBufferPointer { sealed in
            crypto_secretbox_open_easy(
              target.baseAddress!.assumingMemoryBound(to: UInt8.self), sealed.baseAddress! + nonceCount,
              UInt64(sealed.count - nonceCount), sealed.baseAddress!,
              key.baseAddress!.assumingMemoryBound(to: UInt8.self))
          }
        }
        if code != 0 { throw Refused() }
      }
    } catch { return nil }
  }

  private struct Refused: Error {}
}
