import Domain

// What makes elements of the two kinds of list the same, read at different times.

extension Playlist: ListRow {
  package typealias Key = PlaylistID

  package var identity: PlaylistID { id }

  package static var mayRepeat: Bool { false }
}

extension PlaylistEntry: ListRow {
  package typealias Key = String

  /// Without what may differ from one answer to the next.
  package var identity: PlaylistEntry {
    PlaylistEntry(kind: kind, key: key, addedAt: addedAt, isPlayable: nil)
  }

  package static var mayRepeat: Bool { true }
}
