import Domain

/// `SESSION_…_DAYS`: how long somebody stays signed in.
extension SessionLifetime {
  private static let day = 86_400
  /// Browsers keep no cookie for longer than 400 days.
  private static let most = 400

  /// Nil after a mistake, which the reader keeps.
  init?(reading reader: inout EnvironmentReader) {
    let standard = SessionLifetime.standard
    let idle = SessionLifetime.days("SESSION_IDLE_DAYS", standard.idle, &reader)
    let longest = SessionLifetime.days("SESSION_LONGEST_DAYS", standard.longest, &reader) {
      longest throws(Mistake) in
      if let idle, longest < idle { throw Mistake("is shorter than SESSION_IDLE_DAYS: use that or more") }
    }
    guard let idle, let longest else { return nil }
    self.init(idle: idle, longest: longest)
  }

  private static func days(
    _ variable: String, _ standard: Duration, _ reader: inout EnvironmentReader,
    _ check: (Duration) throws(Mistake) -> Void = { _ in }
  ) -> Duration? {
    reader.read(variable, default: "\(standard.components.seconds / Int64(day))") { text throws(Mistake) in
      let duration = Duration.seconds(try Mistake.number(text, in: 1...most) * day)
      try check(duration)
      return duration
    }
  }
}
