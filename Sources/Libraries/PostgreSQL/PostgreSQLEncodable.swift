/// What `\(value)` in an ``SQL`` literal binds: the scalar types of this library, their optionals and arrays.
package protocol PostgreSQLEncodable {
  /// Sent with the statement, so that `unnest(\(ids))` needs no cast.
  static var postgreSQLType: PostgreSQLType { get }

  /// The value in binary form; `.encoding` when the server's type can't hold it.
  func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value
}

/// What ``Row/decode(_:as:)-(Int,_)`` gives back.
package protocol PostgreSQLDecodable {
  /// Throws when the cell holds another type, a NULL that isn't expected, or a value that doesn't fit.
  ///
  /// The cell is valid only during the call.
  static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Self
}

/// A cell that doesn't decode; ``Row`` turns it into an error that names the column. Thrown, and not an optional
/// returned, because generic code has to look an optional's metadata up for each cell.
package struct PostgreSQLMisfit: Error {
  package init() {}
}

/// What can stand alone, be optional, or be an element of an array.
package protocol PostgreSQLElement: PostgreSQLEncodable, PostgreSQLDecodable {
  static var postgreSQLArrayType: PostgreSQLType { get }

  /// Appends the binary form.
  func encode(into bytes: inout [UInt8]) throws(PostgreSQLError)

  /// Appends length and binary form.
  func encodeElement(into bytes: inout [UInt8]) throws(PostgreSQLError)

  static func encodeArray(_ elements: [Self]) throws(PostgreSQLError) -> [UInt8]
  static func decodeArray(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> [Self]
}

extension PostgreSQLElement {
  package func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value {
    var bytes: [UInt8] = []
    try encode(into: &bytes)
    return .bytes(bytes)
  }

  package func encodeElement(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    let start = bytes.count
    bytes.appendBigEndian(Int32(0))
    try encode(into: &bytes)
    bytes.setBigEndian(Int32(truncatingIfNeeded: bytes.count - start - 4), at: start)
  }

  package static func encodeArray(_ elements: [Self]) throws(PostgreSQLError) -> [UInt8] {
    try ArrayFormat.encode(elements)
  }

  package static func decodeArray(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> [Self] {
    try ArrayFormat.decode(cell)
  }
}

extension Optional: PostgreSQLEncodable where Wrapped: PostgreSQLEncodable {
  package static var postgreSQLType: PostgreSQLType { Wrapped.postgreSQLType }

  package func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value {
    switch self {
    case .none: .null
    case .some(let value): try value.postgreSQLValue()
    }
  }
}

extension Optional: PostgreSQLDecodable where Wrapped: PostgreSQLDecodable {
  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Self {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}

extension Optional: PostgreSQLElement where Wrapped: PostgreSQLElement {
  package static var postgreSQLArrayType: PostgreSQLType { Wrapped.postgreSQLArrayType }

  /// Appends nothing for nil: only an array's element can say that it is null.
  package func encode(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    try self?.encode(into: &bytes)
  }

  package func encodeElement(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    switch self {
    case .none: bytes.appendBigEndian(Int32(-1))
    case .some(let value): try value.encodeElement(into: &bytes)
    }
  }

  package static func encodeArray(_ elements: [Self]) throws(PostgreSQLError) -> [UInt8] {
    try ArrayFormat.encode(elements)
  }
}

extension Array: PostgreSQLEncodable where Element: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { Element.postgreSQLArrayType }

  package func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value {
    .bytes(try Element.encodeArray(self))
  }
}

extension Array: PostgreSQLDecodable where Element: PostgreSQLElement {
  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Self {
    try Element.decodeArray(cell)
  }
}
