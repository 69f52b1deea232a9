import FoundationEssentials
import PostgreSQL
import TestSupport
import Testing

@Suite("A column")
struct DecodingTests {
  private func decode<T: PostgreSQLDecodable & Sendable>(_ sql: SQL, as: T.Type = T.self) async throws -> T {
    try await withPool { pool in
      let row = try #require(try await pool.query(sql).first)
      return try row["value"]
    }
  }

  private func refuses<T: PostgreSQLDecodable & Sendable>(
    _ sql: SQL, as type: T.Type, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let error = await expectFailure(.decoding, location) { try await decode(sql, as: type) }
    #expect(error?.message.contains("value") == true, sourceLocation: location)
  }

  @Test("is read only as what it is")
  func strict() async throws {
    try await refuses("SELECT 'a' AS value", as: Int.self)
    try await refuses("SELECT 1 AS value", as: String.self)
    try await refuses("SELECT NULL::bigint AS value", as: Int.self)
    try await refuses("SELECT NULL AS value", as: String.self)
    try await refuses("SELECT 1::bigint AS value", as: Int32.self)
    try await refuses("SELECT 1 AS value", as: Int16.self)
    try await refuses("SELECT 1.5 AS value", as: Double.self)
    try await refuses("SELECT 1 AS value", as: Bool.self)
    try await refuses("SELECT now()::timestamp AS value", as: Date.self)
    try await refuses("SELECT '{1,NULL}'::bigint[] AS value", as: [Int].self)
    try await refuses("SELECT '{{1},{2}}'::bigint[] AS value", as: [Int].self)
    try await refuses("SELECT '{1}'::bigint[] AS value", as: [String].self)
    try await refuses("SELECT '{}'::jsonb AS value", as: String.self)
    try await refuses("SELECT '{}' AS value", as: JSONText.self)
    try await refuses("SELECT 'x'::bytea AS value", as: String.self)
    try await refuses("SELECT NULL::bytea AS value", as: [UInt8].self)
    let missing = await expectFailure(.decoding) { try await decode("SELECT 1 AS other", as: Int.self) }
    #expect(missing?.message.contains("value") == true)
  }

  @Test("of a narrower type widens")
  func widens() async throws {
    #expect(try await decode("SELECT 7::smallint AS value", as: Int.self) == 7)
    #expect(try await decode("SELECT -7::integer AS value", as: Int64.self) == -7)
    #expect(try await decode("SELECT 7::smallint AS value", as: Int32.self) == 7)
    #expect(try await decode("SELECT 1.5::real AS value", as: Double.self) == 1.5)
    #expect(try await decode("SELECT '{1,2}'::smallint[] AS value", as: [Int].self) == [1, 2])
    #expect(try await decode("SELECT 'x'::name AS value", as: String.self) == "x")
    #expect(try await decode("SELECT 'x'::varchar(3) AS value", as: String.self) == "x")
    #expect(try await decode("SELECT '{x,NULL}'::varchar[] AS value", as: [String?].self) == ["x", nil])
    #expect(try await decode("SELECT NULL AS value", as: String?.self) == nil)
  }

  @Test("of time is exact to the microsecond")
  func times() async throws {
    let wanted = Date(timeIntervalSince1970: 1_793_131_200.123456)
    #expect(
      try await decode("SELECT '2026-10-27 20:00:00.123456+00'::timestamptz AS value", as: Date.self)
        .timeIntervalSince1970 == wanted.timeIntervalSince1970)
    for microseconds: Int64 in [
      0, 1, -1, 1_793_131_200_123_456, -62_135_596_800_000_000, 4_102_444_799_999_999,
    ] {
      let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
      let back: Int64 = try await decode("SELECT (extract(epoch FROM \(date)) * 1000000)::bigint AS value")
      #expect(back == microseconds)
    }
    for name: SQL in ["infinity", "-infinity"] {
      let date: Date = try await decode("SELECT '\(sql: name)'::timestamptz AS value")
      #expect(date.timeIntervalSinceReferenceDate.isInfinite)
      #expect(try await decode("SELECT \(date)::text AS value", as: String.self) == name.text)
    }
  }

  @Test("of an enum is its label, and of the caller's own type its stored form")
  func ownTypes() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url) { pool async throws in
        _ = try await pool.query("CREATE TYPE mood AS ENUM ('happy', 'sad')")
        let row = try await pool.query(
          "SELECT \(Mood.happy)::mood, \([Mood.sad, .happy])::mood[], \(PersonID(7)), \([PersonID(8)]), \(Mood?.none)"
        )[0]
        #expect(try row.decode(0, as: String.self) == "happy")
        #expect(try row.decode(0, as: Mood.self) == .happy)
        #expect(try row.decode(1, as: [Mood].self) == [.sad, .happy])
        #expect(try row.decode(2, as: PersonID.self) == PersonID(7))
        #expect(try row.decode(3, as: [PersonID].self) == [PersonID(8)])
        #expect(try row.decode(4, as: Mood?.self) == nil)
        let unknown = try await pool.query("SELECT 'angry'")[0]
        await expectFailure(.decoding) { try unknown.decode(0, as: Mood.self) }
      }
    }
  }

  @Test("of JSON goes in and out as text, and out as bytes without a copy")
  func json() async throws {
    try await withPool { pool async throws in
      let text = #"{"a": [1, 2, {"ü": "\"🎧\""}]}"#
      let row = try await pool.query(
        "SELECT \(JSONText(text)), \(text)::json, \([JSONText("1"), JSONText("{}")]), \(JSONText?.none), \(text), 1"
      )[0]
      #expect(try row.decode(0, as: JSONText.self) == JSONText(text))
      #expect(try row.decode(1, as: JSONText.self) == JSONText(text))
      #expect(try row.decode(2, as: [JSONText].self) == [JSONText("1"), JSONText("{}")])
      #expect(try row.decode(3, as: JSONText?.self) == nil)
      for column in [0, 1, 4] {
        #expect(try row.withBytes(column) { String(decoding: $0, as: UTF8.self) } == text)
      }
      await expectFailure(.decoding) { try row.withBytes(3) { $0.count } }
      await expectFailure(.decoding) { try row.withBytes(5) { $0.count } }
      #expect(row.isNull(3))
      #expect(!row.isNull(0))
    }
  }

  @Test("of ten thousand elements, and of a megabyte, comes back whole")
  func huge() async throws {
    let numbers = (0..<10_000).map { $0.isMultiple(of: 7) ? nil : Optional($0 * 1_000_003) }
    #expect(try await decode("SELECT \(numbers) AS value", as: [Int?].self) == numbers)
    let text = String(repeating: "Ünï 🎧 ", count: 100_000)
    #expect(try await decode("SELECT \(text) AS value", as: String.self) == text)
    let dates = (0..<1_000).map { Date(timeIntervalSince1970: Double($0)) }
    #expect(try await decode("SELECT \(dates) AS value", as: [Date].self) == dates)
  }
}

private enum Mood: String, PostgreSQLWrapper { case happy, sad }

private struct PersonID: Equatable, PostgreSQLWrapper {
  let stored: Int64
  init(_ number: Int64) { stored = number }
  init(stored: Int64) { self.stored = stored }
}
