import Secrets

/// Seals people's tokens and opens them again, each bound to its user, its purpose and its version of the grant.
///
/// A sealed token that was moved to another row or column, put back after a newer one, cut or changed doesn't
/// open. Synchronous, about 1.5 µs a call, from any thread.
package struct TokenVault: Sendable {
  private let ring: KeyRing

  package init(ring: KeyRing) { self.ring = ring }

  /// The key that seals now: what names another waits for rotation.
  package var sealingKeyID: String { ring.sealing.id }

  /// The ids of all keys, the sealing one first.
  package var keyIDs: [String] { ring.ids }

  /// - Parameter version: the grant's, which grows with every new token.
  package func seal(
    _ secret: borrowing SecretBytes, for user: Int64, purpose: TokenPurpose, version: Int64
  ) -> SealedToken {
    let key = ring.sealing
    let content = SecretBytes(count: TokenLabel.count + secret.count) { content in
      TokenLabel(purpose: purpose, user: user, version: version).write(to: content)
      secret.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: content[TokenLabel.count...]).copyMemory(from: $0)
      }
    }
    return TokenVault.seal(content, with: TokenVault.derive(key, user, purpose), named: key.id)
  }

  /// - Throws: why it doesn't open; there is no other way to fail.
  package func open(
    _ sealed: SealedToken, for user: Int64, purpose: TokenPurpose, version: Int64
  ) throws(VaultError) -> SecretBytes {
    let (keyID, box) = try sealed.parse()
    guard let key = ring.key(keyID) else { throw VaultError(code: .unknownKey) }
    let derived = TokenVault.derive(key, user, purpose)
    guard let content = SecretBox.open(sealed.bytes[box], with: derived) else {
      throw VaultError(code: .notAuthentic)
    }
    return try content.withUnsafeBytes { content throws(VaultError) in
      try TokenLabel(purpose: purpose, user: user, version: version).check(content)
      return SecretBytes(copying: content[TokenLabel.count...])
    }
  }

  /// The same token under the ring's first key, for the same user, purpose and version.
  ///
  /// - Throws: why it doesn't open.
  package func reseal(
    _ sealed: SealedToken, for user: Int64, purpose: TokenPurpose, version: Int64
  ) throws(VaultError) -> SealedToken {
    seal(
      try open(sealed, for: user, purpose: purpose, version: version), for: user, purpose: purpose,
      version: version)
  }

  static func derive(_ key: KeyRing.Key, _ user: Int64, _ purpose: TokenPurpose) -> SecretBytes {
    DerivedKey.make(id: UInt64(bitPattern: user), context: purpose.context, from: key.bytes)
  }

  static func seal(
    _ content: borrowing SecretBytes, with key: borrowing SecretBytes, named id: String
  ) -> SealedToken {
    let header = [SealedToken.format, UInt8(id.utf8.count)] + id.utf8
    let count = header.count + content.count + SecretBox.overhead
    return SealedToken(
      bytes: [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[..<count])
        target.copyBytes(from: header)
        SecretBox.seal(content, with: key, into: .init(rebasing: target[header.count...]))
        initialized = count
      })
  }
}
