/// The few rules of RFC 9110 that curl leaves to its caller.
enum HTTPSyntax {
  /// RFC 9110, section 5.6.2.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// What may stand in a field's value: no CR, LF or NUL, nor another control character but the tab.
  static func isFieldByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == 0x09 }

  /// Without regard to ASCII case.
  static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
  }

  static func areEqual(_ left: String, _ right: String) -> Bool { areEqual(left.utf8, right.utf8) }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    areEqual(text.utf8.prefix(prefix.utf8.count), prefix.utf8)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
