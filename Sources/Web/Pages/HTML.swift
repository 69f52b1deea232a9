import HTTPServer

/// A piece of a page: literals stay, `\(text)` is escaped.
///
/// A string made at run time can't become markup: literals are static, and interpolated texts are escaped for
/// elements and quoted attributes alike. Attributes are always quoted.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  init(stringLiteral text: StaticString) { self.text = text.description }

  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: StaticString) {
      literal.withUTF8Buffer { text += String(decoding: $0, as: UTF8.self) }
    }

    mutating func appendInterpolation(_ value: String) {
      var value = value
      value.withUTF8 { escape($0) }
    }

    /// With commas between thousands.
    mutating func appendInterpolation(_ number: Int) {
      let digits = Array(String(number.magnitude))
      if number < 0 { text += "-" }
      for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
        text.append(digit)
      }
    }

    /// As attributes want it.
    mutating func appendInterpolation(plain number: Int) { text += String(number) }

    /// Markup that was made as such.
    mutating func appendInterpolation(_ part: HTML) { text += part.text }

    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { text += part.text }
    }

    private mutating func escape(_ bytes: UnsafeBufferPointer<UInt8>) {
      var clean = 0
      for index in bytes.indices {
        guard let entity = entity(bytes[index]) else { continue }
        text += String(decoding: bytes[clean..<index], as: UTF8.self)
        text += entity
        clean = index + 1
      }
      text += String(decoding: bytes[clean...], as: UTF8.self)
    }

    private func entity(_ byte: UInt8) -> String? {
      switch byte {
      case UInt8(ascii: "&"): "&amp;"
      case UInt8(ascii: "<"): "&lt;"
      case UInt8(ascii: ">"): "&gt;"
      case UInt8(ascii: "\""): "&quot;"
      case UInt8(ascii: "'"): "&#39;"
      default: nil
      }
    }
  }
}
