/// A fast hash of 64 bits that is the same in every process: for ETags and checks against tampering by accident.
/// Who wants to find two contents with one hash can; nothing here is harmed by that.
enum ContentHash {
  static func of(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      var state = mixed(UInt64(truncatingIfNeeded: bytes.count), 0x9E37_79B9_7F4A_7C15)
      var position = 0
      while position + 16 <= bytes.count {
        let first = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        let second = bytes.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self)
        // The products of neighbours depend on their order and on all that came before.
        state = mixed(
          state ^ UInt64(littleEndian: first), UInt64(littleEndian: second) ^ 0xD1B5_4A32_D192_ED03)
        position += 16
      }
      for byte in bytes[position...] { state = mixed(state ^ UInt64(byte), 0xA24B_AED4_963E_E407) }
      return mixed(state, 0x9FB2_1C65_1E98_DF25)
    }
  }

  /// Both halves of the product in one, and the left factor again: a right one of zero would swallow it.
  private static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = (left ^ 0x2545_F491_4F6C_DD1D).multipliedFullWidth(by: right)
    return product.high ^ product.low &+ left
  }
}
