import Domain
import Foundation
import TestSupport
import Testing

@Suite("Times")
struct TimestampTests {
  @Test("every day from year 1 to 9999 is read as it is written, leap days included")
  func everyDay() {
    let first = -62_135_596_800.0
    let days = 3_652_059
    var wrong: [String] = []
    var last = ""
    // A step that is prime to weeks, months and years, and each leap day on top.
    for day in stride(from: 0, to: days, by: 13) {
      let date = Date(timeIntervalSince1970: first + Double(day) * 86_400 + Double(day % 86_400))
      let text = Timestamp.text(date)
      if Timestamp.date(text) != date || text <= last { wrong.append(text) }
      last = text
    }
    for year in 1...9_999 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let digits = String(String(10_000 + year).dropFirst())
      for (day, exists) in [("02-28", true), ("02-29", isLeap), ("02-30", false), ("12-31", true)] {
        let text = "\(digits)-\(day)T23:59:59Z"
        if Timestamp.date(text).map(Timestamp.text) != (exists ? text : nil) { wrong.append(text) }
      }
    }
    #expect(wrong.isEmpty)
    #expect(Timestamp.text(Date(timeIntervalSince1970: first)) == "0001-01-01T00:00:00Z")
    #expect(
      Timestamp.text(Date(timeIntervalSince1970: first + Double(days) * 86_400 - 1)) == "9999-12-31T23:59:59Z"
    )
  }

  @Test("random seconds agree with the calendar of Foundation")
  func foundation() throws {
    var random = SeededRandom(seed: 20_261_120)
    let format = Date.ISO8601FormatStyle()
    for _ in 0..<2_000 {
      let date = Date(timeIntervalSince1970: Double(random.below(8_000_000_000)) - 4_000_000_000)
      #expect(Timestamp.text(date) == date.formatted(format))
    }
  }

  @Test(
    "well-known moments",
    arguments: [
      ("1970-01-01T00:00:00Z", 0.0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T12:00:00Z", 951_825_600),
      ("2026-11-20T06:00:00Z", 1_795_154_400), ("2026-11-20T06:00:00.5Z", 1_795_154_400.5),
      ("1969-12-31T23:59:59.75Z", -0.25), ("2026-11-20T06:00:00.000000000Z", 1_795_154_400),
    ])
  func known(_ text: String, _ seconds: Double) {
    #expect(Timestamp.date(text) == Date(timeIntervalSince1970: seconds))
  }

  @Test("fractions are cut when written, also before 1970")
  func cut() {
    #expect(Timestamp.text(Date(timeIntervalSince1970: 0.999)) == "1970-01-01T00:00:00Z")
    #expect(Timestamp.text(Date(timeIntervalSince1970: -0.001)) == "1969-12-31T23:59:59Z")
    // Where seconds since 1970 can't be told from the next whole one any more, and those since 2001 can.
    #expect(Timestamp.date("4155-12-31T23:59:59.99999Z").map(Timestamp.text) == "4155-12-31T23:59:59Z")
  }

  @Test("a fraction reads as the nearest microsecond, which is what the database keeps")
  func microseconds() {
    var random = SeededRandom(seed: 7)
    for _ in 0..<5_000 {
      let micros = random.below(1_000_000)
      let seconds = 1_400_000_000 + random.below(400_000_000)
      let digits = String(String(1_000_000 + micros).dropFirst())
      let text = Timestamp.text(Date(timeIntervalSince1970: Double(seconds))).dropLast() + ".\(digits)Z"
      // How a timestamptz is decoded.
      let kept = Date(
        timeIntervalSinceReferenceDate: Double((seconds - 978_307_200) * 1_000_000 + micros) / 1_000_000)
      #expect(Timestamp.date(String(text)) == kept, "\(text)")
    }
  }

  @Test(
    "what is no time in UTC is refused",
    arguments: [
      "", "Z", "2026-11-20", "2026-11-20T06:00:00", "2026-11-20T06:00:00z", "2026-11-20 06:00:00Z",
      "2026-11-20T06:00Z", "2026-11-20T06:00:00+00:00", "2026-11-20T06:00:00+01:00", "2026-11-20T24:00:00Z",
      "2026-11-20T06:60:00Z", "2026-11-20T06:00:60Z", "2026-13-20T06:00:00Z", "2026-00-20T06:00:00Z",
      "2026-11-00T06:00:00Z", "2026-11-31T06:00:00Z", "2025-02-29T06:00:00Z", "1900-02-29T06:00:00Z",
      "0000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "+026-11-20T06:00:00Z", " 2026-11-20T06:00:00Z",
      "9999-12-31T23:59:59.9999999Z", "2026-11-20T06:00:00Z ", "2026-11-20T06:00:00.Z",
      "2026-11-20T06:00:00,5Z", "2026-11-20T06:00:00.5",
      "2026-11-20T06:00:00.1234567890Z", "2026-11-20T06:00:00.-1Z", "2026-11-20T06:00:00.1x1Z",
      "２０２６-11-20T06:00:00Z", "2026-11-20T06:00:0\u{0}Z", "20261-11-20T06:00:00Z", "null",
    ])
  func malformed(_ text: String) {
    #expect(Timestamp.date(text) == nil)
  }
}
