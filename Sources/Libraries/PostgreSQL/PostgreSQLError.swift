/// What went wrong between a caller and the database.
///
/// Its description is dull on purpose: it never holds a parameter's value or a row's, so it may be logged.
package struct PostgreSQLError: Error, Sendable {
  package enum Code: Hashable, Sendable {
    /// No connection could be had, or it broke with the statement on it. Whether a statement that was under
    /// way took effect is unknown.
    case connection
    /// The server refuses the user or the password.
    case authentication
    /// The server refused the statement; the five characters are its SQLSTATE. Nothing of it took effect.
    case server(String)
    /// The caller's time is over. Whether the statement took effect is unknown.
    case deadlineExceeded
    /// The caller's task was cancelled. Whether the statement took effect is unknown.
    case cancelled
    /// A column doesn't hold what the caller asked for.
    case decoding
    /// A parameter can't be sent.
    case encoding
    /// The transaction already failed; it is rolled back.
    case transactionFailed
    /// Too many callers wait for a transaction.
    case overloaded
    case poolClosed
    /// The address or an option is not valid.
    case configuration
  }

  package let code: Code
  /// In the server's, libpq's or our own words. What the *server* says may quote a value: don't log it.
  package let message: String
  /// Also present when the server ended the connection (`57P01`).
  package private(set) var sqlState: String?
  package private(set) var constraint: String?
  package private(set) var table: String?
  package private(set) var column: String?
  /// May quote values: don't log it.
  package private(set) var detail: String?
  /// The server's function that complained.
  private(set) var origin: String?

  package init(_ code: Code, _ message: String, sqlState: String? = nil) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
  }

  init(
    _ code: Code, _ message: String, sqlState: String?, constraint: String?, table: String?,
    column: String?, detail: String?, origin: String?
  ) {
    self.init(code, message, sqlState: sqlState)
    self.constraint = constraint
    self.table = table
    self.column = column
    self.detail = detail
    self.origin = origin
  }
}

extension PostgreSQLError: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String {
    var parts = ["PostgreSQL \(name)"]
    if messageIsDull { parts.append(": \(message)") }
    if let table { parts.append(" (table \(table))") }
    if let constraint { parts.append(" (constraint \(constraint))") }
    return parts.joined()
  }

  package var debugDescription: String { description }

  private var name: String {
    switch code {
    case .connection: sqlState.map { "connection \($0)" } ?? "connection"
    case .authentication: "authentication"
    case .server(let state): state
    case .deadlineExceeded: "deadline exceeded"
    case .cancelled: "cancelled"
    case .decoding: "decoding"
    case .encoding: "encoding"
    case .transactionFailed: "transaction failed"
    case .overloaded: "overloaded"
    case .poolClosed: "pool closed"
    case .configuration: "configuration"
    }
  }

  /// The server quotes values in messages about data (class 22) and in those that functions raise (P0); in
  /// these classes it names only tables, columns, constraints and settings.
  private var messageIsDull: Bool {
    guard case .server(let state) = code else { return true }
    return ["08", "23", "25", "28", "3D", "40", "42", "53", "54", "55", "57", "58"].contains(state.prefix(2))
  }
}
