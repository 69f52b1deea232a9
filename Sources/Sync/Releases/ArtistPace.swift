import Domain

/// How long an artist is left alone after it was asked for: a seventh of the usual time between its releases, within
/// bounds. Who releases weekly is asked for daily, who has been silent for long as seldom as the bounds allow.
package struct ArtistPace: Sendable {
  private let shortest: Duration
  private let longest: Duration

  /// So many release days tell the pace; older ones are another time's.
  private static let daysThatCount = 8
  private static let asksPerRelease = 7

  package init(shortest: Duration, longest: Duration) {
    self.shortest = shortest
    self.longest = max(shortest, longest)
  }

  /// - Parameters:
  ///   - dates: of the artist's releases as Spotify writes them, in any order; what is no date doesn't count.
  ///   - today: days since 1970.
  /// - Returns: without jitter.
  package func pause(after dates: [String?], today: Int) -> Duration {
    let days = Set(dates.compactMap { $0.flatMap(ReleaseDay.init)?.number }).sorted(by: >)
      .prefix(ArtistPace.daysThatCount)
    guard let first = days.last else { return longest }
    // From the oldest that counts until today: a silence since then makes the gaps longer.
    let gap = Duration.seconds(86_400) * max(0, today - first) / days.count
    return min(max(gap / ArtistPace.asksPerRelease, shortest), longest)
  }

  /// Give or take a tenth, so that artists who were asked for together don't stay together.
  func jittered(_ pause: Duration) -> Duration { pause * Double.random(in: 0.9...1.1) }
}

/// A release date as days since 1970; of a month or a year its first day.
struct ReleaseDay: Equatable {
  let number: Int

  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...3).contains(parts.count), let year = parts[0], (1_000...9_999).contains(year),
      let month = parts.count > 1 ? parts[1] : 1, (1...12).contains(month),
      let day = parts.count > 2 ? parts[2] : 1, (1...31).contains(day)
    else { return nil }
    // Years that begin in March end with the leap day.
    let (marchYear, marchMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    number = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
  }
}
