import Domain

/// What follows from a list of playlists for the requests of a run. A pure value.
package struct PlaylistsPlan: Sendable {
  /// Playlists whose contents have to be asked for, in the list's order.
  package let toRead: [Playlist]
  /// How many are left alone because their snapshot is the one that was asked for last.
  package let unchanged: Int
  /// What asking for those would have cost.
  package let requestsSaved: Int
  /// Playlists that the list doesn't show any more: candidates, not yet removals.
  package let missing: [PlaylistID]
  /// Whether nothing speaks against the list: every place of it is accounted for.
  package let isListTrusted: Bool

  /// - Parameter held: every playlist that is or was in the person's list.
  package init(held: [HeldPlaylist], listed: ScannedList<Playlist>, pageSize: Int) {
    let known = Dictionary(held.map { ($0.playlist.id, $0) }, uniquingKeysWith: { first, _ in first })
    let isUnchanged = { (playlist: Playlist) in
      playlist.snapshotID != nil && known[playlist.id]?.syncedSnapshotID == playlist.snapshotID
    }
    let unchanged = listed.rows.filter(isUnchanged)
    toRead = listed.rows.filter { !isUnchanged($0) }
    self.unchanged = unchanged.count
    requestsSaved = unchanged.reduce(0) { sum, playlist in
      let isShown = known[playlist.id]?.contents == .synced
      let total = isShown ? playlist.totalItems ?? 0 : 0
      return sum + ListScan<PlaylistEntry>.pages(total: total, pageSize: pageSize)
    }
    let met = Set(listed.rows.map(\.id)).union(listed.malformedKeys)
    missing = held.filter { $0.isPresent && !met.contains($0.playlist.id) }.map(\.playlist.id)
    isListTrusted = listed.isClosed && listed.unexplained == 0
  }
}
