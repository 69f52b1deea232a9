import HTTPServer

/// The one time that a caller waits for Spotify: the copy is empty, and the first fetch is on its way.
enum FirstReleases {
  private static let patience = Duration.seconds(10)
  private static let interval = Duration.milliseconds(100)

  /// - Throws: 503 when there is still nothing after ten seconds.
  static func wait(_ call: Call) async throws -> RenderedReleases {
    let services = call.services
    let deadline = ContinuousClock.now + patience
    // A process that has just started hasn't looked yet.
    try await services.catalogue.update(from: services.releases)
    if let rendered = services.catalogue.current { return rendered }
    try await services.requestReleases()
    var looks = 0
    while ContinuousClock.now < deadline {
      try await services.reactor.sleep(for: interval)
      if let rendered = services.catalogue.current { return rendered }
      looks += 1
      // The process looks by itself; this only keeps the wait from depending on it.
      if looks.isMultiple(of: 10) { try await services.catalogue.update(from: services.releases) }
    }
    throw Problem(
      503, "catalogue_empty", "the new releases are being fetched for the first time; try again in a moment",
      headers: ["retry-after": "5"])
  }
}
