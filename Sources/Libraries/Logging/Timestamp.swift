import Glibc

/// The time of a line: RFC 3339, UTC, milliseconds. Plain arithmetic, no formatter and no lock.
enum Timestamp {
  static func appendNow(to line: inout [UInt8]) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    append(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000, to: &line)
  }

  static func append(seconds: Int, milliseconds: Int, to line: inout [UInt8]) {
    let (year, month, day) = date(daysSince1970: seconds / 86_400)
    let second = seconds % 86_400
    append(year, digits: 4, then: "-", to: &line)
    append(month, digits: 2, then: "-", to: &line)
    append(day, digits: 2, then: "T", to: &line)
    append(second / 3_600, digits: 2, then: ":", to: &line)
    append(second / 60 % 60, digits: 2, then: ":", to: &line)
    append(second % 60, digits: 2, then: ".", to: &line)
    append(milliseconds, digits: 3, then: "Z", to: &line)
  }

  private static func append(
    _ number: Int, digits: Int, then end: Unicode.Scalar, to line: inout [UInt8]
  ) {
    var divisor = [1, 10, 100, 1_000][digits - 1]
    while divisor > 0 {
      line.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
    line.append(UInt8(ascii: end))
  }

  /// The Gregorian calendar, counted in years that begin in March, so that a leap day comes last.
  private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let days = daysSince1970 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }
}
