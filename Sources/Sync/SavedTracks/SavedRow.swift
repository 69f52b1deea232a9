import Domain
import FoundationEssentials

/// A row of somebody's saved tracks, as Spotify tells them apart: the same track saved again is another row.
package struct SavedRow: ListRow {
  package typealias Key = TrackKey

  package let key: TrackKey
  package let addedAt: Date
  package let isPlayable: Bool?

  package init(key: TrackKey, addedAt: Date, isPlayable: Bool? = nil) {
    self.key = key
    self.addedAt = addedAt
    self.isPlayable = isPlayable
  }

  package var identity: SavedRowIdentity { SavedRowIdentity(key: key, addedAt: addedAt) }

  package static var mayRepeat: Bool { false }
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

package typealias ScannedSlot = ListSlot<SavedRow>
package typealias ScannedPage = ListPage<SavedRow>
package typealias SavedTracksScan = ListScan<SavedRow>
package typealias ScannedLibrary = ScannedList<SavedRow>
