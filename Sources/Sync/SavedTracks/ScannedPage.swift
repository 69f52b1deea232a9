import Domain
import FoundationEssentials

/// A row of somebody's saved tracks, as Spotify tells them apart: the same track saved again is another row.
package struct SavedRow: Hashable, Sendable {
  package let key: TrackKey
  package let addedAt: Date
  package let isPlayable: Bool?

  package init(key: TrackKey, addedAt: Date, isPlayable: Bool? = nil) {
    self.key = key
    self.addedAt = addedAt
    self.isPlayable = isPlayable
  }

  package var identity: SavedRowIdentity { SavedRowIdentity(key: key, addedAt: addedAt) }
}

/// What tells two saved rows apart.
package struct SavedRowIdentity: Hashable, Sendable {
  package let key: TrackKey
  package let addedAt: Date

  package init(key: TrackKey, addedAt: Date) {
    self.key = key
    self.addedAt = addedAt
  }
}

/// A position of the list. What can't be kept still has one, so that counts and positions stay honest.
package enum ScannedSlot: Hashable, Sendable {
  case row(SavedRow)
  case null
  /// It may be any row, or any row of `key` when that could be read.
  case malformed(TrackKey?)

  /// Whether both can be the same element, read twice.
  func matches(_ other: ScannedSlot) -> Bool {
    switch (self, other) {
    case (.row(let one), .row(let two)): one.identity == two.identity
    default: self == other
    }
  }
}

/// A page of saved tracks, without what the catalogue keeps.
package struct ScannedPage: Sendable, Equatable {
  package let offset: Int
  package let total: Int
  package let slots: [ScannedSlot]

  package init(offset: Int, total: Int, slots: [ScannedSlot]) {
    self.offset = offset
    self.total = total
    self.slots = slots
  }
}
