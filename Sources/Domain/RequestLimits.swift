/// Endpoints of Spotify's that are counted together.
///
/// Spotify counts its quota in "buckets" of endpoints without saying which belong together: one group is known to
/// be used up while others still answer. These groups are as fine as what was seen suggests.
package enum EndpointGroup: String, Sendable, CaseIterable {
  case me
  /// Saved tracks, and whether something is in the library.
  case library
  case playlists
  case playlistItems = "playlist_items"
  case following
  case artists
  case artistAlbums = "artist_albums"
  case search
  case browse
  case player
}

/// Whether somebody waits for a request's answer.
package enum RequestPriority: Sendable {
  case person
  /// By the clock: it leaves room for people.
  case background
}

/// How many requests a developer account may send, as whoever runs the service has decided; nil: as many as Spotify
/// takes.
package struct RequestCeilings: Sendable, Equatable {
  /// In any 30 s, all groups together.
  package let perWindow: Int?
  /// In any 24 h, of each group.
  package let perDay: Int?

  package init(perWindow: Int? = nil, perDay: Int? = nil) {
    self.perWindow = perWindow
    self.perDay = perDay
  }

  package static let none = RequestCeilings()

  package var isNone: Bool { perWindow == nil && perDay == nil }

  /// What requests of a priority may use: the background leaves a quarter to people.
  package func share(of priority: RequestPriority) -> RequestCeilings {
    switch priority {
    case .person: self
    case .background:
      RequestCeilings(
        perWindow: perWindow.map(RequestCeilings.withoutReserve),
        perDay: perDay.map(RequestCeilings.withoutReserve))
    }
  }

  /// At least one, or a ceiling of one would stop the background for good.
  private static func withoutReserve(_ ceiling: Int) -> Int { max(1, ceiling - max(1, (ceiling + 3) / 4)) }
}

/// Why a group, or the whole account, has to be left alone for a while.
package enum PauseReason: String, Sendable {
  /// A 429.
  case rate
  /// A 429 with `QUOTA_EXCEEDED`.
  case quota
}
