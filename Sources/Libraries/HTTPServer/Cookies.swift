extension HTTPRequest {
  /// The cookie of that name, as the client sent it: neither decoded nor unquoted (RFC 6265, section 5.4).
  ///
  /// Nil when two values came: whoever may set cookies for a neighbouring host can put one beside ours, and
  /// nothing here tells the two apart.
  package func cookie(_ name: String) -> String? {
    var found: String?
    var isAmbiguous = false
    let wanted = name.utf8
    forEachCookie { name, value in
      guard name.elementsEqual(wanted) else { return }
      let value = String(Substring(value))
      if let found, found != value { isAmbiguous = true }
      found = value
    }
    return isAmbiguous ? nil : found
  }

  /// The names of all cookies that begin with `prefix`, in the client's order: the oldest first.
  package func cookieNames(beginning prefix: String) -> [String] {
    var names: [String] = []
    forEachCookie { name, _ in
      if name.starts(with: prefix.utf8) { names.append(String(Substring(name))) }
    }
    return names
  }

  private func forEachCookie(_ body: (_ name: Substring.UTF8View, _ value: Substring.UTF8View) -> Void) {
    for header in headers.all("cookie") {
      for pair in header.utf8.split(separator: UInt8(ascii: ";")) {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
        body(pair[..<equals].trimmingBlanks, pair[pair.index(after: equals)...].trimmingBlanks)
      }
    }
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
