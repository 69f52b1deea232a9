/// A token as it is stored: format, length of the key's id, the id, then nonce and box.
package struct SealedToken: Sendable, Equatable, CustomStringConvertible {
  static let format: UInt8 = 1

  package let bytes: [UInt8]

  /// Takes any bytes; what isn't a sealed token doesn't open.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// The key that it names, `nil` when it is malformed. For rotation: which rows still wait for their new key.
  package var keyID: String? {
    do throws(VaultError) { return try parse().keyID } catch { return nil }
  }

  package var description: String { "SealedToken(key: \(keyID ?? "none"), \(bytes.count) bytes)" }

  /// The key's id and the place of the box.
  func parse() throws(VaultError) -> (keyID: String, box: Range<Int>) {
    guard let format = bytes.first else { throw VaultError(code: .malformed) }
    guard format == SealedToken.format else { throw VaultError(code: .unknownFormat) }
    guard bytes.count >= 2 else { throw VaultError(code: .malformed) }
    let end = 2 + Int(bytes[1])
    guard end <= bytes.count, KeyRing.isValidID(bytes[2..<end]) else { throw VaultError(code: .malformed) }
    return (String(decoding: bytes[2..<end], as: UTF8.self), end..<bytes.count)
  }
}
