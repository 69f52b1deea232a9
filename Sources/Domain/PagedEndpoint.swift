/// An endpoint of Spotify's whose pages may be smaller for some apps than for others.
package enum PagedEndpoint: String, Sendable, CaseIterable {
  case newReleases = "new_releases"
  case artistAlbums = "artist_albums"
  case search = "search"

  /// What Extended Quota apps may have of each.
  package static let largest = 50
  /// What every app may have: Development Mode answers 400 "Invalid limit" above it.
  package static let always = 10
}
