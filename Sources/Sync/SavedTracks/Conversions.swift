import Domain
import SpotifyAPI
import Storage

// The same page as Spotify sends it, as the planner judges it and as the database stages it: the adapters
// don't know each other, so the words meet here.

extension ScannedPage {
  init(_ page: SavedTracksPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .track(let track, let addedAt, let isPlayable):
          .row(SavedRow(key: track.key, addedAt: addedAt, isPlayable: isPlayable))
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }

  init(_ page: StagedPages.Page) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .row(let key, let addedAt, let isPlayable):
          .row(SavedRow(key: key, addedAt: addedAt, isPlayable: isPlayable))
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }
}

extension StagedPages.Page {
  init(_ page: SavedTracksPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .track(let track, let addedAt, let isPlayable):
          .row(track.key, addedAt: addedAt, isPlayable: isPlayable)
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }
}

extension LocalRow {
  init(_ entry: SavedTracks.Entry) {
    self.init(
      key: entry.key, addedAt: entry.addedAt, ordinal: entry.ordinal, isPlayable: entry.isPlayable)
  }
}

extension SavedTracks.Entry {
  init(_ row: LocalRow) {
    self.init(key: row.key, addedAt: row.addedAt, ordinal: row.ordinal, isPlayable: row.isPlayable)
  }
}
