import Domain
import FoundationEssentials

/// What makes the local copy of somebody's playlists equal to what a run read. A pure value.
///
/// What it counts as changes: playlists that came or went, playlists that describe themselves differently (a
/// move in the list or another snapshot alone isn't counted), and the items of playlists that were read.
package struct PlaylistsChange: Sendable {
  /// New playlists, and those that differ from what is kept.
  package private(set) var playlists: [HeldPlaylist] = []
  package private(set) var inserts: [PlaylistPlace] = []
  package private(set) var updates: [PlaylistPlace] = []
  package private(set) var cuts: [(playlist: PlaylistID, length: Int)] = []
  package private(set) var changes = SyncRun.Changes()
  package private(set) var gaps: [Gap] = []
  private let now: Date

  /// - Parameters:
  ///   - held: every playlist that is or was in the person's list.
  ///   - kept: what is kept of the playlists that were read.
  package init(
    held: [HeldPlaylist], listed: ScannedList<Playlist>, removals: [PlaylistID],
    results: [PlaylistID: PlaylistItemsReading.Result], kept: [PlaylistID: [Int: PlaylistEntry]], now: Date
  ) {
    self.now = now
    let known = Dictionary(held.map { ($0.playlist.id, $0) }, uniquingKeysWith: { first, _ in first })
    changes.removed = removals.count
    changes.skipped = listed.skipped
    add(listed.gaps)
    var seen: Set<PlaylistID> = []
    for (position, slot) in listed.slots.enumerated() {
      guard case .row(let playlist) = slot, seen.insert(playlist.id).inserted else { continue }
      let result = results[playlist.id]
      apply(playlist, at: position, old: known[playlist.id], result)
      if case .read(let list)? = result { apply(list, of: playlist.id, kept: kept[playlist.id] ?? [:]) }
    }
  }

  private mutating func apply(
    _ playlist: Playlist, at position: Int, old: HeldPlaylist?, _ result: PlaylistItemsReading.Result?
  ) {
    var (contents, synced, refusedAt) = (old?.contents ?? .pending, old?.syncedSnapshotID, old?.refusedAt)
    switch result {
    case .read: (contents, synced, refusedAt) = (.synced, playlist.snapshotID, nil)
    case .refused(.notVisible): (contents, synced, refusedAt) = (.notVisible, playlist.snapshotID, now)
    case .refused(.notFound):
      // Spotify's own have been closed to most apps for good: one question for each snapshot is enough.
      if playlist.isSpotifys, contents != .synced { synced = playlist.snapshotID }
      add(Gap(reason: .notFound, count: 1))
    case .changing: add(Gap(reason: .changing, count: 1))
    case .unanswered: add(Gap(reason: .unanswered, count: 1))
    case nil:
      if contents == .pending { add(Gap(reason: .notFound, count: 1)) }
    }
    if contents == .notVisible { add(Gap(reason: .notVisible, count: 1)) }
    let new = HeldPlaylist(
      playlist: playlist, position: position, contents: contents, syncedSnapshotID: synced,
      refusedAt: refusedAt, isPresent: true)
    guard new != old else { return }
    playlists.append(new)
    guard let old, old.isPresent else {
      changes.added += 1
      return
    }
    if !old.playlist.isDescribed(as: playlist) { changes.updated += 1 }
  }

  private mutating func apply(
    _ list: ScannedList<PlaylistEntry>, of playlist: PlaylistID, kept: [Int: PlaylistEntry]
  ) {
    let change = PlaylistItemsChange(of: playlist, kept: kept, read: list)
    inserts += change.inserts
    updates += change.updates
    if let length = change.cut { cuts.append((playlist: playlist, length: length)) }
    changes.added += change.added
    changes.updated += change.updated
    changes.removed += change.removed
    changes.skipped += list.skipped
    add(list.gaps)
  }

  private mutating func add(_ gaps: [Gap]) { for gap in gaps { add(gap) } }

  private mutating func add(_ gap: Gap) {
    if let index = gaps.firstIndex(where: { $0.reason == gap.reason }) {
      gaps[index] = Gap(reason: gap.reason, count: gaps[index].count + gap.count)
    } else {
      gaps.append(gap)
    }
  }
}

extension Playlist {
  fileprivate var isSpotifys: Bool { owner?.id.rawValue == "spotify" }

  /// Whether both say the same of themselves, whatever is in them.
  fileprivate func isDescribed(as other: Playlist) -> Bool {
    name == other.name && description == other.description && owner == other.owner
      && isPublic == other.isPublic && isCollaborative == other.isCollaborative && imageURL == other.imageURL
      && uri == other.uri
  }
}
