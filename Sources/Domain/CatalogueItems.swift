/// What can be searched for.
package enum SearchType: String, Sendable, CaseIterable {
  case artist, album, track
}

/// What a search found, best first.
package enum CatalogueItems: Sendable, Equatable {
  case artists([Artist])
  case albums([Album])
  case tracks([Track])
}
