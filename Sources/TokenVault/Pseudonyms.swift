import Secrets

/// Names for what others shouldn't learn: the same on every instance, and without the keys nobody can tell what
/// one stands for.
///
/// They are made with the key whose id comes first, so that they change once at most while keys are changed: either
/// when the new one comes or when the old one goes, and not when the two change places.
package struct Pseudonyms: Sendable {
  private let key: GuardedBytes

  package init(ring: KeyRing) {
    key = GuardedBytes(
      copying: DerivedKey.make(id: 0, context: "pseudnym", from: ring.constant.bytes))
  }

  /// 32 hexadecimal digits.
  package func name(_ bytes: [UInt8]) -> String {
    KeyedHash.hash(bytes, key: key).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
