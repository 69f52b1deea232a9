import CPostgreSQL

extension PostgreSQLError {
  /// What a failed result says.
  init(_ result: ResultHandle) {
    func field(_ code: UnicodeScalar) -> String? {
      PQresultErrorField(result.pointer, Int32(code.value)).map { String(cString: $0) }
    }
    // Without a state it's libpq's own: the connection broke.
    let state = field("C")
    self.init(
      state.map { PostgreSQLError.code(ofState: $0) } ?? .connection,
      field("M") ?? PostgreSQLError.trimmed(String(cString: PQresultErrorMessage(result.pointer))),
      sqlState: state, constraint: field("n"), table: field("t"), column: field("c"), detail: field("D"),
      origin: field("R"))
  }

  /// What libpq says about a connection that broke or didn't come about.
  init(_ connection: OpaquePointer) {
    let message = PostgreSQLError.trimmed(String(cString: PQerrorMessage(connection)))
    // libpq 15 keeps no state of a refused connection; its verbose message has it: `FATAL:  28P01: …`.
    if let match = message.firstMatch(of: #/[A-Z]+:  ([0-9A-Z]{5}): /#) {
      let state = String(match.1)
      self.init(PostgreSQLError.code(ofRefusal: state), message, sqlState: state)
    } else {
      self.init(.connection, message.isEmpty ? "the connection broke" : message)
    }
  }

  /// The server's own end (57P01–57P03) and classes 08 mean that the connection is gone.
  private static func code(ofState state: String) -> Code {
    state.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05"].contains(state)
      ? .connection : .server(state)
  }

  private static func code(ofRefusal state: String) -> Code {
    state.hasPrefix("28") ? .authentication : .connection
  }

  private static func trimmed(_ message: String) -> String {
    message.split(separator: "\n")
      .filter { !$0.hasPrefix("LOCATION:") }
      .joined(separator: " ")
  }
}
