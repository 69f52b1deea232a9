import TestSupport
import Testing

/// Runs a test with the whole program and a real browser of its own.
func withWebDriver(_ world: World, _ visit: (World, WebDriver) async throws -> Void) async throws {
  _ = try await world.start(.all)
  let browser = try await WebDriver.start(world.http, on: world.reactor)
  let result: Result<Void, any Error>
  do { result = .success(try await visit(world, browser)) } catch { result = .failure(error) }
  await browser.end()
  try result.get()
}

extension WebDriver {
  /// Signs in as Mira, by what a person can click.
  func connect(_ world: World) async throws {
    try await open(world.publicURL + "/")
    try await click("a[href='/spotify/auth/']")
    try await until("Spotify's page") { try await address.hasPrefix(world.simulator.accountsURL) }
    try await click("button[name=user][value=mira]")
    try await until("the person's own page") { try await text("h1") == "Mira <b>Moss</b>" }
  }

  /// Nothing was complained about, and nobody else was asked for anything.
  ///
  /// - Returns: what was asked for.
  @discardableResult
  func expectQuiet(_ world: World) async throws -> [String] {
    let complaints = try await complaints()
    #expect(complaints.isEmpty, "the browser complains")
    let addresses = try await requestedAddresses()
    let ours = [world.publicURL + "/", world.simulator.baseURL + "/"]
    let strange = addresses.filter { address in !ours.contains { address.hasPrefix($0) } }
    #expect(strange.isEmpty, "the browser went elsewhere")
    return addresses
  }

  /// How many elements fit.
  func count(_ selector: String) async throws -> Int? {
    try await run("return document.querySelectorAll(arguments[0]).length", [selector]).int
  }
}
