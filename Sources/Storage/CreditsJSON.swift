import Domain
import PostgreSQL

/// Artist credits as jsonb: `[{"spotify_id":…,"name":…}]`. Written by hand because a first sync writes tens of
/// thousands of them and a coder costs more than the insert.
enum CreditsJSON {
  static func text(_ credits: [ArtistCredit]) -> JSONText {
    var bytes: [UInt8] = [UInt8(ascii: "[")]
    for (index, credit) in credits.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: #"{"spotify_id":"#.utf8)
      if let id = credit.id { append(id, to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
      bytes.append(contentsOf: #","name":"#.utf8)
      append(credit.name, to: &bytes)
      bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "]"))
    return JSONText(String(decoding: bytes, as: UTF8.self))
  }

  /// A JSON string. Postgres refuses U+0000 in jsonb and text, and no name needs it: it is left out.
  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 where byte != 0 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(contentsOf: [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]])
      default:
        bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  static func credits(_ row: Row, _ column: Int) throws(PostgreSQLError) -> [ArtistCredit] {
    let credits = try row.withBytes(column) { bytes -> [ArtistCredit]? in
      var reader = CreditsReader(bytes)
      return reader.read()
    }
    guard let credits else {
      throw PostgreSQLError(.decoding, "column \(column) holds JSON of another shape")
    }
    return credits
  }
}
