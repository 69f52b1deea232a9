import Domain
import Foundation
import Testing

@Suite("Grants")
struct GrantTests {
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
