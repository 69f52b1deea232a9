/// A value bound to a statement, in the server's binary form. Has no description: values don't belong in logs.
package struct PostgreSQLParameter: Sendable {
  package enum Value: Sendable {
    case null
    /// The low `count` bytes, sent in network order: numbers and flags, without an allocation.
    case word(UInt64, count: Int)
    case text(String)
    case bytes([UInt8])
    /// What the server's type can't hold; the statement is refused before it is sent.
    case unencodable(PostgreSQLError)
  }

  let type: PostgreSQLType
  let value: Value
  /// Where its placeholder begins in the statement's UTF-8, so that a fragment can be renumbered.
  var position: Int

  init<Encodable: PostgreSQLEncodable>(_ encodable: borrowing Encodable, at position: Int) {
    type = Encodable.postgreSQLType
    do { value = try encodable.postgreSQLValue() } catch { value = .unencodable(error) }
    self.position = position
  }
}
