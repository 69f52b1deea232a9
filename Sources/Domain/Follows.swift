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

    /// Whose place it is, as far as that could be read.
    package var id: ArtistID? {
      switch self {
      case .artist(let artist): artist
      case .null: nil
      case .malformed(let artist): artist
      }
    }
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

/// Where the pages of a list of followed artists began and ended when it was read to its end.
package struct FollowOrder: Sendable, Equatable {
  /// How many places the list had.
  package let count: Int
  /// The last artist of each page but the last, in Spotify's order; the pages are equally long.
  package let borders: [ArtistID]

  package init(count: Int, borders: [ArtistID]) {
    self.count = count
    self.borders = borders
  }

  /// How many places a page has, of a list that is cut into so many equal ones.
  package var pageLength: Int { (count + borders.count) / (borders.count + 1) }
}

/// A page of the list of followed artists and the question that it answers.
package struct AskedFollows: Sendable, Equatable {
  /// Tells the questions of one scan apart, in the order in which they were asked.
  package let number: Int
  /// Behind whom the page begins; nil: at the top.
  package let after: String?
  package let page: FollowsPage

  package init(number: Int, after: String?, page: FollowsPage) {
    self.number = number
    self.after = after
    self.page = page
  }
}
