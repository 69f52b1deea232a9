/// What RFC 9110 says about single bytes, for the guard, the headers and the cookies.
extension UInt8 {
  /// ASCII letters fall to lower case; everything else stays.
  var lowercased: UInt8 { self &- 65 < 26 ? self | 0x20 : self }

  var isDigit: Bool { self &- 48 < 10 }

  /// May stand in a token, such as a header's name or a method.
  var isTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// May stand in a header's value: anything but control characters, tabs excepted.
  var isValueCharacter: Bool { (self >= 0x20 && self != 0x7F) || self == 9 }

  /// The value of a hexadecimal digit.
  var hexDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  func equalsIgnoringCase(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index].lowercased != other[index].lowercased { return false }
    return true
  }

  /// Compares with a lower-case literal.
  func equalsIgnoringCase(_ other: StaticString) -> Bool {
    equalsIgnoringCase(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
  }

  /// The bytes up to the NUL of a C string.
  init(cString: UnsafePointer<CChar>) {
    var count = 0
    while cString[count] != 0 { count += 1 }
    self.init(start: UnsafeRawPointer(cString).assumingMemoryBound(to: UInt8.self), count: count)
  }
}
