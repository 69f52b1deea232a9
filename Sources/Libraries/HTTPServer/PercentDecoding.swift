/// How percent-encoding is undone.
package enum PercentDecoding {
  /// Strictly: nil for a `%` without two digits, a NUL, and what isn't UTF-8.
  ///
  /// - Parameter isForm: whether `+` is a space, as in forms, and not itself, as in paths.
  package static func strictly(_ text: Substring, isForm: Bool = false) -> String? {
    let bytes = text.utf8
    guard isForm || bytes.contains(UInt8(ascii: "%")) else { return String(text) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "%") {
        guard let byte = escaped(bytes, after: index), byte != 0 else { return nil }
        decoded.append(byte)
        bytes.formIndex(&index, offsetBy: 3)
      } else {
        decoded.append(isForm ? unplussed(bytes[index]) : bytes[index])
        bytes.formIndex(after: &index)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  /// A query's name or value, leniently, as forms send it: `+` is a space, a `%` that encodes nothing stays,
  /// bytes that aren't UTF-8 become U+FFFD.
  static func form(_ text: Substring) -> String {
    let bytes = text.utf8
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == UInt8(ascii: "%"), let byte = escaped(bytes, after: index) {
        decoded.append(byte)
        bytes.formIndex(&index, offsetBy: 3)
      } else {
        decoded.append(unplussed(byte))
        bytes.formIndex(after: &index)
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func unplussed(_ byte: UInt8) -> UInt8 {
    byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte
  }

  private static func escaped(_ bytes: Substring.UTF8View, after percent: Substring.Index) -> UInt8? {
    let digits = bytes[bytes.index(after: percent)...].prefix(2).compactMap(\.hexDigit)
    return digits.count == 2 ? digits[0] << 4 | digits[1] : nil
  }
}
