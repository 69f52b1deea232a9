import Domain
import FoundationEssentials

@testable import PostgreSQL
@testable import Storage

extension FuzzTarget {
  /// Cells as Postgres sends them: read or refused, and what was read goes back as it came.
  static let databaseValues = FuzzTarget(
    "database-values",
    seeds: [
      [0, 0, 0, 0, 0, 0, 0, 7], [1, 0x80, 0, 0, 0, 0, 0, 0, 1],
      [1, 0x7f] + [UInt8](repeating: 0xff, count: 7),
      [2] + Array("text é".utf8), [3, 1] + Array("{}".utf8), [4] + [UInt8](repeating: 9, count: 16),
      [5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 7],
      [
        6, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 97, 0xff, 0xff, 0xff,
        0xff,
      ],
      [7, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], [8, 1], [9, 1, 2],
    ],
    words: [
      [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0x04, 0xa0],
    ]
  ) { input in
    let type = input.choice(of: types)
    let bytes = input.rest
    try checkScalars(type, bytes)
    try checkArrays(type, bytes)
  }

  private static let types: [PostgreSQLType] = [
    .int8, .timestamptz, .text, .jsonb, .uuid, .int8Array, .textArray, .float8, .bool, .int2, .int4, .bytea,
    .timestamptzArray, .uuidArray, .jsonbArray, PostgreSQLType(oid: 16_400), PostgreSQLType(oid: 1_700),
  ]

  private static func checkScalars(_ type: PostgreSQLType, _ bytes: [UInt8]) throws {
    try check(Int.self, type, bytes)
    try check(Int32.self, type, bytes)
    try check(Int16.self, type, bytes)
    try check(UInt8.self, type, bytes)
    try check(Bool.self, type, bytes)
    try check(Double.self, type, bytes)
    try check(Date.self, type, bytes, where: isExact)
    try check(UUID.self, type, bytes)
    try check(String.self, type, bytes)
    try check(JSONText.self, type, bytes)
    try check([UInt8].self, type, bytes)
  }

  private static func checkArrays(_ type: PostgreSQLType, _ bytes: [UInt8]) throws {
    try check([Int].self, type, bytes)
    try check([Int?].self, type, bytes)
    try check([String?].self, type, bytes)
    try check([Date].self, type, bytes) { $0.allSatisfy(isExact) }
    try check([UUID].self, type, bytes)
    try check([JSONText].self, type, bytes)
    try check([[UInt8]].self, type, bytes)
  }

  /// Until 2137, and from 1864 on, seconds as a Double tell microseconds apart.
  private static func isExact(_ date: Date) -> Bool {
    !date.timeIntervalSinceReferenceDate.isFinite || date.timeIntervalSinceReferenceDate.magnitude < 0x1p32
  }

  /// Reads a value, writes it and reads it again; it comes back, where that can be.
  private static func check<Value: PostgreSQLEncodable & PostgreSQLDecodable & Equatable>(
    _: Value.Type, _ type: PostgreSQLType, _ bytes: [UInt8], where isExact: (Value) -> Bool = { _ in true }
  ) throws {
    guard let value = decoded(Value.self, type, bytes) else { return }
    // A NaN is no value's equal.
    guard value == value else { return }
    // What was read at the ends of time may lie behind them once it is rounded.
    guard let written = unlessRefused({ () throws(PostgreSQLError) in try written(value) }) else { return }
    let again = decoded(Value.self, Value.postgreSQLType, written)
    try hold(again == value || !isExact(value), "a \(Value.self) comes back: \(value) from \(written)")
  }

  private static func decoded<Value: PostgreSQLDecodable>(
    _: Value.Type, _ type: PostgreSQLType, _ bytes: [UInt8]
  ) -> Value? {
    bytes.withUnsafeBytes { bytes in
      // An empty array has no address, which would be NULL.
      let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
      return unlessRefused { () throws(PostgreSQLMisfit) in
        try Value.decode(PostgreSQLCell(type: type, start: start, count: bytes.count))
      }
    }
  }

  private static func written(_ value: some PostgreSQLEncodable) throws(PostgreSQLError) -> [UInt8] {
    switch try value.postgreSQLValue() {
    case .word(let word, let count): withUnsafeBytes(of: word.bigEndian) { Array($0.suffix(count)) }
    case .text(let text): Array(text.utf8)
    case .bytes(let bytes): bytes
    case .null, .unencodable: []
    }
  }

  /// Artist credits, which are read without a decoder: as JSON says, but for control characters, which Postgres
  /// never prints as they are.
  static let artistCredits = FuzzTarget(
    "artist-credits",
    seeds: [
      #"[]"#, #"[{"name": "A \"b\" \\ \u0007\n é", "spotify_id": "x"}, {"spotify_id": null, "name": ""}]"#,
      #"[{"name":"a","spotify_id":"b"},]"#, #"[{"name":"\u00e9"}]"#, #"[{"name":"\u-001"}]"#, #"[{"name":"\"#,
    ],
    words: [
      "\"name\":", "\"spotify_id\":", "null", "\\u0001", "\\u", "\\\"", "\\\\", "[{", "}]", "},{", ", ",
    ]
  ) { input in
    let credits = input.rest.withUnsafeBytes { bytes in
      var reader = CreditsReader(bytes)
      return reader.read()
    }
    if let credits, input.bytes.allSatisfy({ $0 >= 0x20 }) {
      let again = try JSONDecoder().decode([Credit].self, from: Data(input.rest))
      try hold(again.count == credits.count, "credits are as many as JSON says: \(input.text)")
      // Of two names it takes the last, the decoder the first: Postgres prints one.
      let isOnce = input.text.ranges(of: "name").count == credits.count && !input.text.contains("\\u")
      try hold(
        !isOnce || again.map(\.name) == credits.map(\.name), "names are what JSON says: \(input.text)")
    }
    let name = input.text.filter { $0 != "\u{0}" }
    let written = [ArtistCredit(id: nil, name: name), ArtistCredit(id: name, name: "")]
    let read = Array(CreditsJSON.text(written).text.utf8).withUnsafeBytes { bytes in
      var reader = CreditsReader(bytes)
      return reader.read()
    }
    try hold(read == written, "credits come back: \(name)")
  }

  private struct Credit: Decodable {
    let name: String
  }
}
