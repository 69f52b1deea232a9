import Secrets

/// Reads one flat JSON object member by member, for an answer whose strings must not be copied about: a string goes
/// from the answer's bytes straight into ``SecretBytes``.
///
/// As strict as RFC 8259, and a name that comes twice is refused: two readers could take different ones.
struct JSONReader {
  struct Malformed: Error {}

  private let bytes: [UInt8]
  private var position = 0
  private var names: Set<String> = []

  private static let deepestNesting = 32

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The name of the next member, whose value is read next; nil behind the object's, and the text's, end.
  mutating func nextName() throws(Malformed) -> String? {
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

  /// A string's bytes, or nil for `null`.
  mutating func secret() throws(Malformed) -> SecretBytes? {
    if try takeNull() { return nil }
    let start = try openString()
    var count = 0
    position = try JSONString.decode(bytes, from: start) { _ in count += 1 }
    var index = 0
    return try SecretBytes(count: count) { memory throws(Malformed) in
      _ = try JSONString.decode(bytes, from: start) { byte in
        memory[index] = byte
        index += 1
      }
    }
  }

  /// A string, or nil for `null`.
  mutating func text() throws(Malformed) -> String? {
    if try takeNull() { return nil }
    var decoded: [UInt8] = []
    position = try JSONString.decode(bytes, from: try openString()) { decoded.append($0) }
    guard let text = String(validating: decoded, as: UTF8.self) else { throw Malformed() }
    return text
  }

  mutating func number() throws(Malformed) -> Double {
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
  mutating func skip(depth: Int = 0) throws(Malformed) {
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

  private mutating func openString() throws(Malformed) -> Int {
    try expect("\"")
    return position
  }

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
