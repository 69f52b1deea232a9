import FoundationEssentials

/// What a person is told about the end of a connection before it comes, and after.
///
/// | before the end | code |
/// |---|---|
/// | more than 30 days | none |
/// | 30 days or less | `expires_in_30_days` |
/// | 7 days or less | `expires_in_7_days` |
/// | 1 day or less | `expires_in_1_day` |
/// | it has come | `expired` |
package struct ConnectionWarning: Sendable, Equatable {
  package enum Code: String, Sendable, CaseIterable {
    case monthLeft = "expires_in_30_days"
    case weekLeft = "expires_in_7_days"
    case dayLeft = "expires_in_1_day"
    case expired
  }

  package let code: Code
  /// Begun days count: 1 on the last day, 0 after the end.
  package let daysLeft: Int

  private static let day: TimeInterval = 86_400

  /// Nil while the end is far.
  package init?(end: Date, now: Date) {
    let days = end.timeIntervalSince(now) / ConnectionWarning.day
    switch days {
    case ...0: code = .expired
    case ...1: code = .dayLeft
    case ...7: code = .weekLeft
    case ...30: code = .monthLeft
    default: return nil
    }
    daysLeft = Int(max(0, days).rounded(.up))
  }

  /// A sentence for the person.
  package var detail: String {
    switch code {
    case .monthLeft, .weekLeft:
      "Spotify ends this connection in \(daysLeft) days; connect again before, and nothing stops"
    case .dayLeft: "Spotify ends this connection within a day; connect again now, and nothing stops"
    case .expired: "Spotify has ended this connection after six months; connect again to go on"
    }
  }
}
