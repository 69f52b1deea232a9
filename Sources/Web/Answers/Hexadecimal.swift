/// Numbers as lower-case hexadecimal digits.
enum Hexadecimal {
  /// The digit of the low four bits.
  static func digit(_ value: UInt8) -> UInt8 {
    let value = value & 15
    return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// Sixteen digits.
  static func text(_ value: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { digits in
      for index in 0..<16 {
        digits[index] = digit(UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)))
      }
      return 16
    }
  }
}
