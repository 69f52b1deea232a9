import SpotifySimulator
import TestSupport
import Testing

/// What a person sees, in a real browser.
@Suite("A browser")
struct BrowserTests {
  @Test func `Connects, watches the sync, sees the tracks, and disconnects`() async throws {
    try await withWorld {
      $0.environment["PAGES_IN_PARALLEL"] = "1"
    } _: { world in
      try await withWebDriver(world, Self.watch)
    }
  }

  @Test func `Sees playlists, what is in one of them, and whom one follows`() async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] =
        "user-library-read user-follow-read playlist-read-private playlist-read-collaborative"
    } _: { world in
      try world.simulator.edit("mira", PlaylistEdit(.position(0)) { $0.rename = "<b>Loud</b> & \"clear\"" })
      try await withWebDriver(world, Self.browse)
    }
  }

  private static func disconnect(_ browser: WebDriver) async throws {
    try await browser.click("details summary")
    try await browser.click("button.danger")
    try await browser.until("the page of somebody who isn't connected") {
      try await browser.text(".badge") == "Not connected"
    }
  }

  private static func watch(_ world: World, _ browser: WebDriver) async throws {
    world.simulator.hold(.savedTracks)
    try await browser.connect(world)

    // Page by page: the bar moves without the page being loaded again.
    try await browser.until("the run's words") {
      try await browser.text(".run .words")?.contains("are being read") == true
    }
    _ = try await browser.run("window.isStillTheSamePage = true")
    for page in 1...3 {
      try await world.simulator.waitUntilHeld(.savedTracks)
      world.simulator.release(.savedTracks, count: 1, keepHolding: true)
      try await browser.until("\(page) of 4 pages") {
        try await browser.text(".run .words")?.contains("\(page) of 4 pages") == true
      }
    }
    #expect(try await browser.run("return window.isStillTheSamePage === true").bool == true)
    let bar = try await browser.run(
      "const bar = document.querySelector('.run progress'); return [bar.value, bar.max]")
    #expect(bar[0].int == 3 && bar[1].int == 4)
    try await askWithTag(browser)
    world.simulator.release(.savedTracks)

    try await browser.until("the end of the run") {
      try await browser.text(".run .words")?.contains("175 added") == true
    }
    #expect(try await browser.text(".counts dd") == "175")
    let shown = try await browser.run(
      "return Array.from(document.querySelectorAll('.tracks li strong'), (each) => each.innerText)")
    let newest = try await world.names(of: try world.library(of: "mira").prefix(12).map(\.uri))
    #expect(shown.array.map(\.string) == newest)

    try await disconnect(browser)
    #expect(try await browser.text(".tracks") == nil)
    #expect(try await world.count("SELECT count(*) FROM saved_track") == 0)

    let addresses = try await browser.expectQuiet(world)
    #expect(addresses.contains { $0.hasSuffix("/events/") }, "no stream was opened")

    // That it would have been noticed.
    _ = try await browser.run("console.error('here'); location.href = 'http://elsewhere.example/'")
    var (noticed, left) = (false, false)
    try await browser.until("what was done on purpose is noticed") {
      if try await browser.complaints().contains(where: { $0.contains("here") }) { noticed = true }
      if try await browser.requestedAddresses().contains("http://elsewhere.example/") { left = true }
      return noticed && left
    }
  }

  /// Where no stream can be opened the page asks every second, and gets nothing anew when nothing is: it remembers
  /// the tag by itself, as the browser keeps nothing.
  private static func askWithTag(_ browser: WebDriver) async throws {
    _ = try await browser.run(
      """
      window.asked = [];
      const send = window.fetch;
      window.fetch = async (address, options) => {
        const answer = await send(address, options);
        window.asked.push([
          answer.status, Boolean(options.headers["if-none-match"]), answer.headers.get("cache-control")]);
        return answer;
      };
      poll(document.querySelector("[data-run]"));
      """)
    var asked: [JSONValue] = []
    try await browser.until("the second question") {
      asked = try await browser.run("return window.asked").array
      return asked.count >= 2
    }
    #expect(asked[0][0].int == 200 && asked[0][1].bool == false)
    #expect(asked[1][0].int == 304 && asked[1][1].bool == true)
    #expect(asked.allSatisfy { $0[2].string == "no-store" })
  }

  private static func browse(_ world: World, _ browser: WebDriver) async throws {
    let noor = Browser(world.http, base: world.publicURL)
    try await noor.signIn(as: "noor")
    try await browser.connect(world)
    try await world.until("all runs have ended") {
      try await world.count("SELECT count(*) FROM sync_run WHERE status <> 'succeeded'") == 0
    }
    try await browser.open(world.publicURL + "/")
    let truth = try world.playlists(of: "mira")
    #expect(try await browser.texts(".counts dd") == ["175", "\(truth.count)", "30"])
    #expect(
      try await browser.texts("[aria-labelledby=playlists] li strong") == truth.prefix(6).map(\.name))

    // In pages of five, by what a person can click.
    try await browser.click("[aria-labelledby=playlists] a[href='/playlists/']")
    try await browser.until("the list") { try await browser.text("h1") == "Playlists" }
    #expect(try await browser.run("return document.scripts.length").int == 0, "reading needs no script")
    try await browser.open(world.publicURL + "/playlists/?limit=5")
    let rows = try await allPages(browser, "tbody tr", as: ["th", "td:nth-child(2)", "td:nth-child(3)"])
    #expect(rows.map { $0[0] } == truth.map(\.name))
    #expect(rows.allSatisfy { !$0[1].isEmpty })
    for (row, playlist) in zip(rows, truth) {
      let words =
        switch playlist.contents {
        case "synced": playlist.uris.count == 1 ? "1 item" : "\(playlist.uris.count) items"
        case "pending": "not read yet"
        default: "not visible to this app"
        }
      #expect(row[2].hasSuffix(words))
    }

    try await seeItems(world, browser, truth)

    try await browser.open(world.publicURL + "/artists/")
    let artists = try await browser.texts(".shelf li strong")
    let followed = try await world.artistNames()
    #expect(artists.count == 30 && artists == followed)
    try await browser.expectQuiet(world)

    // A browser complains about a 404 by itself.
    let foreign = try #require(try world.simulator.playlists(of: "noor").first { $0.contents == .visible })
    #expect(try await noor.get("/playlists/\(foreign.id)/").status == 200)
    for id in [foreign.id, "nobody"] {
      try await browser.open(world.publicURL + "/playlists/\(id)/")
      #expect(try await browser.text("h1") == "There is no such playlist")
      #expect(try await browser.text("main")?.contains("404 playlist_not_found") == true)
    }
    let stranger = Browser(world.http, base: world.publicURL)
    for path in ["/playlists/", "/playlists/\(foreign.id)/", "/artists/"] {
      #expect(try await stranger.get(path).code == "unauthenticated")
    }
    try await browser.open(world.publicURL + "/")
    try await disconnect(browser)
    try await browser.open(world.publicURL + "/playlists/")
    #expect(try await browser.text("main")?.contains("There are none here") == true)
  }

  /// One playlist of every kind, and every item of the one that has all kinds of items.
  private static func seeItems(
    _ world: World, _ browser: WebDriver, _ truth: [ShownPlaylist]
  ) async throws {
    for (contents, words) in [("not_visible", "not visible to this app"), ("pending", "not been read yet")] {
      let playlist = try #require(truth.first { $0.contents == contents })
      try await browser.open(world.publicURL + "/playlists/\(playlist.id)/")
      #expect(try await browser.text(".note")?.contains(words) == true)
      #expect(try await browser.text("table") == nil)
    }
    let mixed = try #require(truth.first { $0.uris.contains(nil) && $0.uris.count > 100 })
    try await browser.open(world.publicURL + "/playlists/")
    try await browser.click("a[href='/playlists/\(mixed.id)/']")
    try await browser.until("its page") { try await browser.text("h1") == mixed.name }
    #expect(try await browser.texts("thead th") == ["#", "Title", "Album", "Added", "Length"])
    let rows = try await allPages(browser, "tbody tr", as: ["td:nth-child(1)", "strong", "td:nth-child(2)"])
    #expect(rows.map { $0[0] } == (1...mixed.uris.count).map(String.init))
    let names = try await world.names(of: mixed.uris.map { $0 ?? "" })
    for (row, name) in zip(rows, names) {
      if let name { #expect(row[1] == name) } else { #expect(row[2].hasPrefix("Unavailable")) }
    }
    #expect(rows.contains { $0[2].contains("episode") } && rows.contains { $0[2].contains("local file") })
  }

  /// What every row of a list says in some of its places, page after page.
  private static func allPages(
    _ browser: WebDriver, _ row: String, as places: [String]
  ) async throws -> [[String]] {
    let script = """
      const [row, ...places] = arguments;
      const says = (one, place) => one.querySelector(place)?.innerText.trim() ?? "";
      return Array.from(document.querySelectorAll(row), (one) => places.map((place) => says(one, place)))
      """
    var rows: [[String]] = []
    while true {
      rows += try await browser.run(script, [row] + places).array.map { $0.array.map { $0.string ?? "" } }
      let next = "const all = Array.from(document.querySelectorAll('.pager a'));"
      let address = try await browser.run(
        next + "return all.find((each) => each.innerText === 'Next page')?.href ?? null")
      guard let address = address.string else { return rows }
      try await browser.click(".pager a:last-child")
      try await browser.until("the next page") { try await browser.address == address }
    }
  }
}

extension WebDriver {
  /// What the person sees of all elements that fit.
  fileprivate func texts(_ selector: String) async throws -> [String] {
    let script = "return Array.from(document.querySelectorAll(arguments[0]), (each) => each.innerText.trim())"
    return try await run(script, [selector]).array.map { $0.string ?? "" }
  }
}

extension World {
  /// What the followed artists are called, in the page's order.
  fileprivate func artistNames() async throws -> [String] {
    try await rows(
      """
      SELECT artist.name FROM followed_artist JOIN artist USING (artist_id)
      WHERE user_id = (SELECT user_id FROM user_account WHERE spotify_user_id = 'mira')
      ORDER BY lower(artist.name) COLLATE "C"
      """
    ).map { try $0.decode(0, as: String.self) }
  }

  /// What tracks and episodes are called, in the order of their uris.
  fileprivate func names(of uris: [String]) async throws -> [String?] {
    var names: [String?] = []
    for uri in uris {
      let rows = try await rows(
        """
        SELECT name FROM track WHERE uri = \(uri)
        UNION ALL
        SELECT name FROM episode WHERE uri = \(uri)
        """)
      names.append(try rows.first.map { try $0.decode(0, as: String.self) })
    }
    return names
  }
}
