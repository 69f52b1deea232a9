import Domain
import Foundation
import Testing

@Suite("The warning before a connection ends")
struct ConnectionWarningTests {
  private static let end = Date(timeIntervalSince1970: 1_800_000_000)
  private static let day: TimeInterval = 86_400

  private func warning(before seconds: TimeInterval) -> ConnectionWarning? {
    ConnectionWarning(end: Self.end, now: Self.end.addingTimeInterval(-seconds))
  }

  @Test(
    "has its borders at 30, 7 and 1 days, and at the end",
    arguments: [
      (30 * day + 1, nil, 0), (30 * day, .monthLeft, 30), (29 * day + 1, .monthLeft, 30),
      (29 * day, .monthLeft, 29), (7 * day + 1, .monthLeft, 8), (7 * day, .weekLeft, 7),
      (day + 1, .weekLeft, 2), (day, .dayLeft, 1), (1, .dayLeft, 1), (0, .expired, 0), (-1, .expired, 0),
      (-400 * day, .expired, 0), (180 * day, nil, 0),
    ] as [(TimeInterval, ConnectionWarning.Code?, Int)])
  func borders(_ seconds: TimeInterval, _ code: ConnectionWarning.Code?, _ days: Int) {
    let warning = warning(before: seconds)
    #expect(warning?.code == code)
    if code != nil { #expect(warning?.daysLeft == days) }
  }

  @Test("says in a sentence what to do")
  func detail() throws {
    for seconds in [20 * Self.day, 3 * Self.day, 60, -60] {
      #expect(try #require(warning(before: seconds)).detail.contains("connect again"))
    }
    #expect(try #require(warning(before: 20 * Self.day)).detail.contains("20 days"))
  }

  @Test("is of a grant that lives or has come to its end, not of one that ended otherwise")
  func grants() {
    func code(_ status: Grant.Status, before seconds: TimeInterval) -> ConnectionWarning.Code? {
      Grant(
        user: UserID(1), app: AppID(1), status: status, scopes: [], authorizedAt: .distantPast,
        endsAt: Self.end, accessTokenExpiresAt: nil, tokenVersion: 1, suspectSince: nil
      ).warning(at: Self.end.addingTimeInterval(-seconds))?.code
    }
    #expect(code(.healthy, before: 1) == .dayLeft)
    #expect(code(.suspect, before: 6 * Self.day) == .weekLeft)
    #expect(code(.dead, before: 6 * Self.day) == nil)
    #expect(code(.dead, before: -1) == .expired)
    #expect(code(.disconnected, before: -1) == nil)
  }
}
