import Domain
import Redis
import Testing

@testable import Coordination

@Suite("A reading of the ledger")
struct LedgerReadingTests {
  @Test("takes what is ours, whatever else stands beside it")
  func strangers() throws {
    let now: Int64 = 1_793_131_200_000
    let ours = ["seeded", "1", "w.1793131200", "5", "w:search.1793131200", "5", "d:search.5977104", "40"]
    let strange = [
      "", "1", ".", "1", ":", "1", "w:.1793131200", "1", ":search", "1", "w.9223372036854775807", "7",
      "d:search.9223372036854775807", "7", "w.1793131201", "9223372036854775807", "w.1793131202",
      "9223372036854775807",
      "paused", "9223372036854775807",
    ]
    let fields = (strange + ours).map { RedisValue.string(Array($0.utf8)) }
    let reading = try #require(LedgerReading(fields: fields, now: now, windows: .spotify))
    #expect(reading.usedInWindow == 5 && reading.pausedUntil == nil)
    #expect(reading.groups[.search]?.usedInWindow == 5 && reading.groups[.search]?.usedInDay == 40)
    #expect(LedgerReading(fields: [], now: now, windows: .spotify) == nil)
  }
}
