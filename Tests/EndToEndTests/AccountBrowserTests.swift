import TestSupport
import Testing

/// The account's page, in a real browser.
@Suite("A browser at the account's page")
struct AccountBrowserTests {
  @Test func `Makes a token, revokes it, ends another session, and signs out everywhere`() async throws {
    try await withWorld { world in try await withWebDriver(world, Self.visit) }
  }

  private static func visit(_ world: World, _ browser: WebDriver) async throws {
    let phone = Browser(world.http, base: world.publicURL)
    try await phone.signIn(as: "mira")
    try await browser.connect(world)
    // The first page makes itself anew when a run ends, and may do that instead of following the link.
    try await browser.until("the page") {
      if try await browser.text("h1") == "Account" { return true }
      try await browser.click("nav a[href='/account/']")
      return try await browser.text("h1") == "Account"
    }
    #expect(try await browser.run("return document.scripts.length").int == 0)
    let sessions = "section[aria-labelledby=sessions] li"
    #expect(try await browser.count(sessions) == 2)
    #expect(
      try await browser.text("\(sessions):has(.badge)")?.hasPrefix("Chrome on Linux This browser") == true)
    // Everything that can be pressed or filled in has a name.
    let nameless = """
      return Array.from(document.querySelectorAll('button, input, a')).filter((each) =>
        !(each.innerText.trim() || each.getAttribute('aria-label') || each.labels?.length)).length
      """
    #expect(try await browser.run(nameless).int == 0)

    try await makeToken(world, browser)
    try await browser.click("\(sessions):not(:has(.badge)) button")
    try await expect(1, sessions, "the other session is gone", browser)
    #expect(try await browser.address == world.publicURL + "/account/")
    #expect(try await phone.get("/api/me/").status == 401)

    try await phone.signIn(as: "mira")
    try await browser.open(world.publicURL + "/account/")
    try await browser.click("form[action='/account/sessions/end-others/'] button")
    try await expect(1, sessions, "all others are gone", browser)
    #expect(try await phone.get("/api/me/").status == 401)

    try await phone.signIn(as: "mira")
    try await browser.expectQuiet(world)
    try await browser.click("form[action='/auth/logout/everywhere/'] button")
    try await browser.until("the first page") { try await browser.text("h1") == "Your Spotify library, kept" }
    #expect(try await phone.get("/api/me/").status == 401)
    #expect(try await world.count("SELECT count(*) FROM session") == 0)
  }

  private static func makeToken(_ world: World, _ browser: WebDriver) async throws {
    let tokens = "section[aria-labelledby=tokens] li"
    try await browser.type("my <b>script</b>", into: "#name")
    try await browser.click("input[value=sync]")
    try await browser.click("form[action='/account/tokens/'] button")
    try await browser.until("the new token") { try await browser.text("#new-token") != nil }
    let token = try #require(try await browser.text("#new-token"))
    #expect(try await browser.text(tokens)?.hasPrefix("my <b>script</b> read sync new") == true)
    func use(_ method: String, _ path: String) async throws -> Browser.Answer {
      try await Browser(world.http, base: world.publicURL).send(
        method, path, ["Authorization": "Bearer \(token)"])
    }
    #expect(try await use("GET", "/api/me/").json["spotify_user_id"].string == "mira")
    #expect(try await use("POST", "/spotify/sync/tracks/").status == 202)

    // Once, and never again.
    try await browser.open(world.publicURL + "/account/tokens/")
    let page = try await browser.run("return document.documentElement.outerHTML").string ?? ""
    #expect(page.contains("my &lt;b&gt;script") && !page.contains(token))
    #expect(try await browser.text(tokens)?.contains("used 20") == true)
    try await browser.click("\(tokens) button")
    try await expect(0, tokens, "the token is gone", browser)
    #expect(try await use("GET", "/api/me/").status == 401)
  }

  /// Waits for the page with so many elements that fit. Asked at once: between two pages there is an empty one.
  private static func expect(
    _ count: Int, _ selector: String, _ what: String, _ browser: WebDriver
  ) async throws {
    let script = """
      return document.readyState === 'complete' && document.querySelector('h1')?.innerText === 'Account'
        ? document.querySelectorAll(arguments[0]).length : -1
      """
    try await browser.until(what) { try await browser.run(script, [selector]).int == count }
  }
}
