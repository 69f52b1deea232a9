import FoundationEssentials

/// An artist that somebody follows, as the local copy has it.
package struct FollowedArtist: Sendable {
  package let artist: Artist
  package let firstSeenAt: Date
  package let removedAt: Date?

  package init(artist: Artist, firstSeenAt: Date, removedAt: Date?) {
    self.artist = artist
    self.firstSeenAt = firstSeenAt
    self.removedAt = removedAt
  }
}

/// A page of the list of followed artists, without what the catalogue keeps of them.
package struct FollowsPage: Sendable, Equatable {
  /// A place of the page: who is followed, or why that can't be told.
  package enum Slot: Sendable, Equatable {
    case artist(ArtistID)
    case null
    /// It came without what is needed to keep it; who it is when at least that could be read.
    case malformed(ArtistID?)
  }

  package let slots: [Slot]
  /// What Spotify says the whole list has; known to be wrong or late.
  package let total: Int?
  /// Where the next page begins; nil on the last one.
  package let cursor: String?

  package init(slots: [Slot], total: Int?, cursor: String?) {
    self.slots = slots
    self.total = total
    self.cursor = cursor
  }
}
