import FoundationEssentials
import PostgreSQL
import TestSupport
import Testing

@Suite("A value that goes to the server and back")
struct TypeTests {
  /// What comes back for `value`, in the type the server says it is.
  private func echo<Value: PostgreSQLElement & Sendable>(_ value: Value, _ pool: PostgreSQLPool) async throws
    -> Value
  {
    let row = try #require(try await pool.query("SELECT \(value) AS value").first)
    return try row["value"]
  }

  private func echo<Value: PostgreSQLElement & Sendable>(_ values: [Value], _ pool: PostgreSQLPool)
    async throws -> [Value]
  {
    let row = try #require(try await pool.query("SELECT \(values)").first)
    return try row.decode(0)
  }

  private func check<Value: PostgreSQLElement & Sendable & Equatable>(
    _ values: [Value], _ location: SourceLocation = #_sourceLocation
  ) async throws {
    try await withPool { pool async throws in
      for value in values {
        #expect(try await echo(value, pool) == value, sourceLocation: location)
        #expect(try await echo(Optional(value), pool) == value, sourceLocation: location)
      }
      #expect(try await echo(Value?.none, pool) == nil, sourceLocation: location)
      #expect(try await echo(values, pool) == values, sourceLocation: location)
      #expect(try await echo([Value](), pool) == [], sourceLocation: location)
      let withNulls = [nil] + values.map { Optional($0) } + [nil]
      #expect(try await echo(withNulls, pool) == withNulls, sourceLocation: location)
    }
  }

  @Test("is the same, whatever its type, with nulls and in arrays")
  func roundTrips() async throws {
    try await check([true, false])
    try await check([Int16.min, -1, 0, 1, .max])
    try await check([Int32.min, -1, 0, 1, .max])
    try await check([Int.min, -1, 0, 1, .max])
    try await check([Int64.min, -1, 0, 1, .max])
    try await check([0.0, -0.1, .pi, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    try await check([
      "", "a", "it's \"quoted\" \\ {a,b} $1 NULL", "NULL", "Ünïcödé 🎧 日本語 e\u{301}", "\n\t\u{1}",
    ])
    try await check([[UInt8](), [0], [UInt8](0...255)])
    try await check([UUID(), UUID(uuidString: "00000000-0000-0000-0000-000000000000")!])
  }
}
