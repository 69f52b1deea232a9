import Domain

/// Reads artist credits as Postgres prints them: `[{"name": "…", "spotify_id": "…"}, …]`.
///
/// By hand, because a page of fifty tracks has fifty of these, and `JSONDecoder` takes 5 µs for each: ten times
/// what decoding all the other columns of the page takes. It reads this one shape and refuses every other.
struct CreditsReader {
  private let bytes: UnsafeRawBufferPointer
  private var index = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Nil when the bytes are of another shape.
  mutating func read() -> [ArtistCredit]? {
    var credits: [ArtistCredit] = []
    guard take("[") else { return nil }
    if take("]") { return isAtEnd ? credits : nil }
    repeat {
      guard let credit = credit() else { return nil }
      credits.append(credit)
    } while take(",")
    return take("]") && isAtEnd ? credits : nil
  }

  private mutating func credit() -> ArtistCredit? {
    var (name, id): (String?, String?)
    guard take("{") else { return nil }
    repeat {
      guard let key = string(), take(":") else { return nil }
      if takeNull() { continue }
      guard let value = string() else { return nil }
      switch key {
      case "name": name = value
      case "spotify_id": id = value
      default: return nil
      }
    } while take(",")
    guard take("}"), let name else { return nil }
    return ArtistCredit(id: id, name: name)
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    let start = index
    var isEscaped = false
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      if bytes[index] == UInt8(ascii: "\\") {
        isEscaped = true
        index += 1
      }
      index += 1
    }
    guard index < bytes.count else { return nil }
    defer { index += 1 }
    let content = bytes[start..<index]
    return isEscaped ? CreditsReader.unescape(content) : String(validating: content, as: UTF8.self)
  }

  /// Postgres escapes quotes, backslashes and control characters, and writes everything else as it is.
  private static func unescape(_ content: Slice<UnsafeRawBufferPointer>) -> String? {
    var result: [UInt8] = []
    result.reserveCapacity(content.count)
    var rest = content
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\""): result.append(UInt8(ascii: "\""))
      case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "b"): result.append(8)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "f"): result.append(12)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "u"):
        let digits = rest.prefix(4)
        // A sign is a number's, not a digit.
        guard digits.count == 4, digits.first == UInt8(ascii: "0"),
          let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16),
          code < 0x80
        else { return nil }
        result.append(code)
        rest = rest.dropFirst(4)
      default: return nil
      }
    }
    return String(validating: result, as: UTF8.self)
  }

  private var isAtEnd: Bool {
    bytes[index...].allSatisfy { $0 == UInt8(ascii: " ") }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
    guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func takeNull() -> Bool {
    while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
    guard bytes.count - index >= 4, bytes[index..<(index + 4)].elementsEqual("null".utf8) else {
      return false
    }
    index += 4
    return true
  }
}
