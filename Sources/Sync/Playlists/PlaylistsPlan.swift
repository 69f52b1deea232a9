import Domain
import FoundationEssentials

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

  /// How many refusals a run asks about again.
  private static let mostDoubts = 10

  /// - Parameters:
  ///   - held: every playlist that is or was in the person's list.
  ///   - person: whose list it is.
  package init(
    held: [HeldPlaylist], listed: ScannedList<Playlist>, pageSize: Int, person: SpotifyUserID, now: Date
  ) {
    let known = Dictionary(held.map { ($0.playlist.id, $0) }, uniquingKeysWith: { first, _ in first })
    let doubtful = PlaylistsPlan.doubtful(held, person: person, now: now)
    let isUnchanged = { (playlist: Playlist) in
      playlist.snapshotID != nil && known[playlist.id]?.syncedSnapshotID == playlist.snapshotID
        && !doubtful.contains(playlist.id)
    }
    let unchanged = listed.rows.filter(isUnchanged)
    toRead = listed.rows.filter { !isUnchanged($0) }
    self.unchanged = unchanged.count
    requestsSaved = unchanged.reduce(0) { sum, playlist in
      let isShown = known[playlist.id]?.contents == .synced
      let total = isShown ? playlist.totalItems ?? 0 : 0
      // A last page that is full is looked behind.
      return sum + max(0, total - 1) / (pageSize - 1) + 1
    }
    let met = Set(listed.rows.map(\.id)).union(listed.malformedKeys)
    missing = held.filter { $0.isPresent && !met.contains($0.playlist.id) }.map(\.playlist.id)
    isListTrusted = listed.isClosed && listed.unexplained == 0
  }

  /// Refusals of which it is time to ask whether they had a cause, at most once a day each: of a person's own and
  /// shared playlists, and of others' where this app has been shown such ones. In Development Mode it never is, and
  /// asking for all of them every day would cost a large part of the quota.
  private static func doubtful(
    _ held: [HeldPlaylist], person: SpotifyUserID, now: Date
  ) -> Set<PlaylistID> {
    let isOwn = { (held: HeldPlaylist) in
      held.playlist.owner?.id == person || held.playlist.isCollaborative
    }
    let seesOthers = held.contains { $0.isPresent && $0.contents == .synced && !isOwn($0) }
    let due = held.filter {
      $0.isPresent && $0.contents == .notVisible && (seesOthers || isOwn($0))
        && ($0.refusedAt.map { now.timeIntervalSince($0) >= 86_400 } ?? true)
    }
    let longest = due.sorted { ($0.refusedAt ?? .distantPast) < ($1.refusedAt ?? .distantPast) }
    return Set(longest.prefix(mostDoubts).map(\.playlist.id))
  }
}
