import Secrets

/// Names for what others shouldn't learn: the same on every instance, and without the keys nobody can tell what
/// one stands for.
///
/// They are made with the oldest key of the ring, so that a new one in front of it changes none.
package struct Pseudonyms: Sendable {
  private let key: GuardedBytes

  package init(ring: KeyRing) {
    key = GuardedBytes(
      copying: DerivedKey.make(id: 0, context: "pseudnym", from: ring.oldest.bytes))
  }

  /// 32 hexadecimal digits.
  package func name(_ bytes: [UInt8]) -> String {
    KeyedHash.hash(bytes, key: key).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
