/// Header fields in the order they came; names compare without case (RFC 9110, section 5.1).
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  package private(set) var fields: [(name: String, value: String)] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { (name: $0.0, value: $0.1) }
  }

  /// The first value of that name.
  package subscript(name: String) -> String? {
    fields.first { HTTPHeaders.areEqual($0.name, name) }?.value
  }

  /// Every value of that name, in order.
  package func all(_ name: String) -> [String] {
    fields.filter { HTTPHeaders.areEqual($0.name, name) }.map(\.value)
  }

  /// Appends beside what is there: `Set-Cookie` may come twice.
  package mutating func append(_ name: String, _ value: String) {
    fields.append((name: name, value: value))
  }

  /// Replaces every value of that name.
  package mutating func set(_ name: String, _ value: String) {
    fields.removeAll { HTTPHeaders.areEqual($0.name, name) }
    append(name, value)
  }

  private static func areEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (left.utf8, right.utf8)
    return left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (65...90).contains(byte) ? byte | 0x20 : byte
  }
}
