import Domain

/// What makes the kept contents of a playlist equal to what was read: only places that differ. A pure value.
package struct PlaylistItemsChange: Sendable, Equatable {
  /// Places that are not kept yet.
  package let inserts: [PlaylistPlace]
  /// Places that are kept with something else in them.
  package let updates: [PlaylistPlace]
  /// Where the playlist ends now, when more is kept.
  package let cut: Int?
  /// Tracks and episodes that came and went, wherever they stand; an item that only moved is neither.
  package let added: Int
  package let removed: Int
  /// Items that are where they were and differ in what can be played.
  package let updated: Int

  /// - Parameter kept: what is kept, by position.
  package init(of playlist: PlaylistID, kept: [Int: PlaylistEntry], read: ScannedList<PlaylistEntry>) {
    let met = Set(read.rows.compactMap(\.key))
    let wanted = read.slots.enumerated().map { position, slot in
      PlaylistItemsChange.entry(of: slot, kept: kept[position], met: met)
    }
    var inserts: [PlaylistPlace] = []
    var updates: [PlaylistPlace] = []
    var updated = 0
    for (position, entry) in wanted.enumerated() where kept[position] != entry {
      let place = PlaylistPlace(playlist: playlist, position: position, entry: entry)
      if let old = kept[position] {
        updates.append(place)
        if old.identity == entry.identity { updated += 1 }
      } else {
        inserts.append(place)
      }
    }
    self.inserts = inserts
    self.updates = updates
    cut = kept.keys.contains { $0 >= wanted.count } ? wanted.count : nil
    let (now, before) = (PlaylistItemsChange.counts(wanted), PlaylistItemsChange.counts(kept.values))
    added = now.reduce(0) { $0 + max(0, $1.value - before[$1.key, default: 0]) }
    removed = before.reduce(0) { $0 + max(0, $1.value - now[$1.key, default: 0]) }
    self.updated = updated
  }

  /// An element that can't be explained may be the one that was in its place, unless that was met elsewhere.
  private static func entry(
    of slot: ListSlot<PlaylistEntry>, kept: PlaylistEntry?, met: Set<String>
  ) -> PlaylistEntry {
    if case .row(let entry) = slot { return entry }
    guard let kept, kept.key.map(met.contains) != true else { return .unavailable(addedAt: nil) }
    return kept
  }

  private static func counts(_ entries: some Sequence<PlaylistEntry>) -> [PlaylistEntry: Int] {
    entries.reduce(into: [:]) { counts, entry in
      if entry.kind != .unavailable { counts[entry.identity, default: 0] += 1 }
    }
  }
}
