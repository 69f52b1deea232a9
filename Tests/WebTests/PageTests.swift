import Domain
import HTTPServer
import TestSupport
import Testing

@testable import Web

@Suite("Pages")
struct PageTests {
  @Test("what is put in is escaped, for elements and for quoted attributes")
  func escaping() {
    let hostile = #"<script>alert("1")</script> & 'x'"#
    let html: HTML = #"<p title="\#(hostile)">\#(hostile)</p>"#
    let escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"
    #expect(html.text == "<p title=\"\(escaped)\">\(escaped)</p>")
  }

  @Test("no text opens an element or leaves an attribute", arguments: [41, 42] as [UInt64])
  func hostileTexts(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<2_000 {
      let text = random.text()
      let html: HTML = "\(text)"
      #expect(!html.text.contains(where: { "<>\"'".contains($0) }), "seed \(seed)")
      #expect(unescaped(html.text).unicodeScalars.elementsEqual(text.unicodeScalars), "seed \(seed)")
    }
  }

  private func unescaped(_ text: String) -> String {
    var text = text
    for (entity, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] {
      text = text.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
    }
    return text
  }

  @Test("markup made as such stays, in lists too")
  func nesting() {
    let items = ["a<", "b"].map { item -> HTML in "<li>\(item)</li>" }
    let html: HTML = "<ul>\(items)</ul>\(3)"
    #expect(html.text == "<ul><li>a&lt;</li><li>b</li></ul>3")
    let numbers: HTML = "\(0) \(999) \(1_000) \(-12_345_678) \(plain: 10_000)"
    #expect(numbers.text == "0 999 1,000 -12,345,678 10000")
  }

  @Test("only web addresses become links and pictures")
  func links() {
    #expect(WebLink("https://i.scdn.co/x")?.url == "https://i.scdn.co/x")
    for bad in ["javascript:alert(1)", "data:text/html,x", "", " https://x", "//x"] {
      #expect(WebLink(bad) == nil)
    }
    #expect(Cover.html("javascript:alert(1)", size: 48).text.contains("sleeve"))
  }

  @Test("a problem's page says what went wrong, escaped, and leads back")
  func problems() throws {
    let problem = Problem(404, "not_found", "no <b> here", headers: ["retry-after": "5"])
    let response = ProblemPage.response(problem, requestID: "abc")
    #expect(response.status == 404)
    #expect(response.headers["retry-after"] == "5")
    #expect(response.headers["referrer-policy"] == "no-referrer")
    let text = try #require(body(response))
    #expect(text.contains("No &lt;b&gt; here."))
    #expect(text.contains(#"href="/""#))
    #expect(text.contains("request abc"))
  }

  @Test("no page carries inline script or style, or anything from elsewhere")
  func strictness() throws {
    let welcome = try #require(body(Page.response(title: "t", WelcomePage.html([Samples.album()]))))
    #expect(!welcome.contains("style="))
    #expect(!welcome.contains("<style"))
    #expect(!welcome.contains(" on" + "click"))
    #expect(!welcome.contains("<script>"))
    #expect(welcome.contains(Assets.url("app.css")))
    #expect(welcome.contains(#"href="/spotify/auth/""#))
    #expect(welcome.contains(#"loading="lazy""#))
  }

  @Test("each state of a run is said in words", arguments: SyncStatus.allCases)
  func words(status: SyncStatus) {
    let run = Samples.run(status, failure: RunFailure(code: "rate_limited", detail: "Spotify asks to wait."))
    let words = SyncCard.words(run).text
    #expect(words.contains("tracks"))
    #expect(words.contains("Spotify asks to wait.") == (status == .waiting || status == .failed))
    #expect(words.contains("40 of 200 pages") == (status == .running))
  }

  @Test("a playlist's name and words are escaped, and what can't be seen is never shown as empty")
  func playlists() {
    let hostile = "<script>x</script>"
    for (contents, words) in [
      (PlaylistContents.notVisible, "not visible to this app"), (.pending, "not been read yet"),
      (.synced, "or is empty"),
    ] {
      let held = Samples.playlist(name: hostile, contents: contents)
      let page = PlaylistPage.html(held, [], Samples.pager).text
      #expect(page.contains(words))
      #expect(!page.contains("<script") && page.contains("&lt;script&gt;"))
      let list = PlaylistsPage.html([held], Samples.pager).text
      #expect(!list.contains("<script") && list.contains(#"href="/playlists/37i9/""#))
    }
    let amounts = [PlaylistContents.synced, .pending, .notVisible].map {
      PlaylistWords.amount(Samples.playlist(contents: $0)).text
    }
    #expect(amounts == ["1,200 items", "1,200 items, not read yet", "not visible to this app"])
  }

  @Test("each kind of item has its row: tracks, local files, episodes, and what is unavailable")
  func items() {
    let contents: [PlaylistItem.Content] = [
      .track(Samples.savedTrack(name: "Wake <Up>").track),
      .track(Samples.savedTrack(name: "Mine", isLocal: true).track),
      .episode(
        Episode(
          id: EpisodeID("e"), uri: "spotify:episode:e", name: "Talk", showID: "s", showName: "A & B",
          durationMilliseconds: 3_605_000, isExplicit: false, releaseDate: nil, imageURL: nil)),
      .unavailable,
    ]
    let items = contents.enumerated().map { position, content in
      PlaylistItem(
        position: 50 + position, addedAt: position == 0 ? nil : Samples.date, content: content,
        isPlayable: position == 0 ? false : nil)
    }
    let page = PlaylistPage.html(Samples.playlist(), items[...], Samples.pager).text
    for words in [
      "<td>51</td>", "Wake &lt;Up&gt;", "can’t be played", "local file", ">episode<", "A &amp; B", "60:05",
      "<td>54</td>\n<td>Unavailable",
    ] {
      #expect(page.contains(words), "\(words)")
    }
    #expect(page.firstRange(of: "1994-11-06").map { page[..<$0.lowerBound].contains("Wake") } == true)
  }

  @Test("the ways to other pages stand where there are some, and keep the size")
  func paging() {
    func pager(_ count: Int, _ query: String) -> String {
      let request = HTTPRequest(method: .get, path: "/playlists/", query: query)
      return Pager(Array(0..<count), limit: 2, Query(request), cursor: { "after\($0)" }).html.text
    }
    #expect(pager(2, "").isEmpty)
    #expect(pager(3, "").contains(#"href="?cursor=after1""#))
    #expect(pager(3, "limit=2").contains(#"href="?limit=2&amp;cursor=after1""#))
    let last = pager(1, "limit=2&cursor=after1")
    #expect(last.contains(#"href="?limit=2""#) && !last.contains("Next"))
  }

  @Test("the files of the pages are carried by the program, under addresses that change with them")
  func assets() {
    for name in ["app.css", "app.js", "icon.svg"] {
      #expect(Assets.url(name).hasPrefix("/assets/\(name)?v="))
    }
  }

  private func body(_ response: HTTPResponse) -> String? {
    guard case .bytes(let bytes) = response.body else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
