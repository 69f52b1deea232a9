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
      _ = try await world.start(.all)
      let browser = try await WebDriver.start(world.http, on: world.reactor)
      let result: Result<Void, any Error>
      do { result = .success(try await Self.visit(world, browser)) } catch { result = .failure(error) }
      await browser.end()
      try result.get()
    }
  }

  private static func visit(_ world: World, _ browser: WebDriver) async throws {
    world.simulator.hold(.savedTracks)
    try await browser.open(world.publicURL + "/")
    try await browser.click("a[href='/spotify/auth/']")
    try await browser.until("Spotify's page") {
      try await browser.address.hasPrefix(world.simulator.accountsURL)
    }
    try await browser.click("button[name=user][value=mira]")
    try await browser.until("the person's own page") { try await browser.text("h1") == "Mira <b>Moss</b>" }

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
    world.simulator.release(.savedTracks)

    try await browser.until("the end of the run") {
      try await browser.text(".run .words")?.contains("175 added") == true
    }
    #expect(try await browser.text(".counts dd") == "175")
    let shown = try await browser.run(
      "return Array.from(document.querySelectorAll('.tracks li strong'), (each) => each.innerText)")
    let newest = try await world.names(of: try world.library(of: "mira").prefix(12).map(\.uri))
    #expect(shown.array.map(\.string) == newest)

    try await browser.click("details summary")
    try await browser.click("button.danger")
    try await browser.until("the page of somebody who isn't connected") {
      try await browser.text(".badge") == "Not connected"
    }
    #expect(try await browser.text(".tracks") == nil)
    #expect(try await world.count("SELECT count(*) FROM saved_track") == 0)

    let complaints = try await browser.complaints()
    #expect(complaints.isEmpty, "the browser complains")
    let addresses = try await browser.requestedAddresses()
    #expect(addresses.contains { $0.hasSuffix("/events/") }, "no stream was opened")
    let ours = [world.publicURL + "/", world.simulator.baseURL + "/"]
    let strange = addresses.filter { address in !ours.contains { address.hasPrefix($0) } }
    #expect(strange.isEmpty, "the browser went elsewhere")

    // That it would have been noticed.
    _ = try await browser.run("console.error('here'); location.href = 'http://elsewhere.example/'")
    var (noticed, left) = (false, false)
    try await browser.until("what was done on purpose is noticed") {
      if try await browser.complaints().contains(where: { $0.contains("here") }) { noticed = true }
      if try await browser.requestedAddresses().contains("http://elsewhere.example/") { left = true }
      return noticed && left
    }
  }
}

extension World {
  /// What tracks are called, in the order of their uris.
  fileprivate func names(of uris: [String]) async throws -> [String?] {
    var names: [String?] = []
    for uri in uris {
      let rows = try await rows("SELECT name FROM track WHERE uri = \(uri)")
      names.append(try rows.first.map { try $0.decode(0, as: String.self) })
    }
    return names
  }
}
