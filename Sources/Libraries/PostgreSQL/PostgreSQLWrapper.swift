/// A type of the caller's that the database keeps as another: an id as its number, an enum as its label.
///
/// `extension UserID: PostgreSQLWrapper` with the two requirements is all; what is `RawRepresentable` needs none.
package protocol PostgreSQLWrapper: PostgreSQLElement {
  associatedtype Stored: PostgreSQLElement

  var stored: Stored { get }
  /// nil for a stored value that this type doesn't know: decoding fails.
  init?(stored: Stored)
}

extension PostgreSQLWrapper {
  package static var postgreSQLType: PostgreSQLType { Stored.postgreSQLType }
  package static var postgreSQLArrayType: PostgreSQLType { Stored.postgreSQLArrayType }

  package func postgreSQLValue() throws(PostgreSQLError) -> PostgreSQLParameter.Value {
    try stored.postgreSQLValue()
  }

  package func encode(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    try stored.encode(into: &bytes)
  }

  package func encodeElement(into bytes: inout [UInt8]) throws(PostgreSQLError) {
    try stored.encodeElement(into: &bytes)
  }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> Self {
    guard let value = Self(stored: try Stored.decode(cell)) else { throw PostgreSQLMisfit() }
    return value
  }
}

extension PostgreSQLWrapper where Self: RawRepresentable, RawValue: PostgreSQLElement {
  package var stored: RawValue { rawValue }
  package init?(stored: RawValue) { self.init(rawValue: stored) }
}
