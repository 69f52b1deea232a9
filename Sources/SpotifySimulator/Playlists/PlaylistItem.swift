/// One place in a playlist.
struct PlaylistItem: Sendable {
  enum Content: Sendable, Equatable {
    /// A number of the ``Catalogue``.
    case track(Int)
    case episode(Int)
    /// A file from somebody's own disk.
    case local(Int)
    /// What Spotify leaves of something it has lost.
    case null
  }

  enum Adder: Sendable {
    case owner
    /// `"id": ""`, as some old rows have it.
    case nobody
    /// `null`, as in very old playlists.
    case unknown
  }

  var content: Content
  /// Seconds since 1970; nil in very old playlists.
  var addedAt: Int?
  var adder = Adder.owner

  /// Spotify's URI, or nil where there is no content.
  func uri(_ catalogue: Catalogue) -> String? {
    switch content {
    case .track(let number): "spotify:track:\(catalogue.trackIDs.text(number))"
    case .episode(let number): "spotify:episode:\(catalogue.episodeIDs.text(number))"
    case .local(let number): LocalFile(number).uri
    case .null: nil
    }
  }
}
