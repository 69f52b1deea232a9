import FoundationEssentials

/// A saved track as the local copy has it.
package struct SavedTrack: Sendable {
  package let track: Track
  package let addedAt: Date
  /// Spotify's order among equal `addedAt`: higher is nearer to the top.
  package let ordinal: Int64
  /// Whether this person can play it in their country; nil when Spotify didn't say.
  package let isPlayable: Bool?
  package let removedAt: Date?

  package init(track: Track, addedAt: Date, ordinal: Int64, isPlayable: Bool?, removedAt: Date?) {
    self.track = track
    self.addedAt = addedAt
    self.ordinal = ordinal
    self.isPlayable = isPlayable
    self.removedAt = removedAt
  }
}

/// Which rows of the local copy are meant: what is there, what has gone, or both.
package enum PresenceFilter: String, Sendable, CaseIterable {
  case present, removed, all
}
