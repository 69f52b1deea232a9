/// Reads JSON piece by piece, as strictly as RFC 8259 and without copies of its strings: who reads a secret says
/// where each byte goes. Half of a surrogate pair is refused: nobody could read it.
package struct JSONReader {
  package struct Malformed: Error {}

  private let bytes: [UInt8]
  private var position = 0
  private var names: Set<String> = []

  /// Deeper than anything that is meant well.
  private static let deepestNesting = 64

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Whether bytes are one JSON value and nothing else. Foundation's decoder takes `[1,]`.
  package static func isValid(_ bytes: [UInt8]) -> Bool {
    var reader = JSONReader(bytes)
    do throws(Malformed) { try reader.skip() } catch { return false }
    reader.skipSpace()
    return reader.position == bytes.count
  }

  /// The name of the next member of a flat object, whose value is read next; nil behind the object's, and the text's,
  /// end. A name that comes twice is refused: two readers could take different ones.
  package mutating func nextName() throws(Malformed) -> String? {
    let isFirst = position == 0
    if isFirst { try expect("{") }
    if take("}") {
      skipSpace()
      guard position == bytes.count else { throw Malformed() }
      return nil
    }
    if !isFirst { try expect(",") }
    guard let name = try text(), names.insert(name).inserted else { throw Malformed() }
    try expect(":")
    return name
  }

  /// Gives a string's bytes one by one, decoded; false for `null`.
  package mutating func string(_ put: (UInt8) -> Void) throws(Malformed) -> Bool {
    if try takeNull() { return false }
    try expect("\"")
    position = try JSONString.decode(bytes, from: position, put)
    return true
  }

  /// A string, or nil for `null`.
  package mutating func text() throws(Malformed) -> String? {
    var decoded: [UInt8] = []
    guard try string({ decoded.append($0) }) else { return nil }
    guard let text = String(validating: decoded, as: UTF8.self) else { throw Malformed() }
    return text
  }

  package mutating func number() throws(Malformed) -> Double {
    skipSpace()
    let start = position
    _ = takeByte("-")
    if !takeByte("0") { try digits() }
    if takeByte(".") { try digits() }
    if takeByte("e") || takeByte("E") {
      if !takeByte("+") { _ = takeByte("-") }
      try digits()
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw Malformed()
    }
    return number
  }

  /// Passes over a value, whatever it is.
  package mutating func skip() throws(Malformed) { try skip(depth: 0) }

  private mutating func skip(depth: Int) throws(Malformed) {
    guard depth < JSONReader.deepestNesting else { throw Malformed() }
    skipSpace()
    guard position < bytes.count else { throw Malformed() }
    switch bytes[position] {
    case UInt8(ascii: "\""): _ = try text()
    case UInt8(ascii: "{"):
      try skipElements(until: "}", depth) { reader throws(Malformed) in
        guard try reader.text() != nil else { throw Malformed() }
        try reader.expect(":")
      }
    case UInt8(ascii: "["): try skipElements(until: "]", depth) { _ in }
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: _ = try number()
    }
  }

  private mutating func skipElements(
    until end: Unicode.Scalar, _ depth: Int, beforeEach: (inout JSONReader) throws(Malformed) -> Void
  ) throws(Malformed) {
    position += 1
    if take(end) { return }
    while true {
      try beforeEach(&self)
      try skip(depth: depth + 1)
      if take(end) { return }
      try expect(",")
    }
  }

  // MARK: Bytes

  private mutating func takeNull() throws(Malformed) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "n") else { return false }
    try word("null")
    return true
  }

  private mutating func word(_ word: StaticString) throws(Malformed) {
    let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard isThere else { throw Malformed() }
    position += word.utf8CodeUnitCount
  }

  private mutating func digits() throws(Malformed) {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    guard position > start else { throw Malformed() }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
    guard take(character) else { throw Malformed() }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return takeByte(character)
  }

  private mutating func takeByte(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
  }
}
