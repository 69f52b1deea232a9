import FoundationEssentials

/// By how much another clock is ahead of ours.
struct ClockOffset: Sendable {
  let seconds: Double

  /// - Parameters:
  ///   - began: ours, when it was asked.
  ///   - ended: ours, when it had answered. Its clock was read somewhere in between.
  init(of other: Date, began: Date, ended: Date) {
    seconds = other.timeIntervalSince(began.addingTimeInterval(ended.timeIntervalSince(began) / 2))
  }

  /// Of an answer's `Date`, which is cut to whole seconds; nil when it isn't one.
  init?(header: String?, began: Date, ended: Date) {
    guard let header, let date = ClockOffset.date(header) else { return nil }
    self.init(of: date.addingTimeInterval(0.5), began: began, ended: ended)
  }
}

extension ClockOffset {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that is still sent (RFC 9110, 5.6.7).
  private static func date(_ text: String) -> Date? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
      return nil
    }
    let number = "\(101 + month)".dropFirst()
    return try? Date("\(words[3])-\(number)-\(words[1])T\(words[4])Z", strategy: .iso8601)
  }
}

/// Whether three clocks agree: ours, Spotify's and Postgres'.
struct ClockCheck {
  private static let check = "clock"
  /// Tokens are renewed a minute before they end, and leases last half a minute.
  private static let tolerance = 30.0

  let spotify: ClockOffset?
  let postgres: ClockOffset?

  var finding: Finding {
    let told = [("Spotify's", spotify), ("Postgres'", postgres)].compactMap { name, offset in
      offset.map { (name, $0) }
    }
    guard !told.isEmpty else {
      return .notChecked(ClockCheck.check, "neither Spotify nor Postgres told the time")
    }
    let message = told.map { "\(ClockCheck.say($1.seconds)) \($0)" }.joined(separator: ", ")
    let isOff = told.filter { abs($1.seconds) > ClockCheck.tolerance }
    guard !isOff.isEmpty else { return .ok(ClockCheck.check, message) }
    let isPostgresAlone = spotify != nil && isOff.count == 1 && isOff[0].0 == "Postgres'"
    return .problem(
      ClockCheck.check, message,
      "set the clock of \(isPostgresAlone ? "Postgres' machine" : "this machine") by NTP (`timedatectl set-ntp true`)"
    )
  }

  private static func say(_ seconds: Double) -> String {
    let tenths = (abs(seconds) * 10).rounded() / 10
    return tenths < 1 ? "within a second of" : "\(tenths) s \(seconds > 0 ? "behind" : "ahead of")"
  }
}
