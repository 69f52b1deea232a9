/// What stands in front of a token inside its box: where it belongs. Checked on opening, after the key, which
/// was derived for the same user and purpose, has opened the box at all.
struct TokenLabel: Equatable {
  static let count = 18
  private static let format: UInt8 = 1

  let purpose: TokenPurpose
  let user: Int64
  let version: Int64

  /// Format, purpose, user, version; numbers in little-endian order.
  func write(to target: UnsafeMutableRawBufferPointer) {
    target[0] = TokenLabel.format
    target[1] = purpose.rawValue
    target.storeBytes(of: user.littleEndian, toByteOffset: 2, as: Int64.self)
    target.storeBytes(of: version.littleEndian, toByteOffset: 10, as: Int64.self)
  }

  /// Throws unless `content` begins with this label.
  func check(_ content: UnsafeRawBufferPointer) throws(VaultError) {
    guard content.count >= TokenLabel.count else { throw VaultError(code: .malformed) }
    guard content[0] == TokenLabel.format else { throw VaultError(code: .unknownFormat) }
    guard content[1] == purpose.rawValue else { throw VaultError(code: .otherPurpose) }
    guard Int64(littleEndian: content.loadUnaligned(fromByteOffset: 2, as: Int64.self)) == user else {
      throw VaultError(code: .otherUser)
    }
    guard Int64(littleEndian: content.loadUnaligned(fromByteOffset: 10, as: Int64.self)) == version else {
      throw VaultError(code: .otherVersion)
    }
  }
}
