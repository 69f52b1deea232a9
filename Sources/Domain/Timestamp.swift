import FoundationEssentials

/// RFC 3339 in UTC, as Spotify and the contract write times: `2026-11-20T06:00:00Z`.
///
/// Written out here because the formatters of Foundation cost microseconds a value, and a page has hundreds.
package enum Timestamp {
  /// Whole seconds; what is below is cut.
  package static func text(_ date: Date) -> String {
    String(unsafeUninitializedCapacity: 20) { buffer in
      // What a date holds, rounded before anything is added: a sum of doubles may round into the next second.
      let seconds = Int(date.timeIntervalSinceReferenceDate.rounded(.down)) + referenceDate
      let days = Int((Double(seconds) / 86_400).rounded(.down))
      let time = seconds - days * 86_400
      let (year, month, day) = civil(fromDays: days)
      put(year, digits: 4, at: 0, in: buffer)
      buffer[4] = UInt8(ascii: "-")
      put(month, digits: 2, at: 5, in: buffer)
      buffer[7] = UInt8(ascii: "-")
      put(day, digits: 2, at: 8, in: buffer)
      buffer[10] = UInt8(ascii: "T")
      put(time / 3_600, digits: 2, at: 11, in: buffer)
      buffer[13] = UInt8(ascii: ":")
      put(time / 60 % 60, digits: 2, at: 14, in: buffer)
      buffer[16] = UInt8(ascii: ":")
      put(time % 60, digits: 2, at: 17, in: buffer)
      buffer[19] = UInt8(ascii: "Z")
      return 20
    }
  }

  /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, years 1 to 9999; nil for anything else, other zones included.
  ///
  /// A fraction is rounded to a microsecond, so that the date equals the one that the database gives back.
  package static func date(_ text: String) -> Date? {
    var text = text
    return text.withUTF8 { bytes -> Date? in
      guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
        bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
        bytes[bytes.count - 1] == UInt8(ascii: "Z"),
        let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
        let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
        year > 0, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
      else { return nil }
      let days = days(year: year, month: month, day: day)
      guard civil(fromDays: days).day == day, let fraction = microseconds(bytes[19..<(bytes.count - 1)])
      else {
        return nil
      }
      let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - referenceDate
      let date = Date(timeIntervalSinceReferenceDate: Double(seconds * 1_000_000 + fraction) / 1_000_000)
      // The last second's fraction may be rounded into a year of five digits.
      return range.contains(date) ? date : nil
    }
  }

  /// What can be read and written: the years 1 to 9999.
  package static let range =
    Date(timeIntervalSince1970: -62_135_596_800)..<Date(timeIntervalSince1970: 253_402_300_800)

  /// Foundation's 2001-01-01 in seconds since 1970.
  private static let referenceDate = 978_307_200

  private static func microseconds(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard !bytes.isEmpty else { return 0 }
    guard bytes.first == UInt8(ascii: "."), (2...10).contains(bytes.count) else { return nil }
    var (nanoseconds, unit) = (0, 100_000_000)
    for byte in bytes.dropFirst() {
      guard let digit = digit(byte) else { return nil }
      nanoseconds += digit * unit
      unit /= 10
    }
    return (nanoseconds + 500) / 1_000
  }

  private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<(start + count) {
      guard let digit = digit(bytes[index]) else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private static func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }

  private static func put(
    _ value: Int, digits: Int, at start: Int, in buffer: UnsafeMutableBufferPointer<UInt8>
  ) {
    var value = value
    for index in stride(from: start + digits - 1, through: start, by: -1) {
      buffer[index] = UInt8(ascii: "0") + UInt8(value % 10)
      value /= 10
    }
  }

  /// Days since 1970-01-01 in the Gregorian calendar, counting years from March so that a leap day comes last.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }

  /// The inverse of `days`, by walking back from an estimate of the year.
  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    var year = 1970 + Int((Double(days) / 365.2425).rounded(.down))
    while days < self.days(year: year, month: 1, day: 1) { year -= 1 }
    while days >= self.days(year: year + 1, month: 1, day: 1) { year += 1 }
    var month = min(12, 1 + (days - self.days(year: year, month: 1, day: 1)) / 29)
    while days < self.days(year: year, month: month, day: 1) { month -= 1 }
    return (year, month, days - self.days(year: year, month: month, day: 1) + 1)
  }
}
