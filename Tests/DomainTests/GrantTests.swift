import Domain
import Foundation
import Testing

@Suite("Grants")
struct GrantTests {
  @Test(
    "a grant ends on the day six months later, or on that month's last day",
    arguments: [
      ("2026-01-15T10:20:30Z", "2026-07-15T10:20:30Z"), ("2026-08-31T23:59:59Z", "2027-02-28T23:59:59Z"),
      ("2027-08-31T00:00:00Z", "2028-02-29T00:00:00Z"), ("2026-12-31T12:00:00Z", "2027-06-30T12:00:00Z"),
      ("2026-03-31T01:30:00Z", "2026-09-30T01:30:00Z"), ("2028-02-29T05:00:00Z", "2028-08-29T05:00:00Z"),
    ])
  func end(_ authorized: String, _ ends: String) throws {
    let date = try #require(Timestamp.date(authorized))
    #expect(Timestamp.text(Grant.end(ofAuthorizationAt: date)) == ends)
  }

  @Test("a healthy grant in its last thirty days is expiring, another status is told as it is")
  func status() {
    let end = Date(timeIntervalSince1970: 1_800_000_000)
    func status(_ status: Grant.Status, before: TimeInterval) -> String {
      Grant(
        user: UserID(1), app: AppID(1), status: status, scopes: [], authorizedAt: .distantPast, endsAt: end,
        accessTokenExpiresAt: nil, tokenVersion: 1, suspectSince: nil
      ).connectionStatus(at: end.addingTimeInterval(-before))
    }
    #expect(status(.healthy, before: 30 * 86_400 + 1) == "healthy")
    #expect(status(.healthy, before: 30 * 86_400) == "expiring")
    #expect(status(.healthy, before: -5) == "expiring")
    #expect(status(.suspect, before: 1) == "suspect")
    #expect(status(.dead, before: 1) == "dead")
    #expect(status(.disconnected, before: 1) == "disconnected")
  }
}
