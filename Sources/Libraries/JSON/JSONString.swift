/// The inside of a JSON string (RFC 8259, section 7).
enum JSONString {
  /// Gives the decoded bytes one by one, from behind the opening quote.
  ///
  /// - Returns: the position behind the closing quote.
  static func decode(
    _ bytes: [UInt8], from start: Int, _ put: (UInt8) -> Void
  ) throws(JSONReader.Malformed) -> Int {
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return position
      case UInt8(ascii: "\\"): try unescape(bytes, &position, put)
      case 0..<0x20: throw JSONReader.Malformed()
      default: put(byte)
      }
    }
    throw JSONReader.Malformed()
  }

  private static func unescape(
    _ bytes: [UInt8], _ position: inout Int, _ put: (UInt8) -> Void
  ) throws(JSONReader.Malformed) {
    guard position < bytes.count else { throw JSONReader.Malformed() }
    let escape = bytes[position]
    position += 1
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): put(escape)
    case UInt8(ascii: "b"): put(0x08)
    case UInt8(ascii: "f"): put(0x0c)
    case UInt8(ascii: "n"): put(0x0a)
    case UInt8(ascii: "r"): put(0x0d)
    case UInt8(ascii: "t"): put(0x09)
    case UInt8(ascii: "u"): try scalar(bytes, &position).utf8.forEach(put)
    default: throw JSONReader.Malformed()
    }
  }

  /// Behind `\u`: one code unit, or two that are one character. Half of a pair is refused.
  private static func scalar(
    _ bytes: [UInt8], _ position: inout Int
  ) throws(JSONReader.Malformed) -> Character {
    let first = try codeUnit(bytes, &position)
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard UTF16.isLeadSurrogate(first), bytes[position...].starts(with: [0x5c, 0x75]) else {
      throw JSONReader.Malformed()
    }
    position += 2
    let second = try codeUnit(bytes, &position)
    guard UTF16.isTrailSurrogate(second),
      let scalar = Unicode.Scalar(
        0x10000 + (UInt32(first & 0x3ff) << 10) + UInt32(second & 0x3ff))
    else { throw JSONReader.Malformed() }
    return Character(scalar)
  }

  private static func codeUnit(
    _ bytes: [UInt8], _ position: inout Int
  ) throws(JSONReader.Malformed) -> UInt16 {
    guard position + 4 <= bytes.count else { throw JSONReader.Malformed() }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw JSONReader.Malformed()
      }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }
}
