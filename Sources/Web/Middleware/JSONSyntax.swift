/// Whether bytes are JSON (RFC 8259), strictly: Foundation's decoder takes `[1,]`.
struct JSONSyntax {
  private let bytes: [UInt8]
  private var position = 0

  /// Deeper than anything that is meant well.
  private static let deepest = 64

  static func isValid(_ bytes: [UInt8]) -> Bool {
    guard String(validating: bytes, as: UTF8.self) != nil else { return false }
    var syntax = JSONSyntax(bytes)
    return syntax.value(depth: 0) && syntax.position == bytes.count
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  /// A value with the blanks around it.
  private mutating func value(depth: Int) -> Bool {
    guard depth < JSONSyntax.deepest else { return false }
    skipBlanks()
    defer { skipBlanks() }
    switch next {
    case UInt8(ascii: "{"):
      return list(closing: "}") {
        $0.skipBlanks()
        return $0.string() && $0.member(depth)
      }
    case UInt8(ascii: "["): return list(closing: "]") { $0.value(depth: depth + 1) }
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return take("true")
    case UInt8(ascii: "f"): return take("false")
    case UInt8(ascii: "n"): return take("null")
    default: return number()
    }
  }

  private mutating func member(_ depth: Int) -> Bool {
    skipBlanks()
    return take(":") && value(depth: depth + 1)
  }

  private mutating func list(closing: StaticString, _ element: (inout JSONSyntax) -> Bool) -> Bool {
    position += 1
    skipBlanks()
    if take(closing) { return true }
    repeat {
      guard element(&self) else { return false }
    } while take(",")
    return take(closing)
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while let byte = next, byte >= 0x20 {
      position += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte == UInt8(ascii: "\\"), !escape() { return false }
    }
    return false
  }

  private mutating func escape() -> Bool {
    guard let byte = next else { return false }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return true
    case UInt8(ascii: "u"):
      let digits = bytes[position...].prefix(4)
      position += digits.count
      return digits.count == 4 && digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    default: return false
    }
  }

  private mutating func number() -> Bool {
    _ = take("-")
    if !take("0"), !digits() { return false }
    if take("."), !digits() { return false }
    guard take("e") || take("E") else { return true }
    _ = take("+") || take("-")
    return digits()
  }

  private mutating func digits() -> Bool {
    let start = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position > start
  }
}
