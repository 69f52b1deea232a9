/// Takes an input apart: targets that need more than one value read them line by line or byte by byte.
package struct FuzzInput {
  package private(set) var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  /// What is left.
  var rest: [UInt8] { Array(bytes) }

  /// What is left, repaired where it isn't UTF-8.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What is left, as a header's value can hold it: the server lets no control characters through.
  var fieldValue: String { FuzzInput.fieldValue(bytes) }

  /// 0 at the end.
  mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

  /// Eight bytes as a number; those behind the end are 0.
  mutating func number() -> Int64 {
    (0..<8).reduce(0) { number, _ in number << 8 | Int64(byte()) }
  }

  /// What stands before the next LF, repaired where it isn't UTF-8.
  mutating func line() -> String {
    let line = bytes.prefix { $0 != 10 }
    bytes = bytes.dropFirst(line.count + 1)
    return String(decoding: line, as: UTF8.self)
  }

  /// All further lines, each as a header's value.
  mutating func fieldValues() -> [String] {
    defer { bytes = [] }
    return bytes.split(separator: 10, omittingEmptySubsequences: false).map(FuzzInput.fieldValue)
  }

  /// An element of a list.
  mutating func choice<Element>(of elements: [Element]) -> Element {
    elements[Int(byte()) % elements.count]
  }

  private static func fieldValue(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F || $0 == 9 }, as: UTF8.self)
  }
}
