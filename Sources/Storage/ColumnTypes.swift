import Domain
import FoundationEssentials
import PostgreSQL

// The domain's words as columns: an unknown word is a decoding error, never a default.

extension Row {
  func decode<Word: RawRepresentable>(_ column: Int) throws(PostgreSQLError) -> Word
  where Word.RawValue == String {
    try word(try decode(column, as: String.self), "\(column)")
  }

  func decode<Word: RawRepresentable>(_ column: String) throws(PostgreSQLError) -> Word
  where Word.RawValue == String {
    try word(try decode(column, as: String.self), column)
  }

  func decode<Word: RawRepresentable>(_ column: String) throws(PostgreSQLError) -> Word?
  where Word.RawValue == String {
    guard let text = try decode(column, as: String?.self) else { return nil }
    return try word(text, column) as Word
  }

  private func word<Word: RawRepresentable>(
    _ text: String, _ column: String
  ) throws(PostgreSQLError) -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
      throw PostgreSQLError(.decoding, "column \(column) holds a word that this program doesn't know")
    }
    return word
  }
}

extension String {
  /// What Postgres can hold of a text for people: it refuses U+0000, and no name or message needs it. Never for
  /// what tells things apart.
  var withoutNUL: String { utf8.contains(0) ? replacing("\0", with: "") : self }
}

/// A jsonb column as a value.
enum JSONColumn {
  static func decode<Value: Decodable>(_ row: Row, _ column: String) throws(PostgreSQLError) -> Value {
    let text = try row.decode(column, as: JSONText.self)
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.text.utf8))
    } catch {
      throw PostgreSQLError(.decoding, "column \(column) holds JSON of another shape")
    }
  }

  static func encode(_ value: some Encodable) throws(PostgreSQLError) -> JSONText {
    do {
      return JSONText(withoutNUL(String(decoding: try JSONEncoder().encode(value), as: UTF8.self)))
    } catch {
      throw PostgreSQLError(.decoding, "a value could not be written as JSON")
    }
  }

  /// Postgres refuses U+0000 in jsonb as it does in text.
  private static func withoutNUL(_ json: String) -> String {
    guard json.contains("\\u0000") else { return json }
    var rest = json.utf8[...]
    var kept: [UInt8] = []
    while let byte = rest.first {
      let isEscape = byte == UInt8(ascii: "\\")
      if isEscape, rest.starts(with: "\\u0000".utf8) {
        rest = rest.dropFirst(6)
      } else {
        kept.append(contentsOf: rest.prefix(isEscape ? 2 : 1))
        rest = rest.dropFirst(isEscape ? 2 : 1)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }
}
