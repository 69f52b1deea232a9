import FoundationEssentials

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
  /// Where tokens are made, on another host: limited apart, so that it is never counted and no ceiling binds it. It
  /// has a pause of its own.
  case token

  package var isCounted: Bool { self != .token }

  package static let counted = allCases.filter(\.isCounted)
}

/// Who waits for a request's answer.
package enum RequestPriority: Sendable {
  /// A page, or a call: a person looks at it at this moment.
  case immediate
  /// A run that a person asked for: a first sync may want all there is for minutes.
  case person
  /// Nobody: it comes by the clock, and after those who wait.
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

  /// What requests of a priority may use: runs leave a tenth to pages, the background a quarter to people.
  package func share(of priority: RequestPriority) -> RequestCeilings {
    switch priority {
    case .immediate: self
    case .person: without(10)
    case .background: without(4)
    }
  }

  /// At least one is left, or a ceiling of one would stop all but pages for good.
  private func without(_ part: Int) -> RequestCeilings {
    func rest(_ ceiling: Int) -> Int { max(1, ceiling - (ceiling + part - 1) / part) }
    return RequestCeilings(perWindow: perWindow.map(rest), perDay: perDay.map(rest))
  }
}

/// Why a group, or the whole account, has to be left alone for a while.
package enum PauseReason: String, Sendable {
  /// A 429.
  case rate
  /// A 429 with `QUOTA_EXCEEDED`.
  case quota
}

/// A group, or the whole account, that has to be left alone until then.
package struct RequestPause: Sendable, Equatable {
  /// Nil for the whole account.
  package let group: EndpointGroup?
  package let until: Date
  package let reason: PauseReason

  package init(group: EndpointGroup?, until: Date, reason: PauseReason) {
    self.group = group
    self.until = until
    self.reason = reason
  }
}
