import Domain

/// What the environment says about the catalogue: how old it may be, and how it is fetched.
struct CatalogueSettings: Sendable {
  /// How old the copy of the new releases may become.
  let maximumAge: Duration
  /// How long an album of a followed artist counts as new.
  let weeks: Int
  /// The bounds of how long a followed artist is left alone.
  let shortestPause: Duration
  let longestPause: Duration
  /// How long it is believed that Spotify refuses this app something.
  let refusalLasts: Duration
  let pageSizes: [PagedEndpoint: Int]

  /// Nil after a mistake, which the reader keeps.
  init?(reading reader: inout EnvironmentReader) {
    let maximumAge = CatalogueSettings.seconds("CATALOGUE_MAXIMUM_AGE", 86_400, &reader)
    let weeks = reader.read("CATALOGUE_WEEKS", default: "4") { text throws(Mistake) in
      try Mistake.number(text, in: 1...520)
    }
    let shortestPause = CatalogueSettings.seconds("ARTIST_PAUSE_SHORTEST", 86_400, &reader)
    let longestPause = reader.read("ARTIST_PAUSE_LONGEST", default: "1209600") { text throws(Mistake) in
      let longest = Duration.seconds(try Mistake.number(text, in: 60...31_536_000))
      if let shortestPause, longest < shortestPause {
        throw Mistake("is shorter than ARTIST_PAUSE_SHORTEST: use that or more")
      }
      return longest
    }
    let refusalLasts = CatalogueSettings.seconds("SPOTIFY_REFUSAL_SECONDS", 604_800, &reader)
    var pageSizes: [PagedEndpoint: Int] = [:]
    for endpoint in PagedEndpoint.allCases {
      pageSizes[endpoint] = reader.read(
        "SPOTIFY_PAGE_SIZE_\(endpoint.rawValue.uppercased())", default: "\(PagedEndpoint.largest)"
      ) { text throws(Mistake) in try Mistake.number(text, in: 1...PagedEndpoint.largest) }
    }
    guard let maximumAge, let weeks, let shortestPause, let longestPause, let refusalLasts,
      pageSizes.count == PagedEndpoint.allCases.count
    else { return nil }
    self.maximumAge = maximumAge
    self.weeks = weeks
    self.shortestPause = shortestPause
    self.longestPause = longestPause
    self.refusalLasts = refusalLasts
    self.pageSizes = pageSizes
  }

  private static func seconds(
    _ variable: String, _ standard: Int, _ reader: inout EnvironmentReader
  ) -> Duration? {
    reader.read(variable, default: "\(standard)") { text throws(Mistake) in
      Duration.seconds(try Mistake.number(text, in: 60...31_536_000))
    }
  }
}
