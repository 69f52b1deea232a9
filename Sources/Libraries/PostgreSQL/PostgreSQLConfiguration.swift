import CPostgreSQL

/// Where the database is and how it is used.
package struct PostgreSQLConfiguration: Sendable {
  /// Shown in `pg_stat_activity`.
  package var applicationName = ""
  /// Connections that independent statements share, pipelined.
  package var connections = 2
  /// Connections that transactions borrow, at most.
  package var transactionConnections = 4
  /// Callers that may wait for one of those; the next is refused with `.overloaded`.
  package var transactionWaiters = 1_000
  /// For a statement whose caller names none, and for the wait for a transaction's connection.
  package var statementDeadline: Duration = .seconds(10)
  /// For name look-up, connecting, TLS, authentication and `onConnect` together.
  package var connectTimeout: Duration = .seconds(5)
  /// Statements that a connection remembers; the least recently used is forgotten first.
  package var preparedStatements = 256
  /// Run in one transaction on each new connection: `SET ROLE`, the time zone.
  package var onConnect: [SQL] = []

  /// libpq's options, by keyword.
  let options: [String: String]

  /// Reads `postgres://user:password@host:port/database?sslmode=…`, or libpq's `key=value` form.
  ///
  /// Throws `.configuration`, in words that don't repeat the password. Doesn't look up the host.
  package init(url: String) throws(PostgreSQLError) {
    try PostgreSQLConfiguration.checkPlainness(url)
    var complaint: UnsafeMutablePointer<CChar>?
    guard let parsed = PQconninfoParse(url, &complaint) else {
      defer { PQfreemem(complaint) }
      let message = complaint.map { String(cString: $0) } ?? "out of memory"
      throw PostgreSQLError(.configuration, PostgreSQLConfiguration.dull(message))
    }
    defer { PQconninfoFree(parsed) }
    var options: [String: String] = [:]
    var option = parsed
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    let ports = (options["port"] ?? "").split(separator: ",")
    guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else {
      throw PostgreSQLError(.configuration, "the database's port is not a number from 1 to 65535")
    }
    self.options = options
  }

  /// Throws for a URL in which an `@` may be meant to end the password and doesn't: libpq would take a piece of
  /// the password for a host or a database, and those everybody may read.
  private static func checkPlainness(_ url: String) throws(PostgreSQLError) {
    // By bytes, as libpq reads it: a mark behind a slash makes another character of it.
    let bytes = url.utf8
    guard bytes.starts(with: "postgres".utf8), let scheme = bytes.firstRange(of: "://".utf8),
      let at = bytes.lastIndex(of: UInt8(ascii: "@")), scheme.upperBound < at
    else { return }
    if bytes[scheme.upperBound..<at].contains(where: { "/?#@".utf8.contains($0) }) {
      throw PostgreSQLError(.configuration, dull("an @ stands behind another, or behind / ? #"))
    }
  }

  /// libpq's complaint without what it quotes: of an address that it takes apart otherwise than it was meant, that
  /// may be a piece of the password.
  private static func dull(_ message: String) -> String {
    // By bytes: a mark behind a quote makes another character of it.
    let words = String(
      decoding: message.utf8.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return "not a valid address of a database (postgres://user:password@host:port/database, with / ? # @ : % "
      + "percent-encoded in user and password): \(words)"
  }
}

extension PostgreSQLConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
  /// Host and database only.
  package var description: String {
    "\(options["host"] ?? "local"):\(options["port"] ?? "5432")/\(options["dbname"] ?? "")"
  }

  package var debugDescription: String { description }
}
