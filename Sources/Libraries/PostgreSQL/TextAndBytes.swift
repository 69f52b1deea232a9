extension String: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .text }
  package static var postgreSQLArrayType: PostgreSQLType { .textArray }

  package func postgreSQLValue() -> PostgreSQLParameter.Value { .text(self) }
  package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }

  /// Reads every text type and the labels of enums.
  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> String {
    guard cell.type.isTextual, !cell.isNull, let text = String(validating: cell.bytes, as: UTF8.self) else {
      throw PostgreSQLMisfit()
    }
    return text
  }
}

/// A JSON document as text: `jsonb` when bound; read from `json` and `jsonb`. Not checked here.
package struct JSONText: PostgreSQLElement, Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static var postgreSQLType: PostgreSQLType { .jsonb }
  package static var postgreSQLArrayType: PostgreSQLType { .jsonbArray }

  package func encode(into bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + text.utf8.count + 1)
    bytes.append(JSONText.version)
    bytes.append(contentsOf: text.utf8)
  }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> JSONText {
    guard let bytes = bytes(of: cell), let text = String(validating: bytes, as: UTF8.self) else {
      throw PostgreSQLMisfit()
    }
    return JSONText(text)
  }

  /// The document's bytes, where they lie; nil for what isn't JSON.
  static func bytes(of cell: PostgreSQLCell) -> UnsafeRawBufferPointer? {
    guard !cell.isNull else { return nil }
    switch cell.type {
    case .json: return cell.bytes
    case .jsonb:
      guard cell.bytes.first == version else { return nil }
      return UnsafeRawBufferPointer(rebasing: cell.bytes.dropFirst())
    default: return nil
    }
  }

  /// The binary form of `jsonb` begins with the version of the form.
  private static let version: UInt8 = 1
}

/// Not a type of the server's: it makes `[UInt8]` a `bytea`. Alone it travels as a smallint.
extension UInt8: PostgreSQLElement {
  package static var postgreSQLType: PostgreSQLType { .int2 }
  package static var postgreSQLArrayType: PostgreSQLType { .bytea }

  package func encode(into bytes: inout [UInt8]) { bytes.appendBigEndian(Int16(self)) }

  package static func decode(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> UInt8 {
    guard let value = UInt8(exactly: try Int16.decode(cell)) else { throw PostgreSQLMisfit() }
    return value
  }

  package static func encodeArray(_ elements: [UInt8]) -> [UInt8] { elements }

  package static func decodeArray(_ cell: PostgreSQLCell) throws(PostgreSQLMisfit) -> [UInt8] {
    guard cell.type == .bytea, !cell.isNull else { throw PostgreSQLMisfit() }
    return [UInt8](cell.bytes)
  }
}

extension Array: PostgreSQLElement where Element == UInt8 {
  package static var postgreSQLArrayType: PostgreSQLType { .byteaArray }

  package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}
