/// Where Redis is, who we are there, and how long we wait.
package struct RedisConfiguration: Sendable {
  package let host: String
  package let port: UInt16
  package let user: String?
  package let password: String?
  package let database: Int
  /// From the first look-up to the last answer of the introduction (AUTH, SELECT, CLIENT SETNAME).
  package var connectTimeout: Duration = .seconds(5)
  /// Of a command that names no other. A connection that is silent for this long while it owes a reply is
  /// given up.
  package var commandDeadline: Duration = .seconds(5)
  /// Shown by `CLIENT LIST`; printable ASCII without spaces.
  package var clientName: String?
  /// Bytes that may wait to be sent before commands fail with `.overloaded`.
  package var outgoingLimit = 64 << 20
  /// Bytes of one reply before it counts as a protocol violation.
  package var replyLimit = 64 << 20

  /// Reads `redis://[user:password@]host[:port][/database]`; user and password may be percent-encoded.
  ///
  /// Throws `.configuration` with what to do. The message never repeats the URL: it may hold a password.
  package init(url: String) throws(RedisError) {
    if url.hasPrefix("rediss://") {
      throw Self.wrong(
        "rediss:// (TLS) isn't supported, for hiredis 0.14 has no TLS: use redis:// over a private network "
          + "or through a TLS tunnel")
    }
    guard url.hasPrefix("redis://") else { throw Self.wrong("it must begin with redis://") }
    var rest = url.dropFirst("redis://".count)
    guard !rest.contains(where: { "?#".contains($0) || $0.isWhitespace }) else {
      throw Self.wrong("it must not contain ?, # or white space: percent-encode them in a password")
    }
    (user, password) = try Self.takeCredentials(&rest)
    let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    (host, port) = try Self.hostAndPort(parts[0])
    let path = parts.count == 2 ? parts[1] : ""
    guard let database = path.isEmpty ? 0 : Int(path), database >= 0 else {
      throw Self.wrong("what follows the host must be the number of a database, such as /0")
    }
    self.database = database
  }

  private static func takeCredentials(_ rest: inout Substring) throws(RedisError) -> (String?, String?) {
    guard let at = rest.lastIndex(of: "@") else { return (nil, nil) }
    let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    rest = rest[rest.index(after: at)...]
    guard parts.count == 2, !parts[1].isEmpty else {
      throw wrong(
        "there is a user but no password: write redis://user:password@host or redis://:password@host")
    }
    let (user, password) = (decoded(parts[0]), decoded(parts[1]))
    guard let user, let password else { throw wrong("the user or password has a broken percent-encoding") }
    return (user.isEmpty ? nil : user, password)
  }

  private static func hostAndPort(_ text: Substring) throws(RedisError) -> (String, UInt16) {
    var host = text
    var port: Substring?
    if text.first == "[", let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.first == ":" else { throw wrong("after ] comes :port or nothing") }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard !host.isEmpty else { throw wrong("the host is missing") }
    guard let number = port.map({ UInt16($0) }) ?? 6_379, number > 0 else {
      throw wrong("the port must be a number from 1 to 65535")
    }
    return (String(host), number)
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      // A sign is a number's, not a digit.
      guard digits.count == 2, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else {
        return nil
      }
      bytes.append(code)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func wrong(_ what: String) -> RedisError {
    RedisError(code: .configuration, message: "the URL can't be used: \(what)")
  }
}
