/// A statement's answer: its rows, kept as libpq read them and decoded on demand.
package struct Rows: RandomAccessCollection, Sendable {
  let result: ResultHandle

  package var startIndex: Int { 0 }
  package var endIndex: Int { result.rowCount }

  package subscript(index: Int) -> Row {
    precondition(index >= 0 && index < endIndex, "row \(index) of \(endIndex)")
    return Row(result: result, index: index)
  }

  /// Rows that an INSERT, UPDATE, DELETE or MERGE changed, or a SELECT returned.
  package var affected: Int { result.affected }

  /// The command that ran, as the server names it: `SELECT 3`, `COMMIT`.
  package var tag: String { result.tag }
}

/// One row. Keeps the whole result alive.
package struct Row: Sendable {
  let result: ResultHandle
  let index: Int

  /// The value of a column, by its number from 0. Strict: another type, or a NULL where `T` isn't optional,
  /// throws `.decoding` with the column's name and never the value.
  package func decode<T: PostgreSQLDecodable>(
    _ column: Int, as: T.Type = T.self
  ) throws(PostgreSQLError) -> T {
    do { return try T.decode(result.cell(index, column)) } catch { throw misfit(column, T.self) }
  }

  /// The same by the column's name, exactly as the server spells it.
  package func decode<T: PostgreSQLDecodable>(
    _ name: String, as: T.Type = T.self
  ) throws(PostgreSQLError) -> T {
    try decode(try column(name))
  }

  package subscript<T: PostgreSQLDecodable>(name: String) -> T {
    get throws(PostgreSQLError) { try decode(name) }
  }

  package subscript<T: PostgreSQLDecodable>(column: Int) -> T {
    get throws(PostgreSQLError) { try decode(column) }
  }

  /// Also true for a column that isn't there.
  package func isNull(_ column: Int) -> Bool { result.cell(index, column).isNull }

  /// The bytes of a text, bytea or JSON column where they lie, without a copy; valid only inside of `body`.
  /// NULL and other types throw `.decoding`.
  package func withBytes<R>(
    _ column: Int, _ body: (UnsafeRawBufferPointer) throws(PostgreSQLError) -> R
  ) throws(PostgreSQLError) -> R {
    let cell = result.cell(index, column)
    if let json = JSONText.bytes(of: cell) { return try body(json) }
    guard !cell.isNull, cell.type.isTextual || cell.type == .bytea else { throw misfit(column, [UInt8].self) }
    return try body(cell.bytes)
  }

  private func column(_ name: String) throws(PostgreSQLError) -> Int {
    guard let column = result.column(named: name) else {
      throw PostgreSQLError(.decoding, "the result has no column \(name)")
    }
    return column
  }

  private func misfit<T>(_ column: Int, _: T.Type) -> PostgreSQLError {
    guard let name = result.name(of: column) else {
      return PostgreSQLError(.decoding, "the result has no column \(column)")
    }
    let cell = result.cell(index, column)
    let found = cell.isNull ? "is NULL" : "of type \(cell.type.oid)"
    return PostgreSQLError(.decoding, "column \(name) \(found) doesn't decode as \(T.self)")
  }
}
