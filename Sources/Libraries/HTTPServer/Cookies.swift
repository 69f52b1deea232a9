extension HTTPRequest {
  /// The first cookie of that name, as the client sent it: neither decoded nor unquoted (RFC 6265, section 5.4).
  package func cookie(_ name: String) -> String? {
    let name = name.utf8
    for header in headers.all("cookie") {
      let bytes = header.utf8
      for pair in bytes.split(separator: UInt8(ascii: ";")) {
        let pair = pair.trimmingBlanks
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
        guard pair[..<equals].trimmingBlanks.elementsEqual(name) else { continue }
        return String(Substring(pair[pair.index(after: equals)...].trimmingBlanks))
      }
    }
    return nil
  }
}

extension Substring.UTF8View {
  fileprivate var trimmingBlanks: Substring.UTF8View {
    var trimmed = self
    while let byte = trimmed.first, byte == 0x20 || byte == 9 { trimmed = trimmed.dropFirst() }
    while let byte = trimmed.last, byte == 0x20 || byte == 9 { trimmed = trimmed.dropLast() }
    return trimmed
  }
}
