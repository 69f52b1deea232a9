import Domain
import Foundation
import Testing

@testable import Web

@Suite("What a person is told about the connection")
struct ConnectionNoticeTests {
  private func notice(_ status: String, daysLeft: Double? = nil) -> String {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let warning = daysLeft.flatMap { ConnectionWarning(end: now.addingTimeInterval($0 * 86_400), now: now) }
    return ConnectionNotice.html(status: status, warning: warning).text
  }

  @Test("is nothing while all is well, or nobody is connected")
  func nothing() {
    #expect(notice("healthy").isEmpty)
    #expect(notice("healthy", daysLeft: 31).isEmpty)
    #expect(notice("disconnected").isEmpty)
  }

  @Test("gets louder the nearer the end is, always with the button")
  func urgency() {
    for (status, days, tone, role) in [
      ("expiring", 20, "soft", "status"), ("expiring", 5, "warn", "status"),
      ("expiring", 0.5, "bad", "alert"),
      ("expiring", -1, "bad", "alert"), ("suspect", 20, "warn", "status"), ("suspect", -1, "bad", "alert"),
      ("dead", nil, "bad", "alert"), ("dead", -1, "bad", "alert"),
    ] as [(String, Double?, String, String)] {
      let html = notice(status, daysLeft: days)
      #expect(html.contains(#"class="notice \#(tone)" role="\#(role)""#), "\(status) \(days ?? 0)")
      #expect(html.contains(#"href="/spotify/auth/">Connect again</a>"#))
      #expect(html.components(separatedBy: "<h2").count == 2)
    }
    let another = ConnectionNotice.html(status: "dead", warning: nil, isOfAnotherApp: true).text
    #expect(
      another.contains("another app at Spotify")
        && another.contains(#"href="/spotify/auth/">Connect again</a>"#))
    #expect(notice("expiring", daysLeft: 4.5).contains("in 5 days"))
  }
}
