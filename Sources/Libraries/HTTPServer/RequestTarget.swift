/// The target of a request line, split into path and query, still encoded.
struct RequestTarget: Equatable {
  var path: String
  var query: String?

  /// Takes `/path?query`, `http://host/path` and, for `OPTIONS`, `*`; nil for anything else: authorities with
  /// a user, fragments, spaces, control characters and bytes beyond ASCII.
  init?(_ bytes: UnsafeBufferPointer<UInt8>, method: HTTPMethod) {
    var rest = bytes[...]
    guard bytes.allSatisfy(\.isTargetCharacter) else { return nil }
    if rest.first != UInt8(ascii: "/") {
      guard let start = RequestTarget.pathStart(bytes) else {
        guard method == .options, bytes.count == 1, bytes[0] == UInt8(ascii: "*") else { return nil }
        path = "*"
        return
      }
      rest = rest[start...]
    }
    let mark = rest.firstIndex(of: UInt8(ascii: "?"))
    path = String(decoding: rest[..<(mark ?? rest.endIndex)], as: UTF8.self)
    if path.isEmpty { path = "/" }
    query = mark.map { String(decoding: rest[($0 + 1)...], as: UTF8.self) }
  }

  /// Where the path of an absolute target starts.
  private static func pathStart(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    for scheme: StaticString in ["http://", "https://"] {
      let count = scheme.utf8CodeUnitCount
      let head = UnsafeBufferPointer(rebasing: bytes.prefix(count))
      guard head.equalsIgnoringCase(scheme) else { continue }
      let authority = bytes[count...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
      return authority.isEmpty || authority.contains(UInt8(ascii: "@")) ? nil : authority.endIndex
    }
    return nil
  }
}

extension UInt8 {
  fileprivate var isTargetCharacter: Bool { self > 0x20 && self < 0x7F && self != UInt8(ascii: "#") }
}
