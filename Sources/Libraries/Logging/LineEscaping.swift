/// Writes text so that it can't end a line, forge another or steer a terminal.
enum LineEscaping {
  private static let hex = Array("0123456789abcdef".utf8)

  /// Appends `text` with quotes, backslashes and all control characters escaped as in JSON.
  ///
  /// Controls are those of ASCII and Latin-1 and the line separators U+2028 and U+2029.
  static func append(_ text: String, to line: inout [UInt8]) {
    var text = text
    text.withUTF8 { bytes in
      var index = 0
      while index < bytes.count {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
        case 10: line += Array("\\n".utf8)
        case 13: line += Array("\\r".utf8)
        case 9: line += Array("\\t".utf8)
        case 0..<32, 127: appendCode(UInt16(byte), to: &line)
        case 0xc2 where bytes[index + 1] < 0xa0:
          index += 1
          appendCode(UInt16(bytes[index]), to: &line)
        case 0xe2 where bytes[index + 1] == 0x80 && bytes[index + 2] & 0xfe == 0xa8:
          appendCode(0x2000 | UInt16(bytes[index + 2] & 0x3f), to: &line)
          index += 2
        default: line.append(byte)
        }
        index += 1
      }
    }
  }

  /// Whether a word can stand without quotes in a line of text.
  static func isPlain(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
      && !text.utf8.contains(UInt8(ascii: "\\"))
  }

  private static func appendCode(_ code: UInt16, to line: inout [UInt8]) {
    line += Array("\\u".utf8)
    for shift in [12, 8, 4, 0] { line.append(hex[Int(code >> UInt16(shift) & 15)]) }
  }
}
