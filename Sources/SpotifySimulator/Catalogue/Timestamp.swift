import Glibc

/// Whole seconds since 1970 UTC, as Spotify writes them: `2026-11-20T06:00:00Z`.
enum Timestamp {
  static let secondsPerDay = 86_400

  static func text(_ seconds: Int) -> String {
    let (date, time) = split(seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(day(date))T\(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60))Z"
  }

  /// `2026-11-20` of the day that holds `seconds`.
  static func day(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let (year, month, day) = (Int(parts.tm_year) + 1_900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }

  /// Reads `2026-11-20` (midnight) or `2026-11-20T06:00:00Z`; nil for everything else.
  static func seconds(_ text: String) -> Int? {
    let numbers = text.split { !$0.isWholeNumber }.compactMap { Int32($0) }
    guard numbers.count == 3 || numbers.count == 6 else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1_900, numbers[1] - 1, numbers[2])
    if numbers.count == 6 {
      (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    }
    let seconds = timegm(&parts)
    // What doesn't read back is no date (the 31st of February) or not in this form.
    let isExact = numbers.count == 3 ? day(seconds) == text : self.text(seconds) == text
    return isExact ? seconds : nil
  }

  private static func split(_ seconds: Int) -> (date: Int, time: Int) {
    let time = ((seconds % secondsPerDay) + secondsPerDay) % secondsPerDay
    return (seconds - time, time)
  }
}
