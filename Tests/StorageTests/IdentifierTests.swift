import FoundationEssentials
import PostgreSQL
import TestSupport
import Testing

@Suite("Ids that sort by time")
struct IdentifierTests {
  @Test("rise, also within a millisecond, and are version 7 of the time they were made")
  func order() async throws {
    try await withServiceDatabase { db in
      let before = Date.now
      let ids = try await db.service.pipeline([SQL](repeating: "SELECT uuid_v7()", count: 400))
        .map { rows in try rows[0].decode(0, as: UUID.self).uuidString }
      let after = Date.now
      #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
      for id in ids {
        let digits = id.filter { $0 != "-" }
        let milliseconds = try #require(UInt64(digits.prefix(12), radix: 16))
        // Whole milliseconds, of one machine's clock.
        #expect(Double(milliseconds) >= (before.timeIntervalSince1970 * 1000).rounded(.down))
        #expect(Double(milliseconds) <= after.timeIntervalSince1970 * 1000)
        #expect(Array(digits)[12] == "7" && "89AB".contains(Array(digits)[16]))
      }
    }
  }
}
