import Domain
import Foundation
import Testing

@testable import Web

@Suite("The account's page")
struct AccountPageTests {
  @Test("says what a session's browser is, and never more than it was told")
  func browsers() {
    let cases = [
      ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
      (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        "Chrome on Windows"
      ),
      (
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
        "Edge on Windows"
      ),
      (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
        "Safari on iPhone"
      ),
      ("curl/8.5.0", "curl/8.5.0"), ("", "An unnamed program"), ("  ", "An unnamed program"),
      ("Firefox/1", "Firefox"), (String(repeating: "x", count: 90), String(repeating: "x", count: 60) + "…"),
    ]
    for (agent, name) in cases { #expect(BrowserName.of(agent) == name) }
  }

  @Test("escapes the names that anybody may choose")
  func escaping() {
    let hostile = #""><script>alert(1)</script>"#
    let page = AccountPage.html(
      [Samples.session(userAgent: hostile, isCurrent: true), Samples.session(userAgent: "curl/8")],
      [Samples.token(name: hostile)], new: nil
    ).text
    #expect(!page.contains("<script") && page.contains("&quot;&gt;&lt;script&gt;"))
    #expect(page.components(separatedBy: "This browser").count == 2)
    #expect(!page.contains("new-token"))
    #expect(page.contains("1994-11-06 08:49 UTC") && page.contains("not used yet"))
  }

  @Test("offers what there is to do: others to end, and a token more where there is room")
  func offers() {
    let own = Samples.session(userAgent: "", isCurrent: true)
    let alone = AccountPage.html([own], [], new: nil).text
    #expect(!alone.contains("End all others") && alone.contains("Sign out everywhere"))
    #expect(alone.contains("API tokens are no sessions: they go on working until you revoke them"))
    #expect(AccountPage.html([own, own], [], new: nil).text.contains("End all others"))
    let token = Samples.token(name: "t")
    let full = AccountPage.html([own], Array(repeating: token, count: 50), new: nil).text
    #expect(!full.contains("Make a token") && full.contains("as many as one may have"))
    let made = AccountPage.html([own], [token], new: .init(id: token.id, token: "ck_x")).text
    #expect(made.contains(">ck_x</code>") && made.contains(">new</span>"))
  }
}
