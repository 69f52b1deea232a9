import Glibc

/// A numeric address and a port to listen on: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:80`.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// Without brackets.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// An IPv6 address may go without its brackets: what stands behind the last colon is the port.
  ///
  /// - Throws: `malformedAddress` for a name, too, which would have to be looked up.
  package init(parsing text: String) throws(HTTPServerError) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
      let port = ListenAddress.port(text.utf8[text.utf8.index(after: colon)...])
    else { throw .malformedAddress }
    var host = text[..<colon]
    let isBracketed = host.first == "[" && host.last == "]"
    if isBracketed { host = host.dropFirst().dropLast() }
    guard ListenAddress.isNumeric(String(host), in: isBracketed ? [AF_INET6] : [AF_INET, AF_INET6]) else {
      throw .malformedAddress
    }
    self.init(host: String(host), port: port)
  }

  package var description: String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private static func port(_ digits: Substring.UTF8View) -> Int? {
    guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    let port = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return port <= 65_535 ? port : nil
  }

  private static func isNumeric(_ host: String, in families: [Int32]) -> Bool {
    // C reads no further than this.
    guard !host.utf8.contains(0) else { return false }
    return families.contains { family in
      var bytes = in6_addr()
      return inet_pton(family, host, &bytes) == 1
    }
  }
}
