import FoundationEssentials

/// A playlist as somebody's list of playlists shows it.
package struct Playlist: Codable, Hashable, Sendable {
  package struct Owner: Codable, Hashable, Sendable {
    package let id: SpotifyUserID
    package let displayName: String?

    package init(id: SpotifyUserID, displayName: String?) {
      self.id = id
      self.displayName = displayName
    }
  }

  package let id: PlaylistID
  package let uri: String
  package let name: String
  package let description: String?
  /// Nil where Spotify names nobody.
  package let owner: Owner?
  /// Nil when Spotify doesn't say.
  package let isPublic: Bool?
  package let isCollaborative: Bool
  /// Opaque; moves with every change of the playlist, also of its name or picture.
  package let snapshotID: String?
  /// Nil for playlists whose contents the app may not see.
  package let totalItems: Int?
  package let imageURL: String?

  package init(
    id: PlaylistID, uri: String, name: String, description: String?, owner: Owner?, isPublic: Bool?,
    isCollaborative: Bool, snapshotID: String?, totalItems: Int?, imageURL: String?
  ) {
    self.id = id
    self.uri = uri
    self.name = name
    self.description = description
    self.owner = owner
    self.isPublic = isPublic
    self.isCollaborative = isCollaborative
    self.snapshotID = snapshotID
    self.totalItems = totalItems
    self.imageURL = imageURL
  }
}

/// What is known of a playlist's contents.
package enum PlaylistContents: String, Sendable {
  /// Not read yet.
  case pending
  case synced
  /// This app may not see what is in it: never the same as empty.
  case notVisible = "not_visible"
}

/// A playlist as the local copy has it.
package struct HeldPlaylist: Hashable, Sendable {
  package let playlist: Playlist
  /// The place in the person's list, top first.
  package let position: Int
  package let contents: PlaylistContents
  /// The snapshot that was asked for last: as long as the playlist's is the same, there is nothing to ask for.
  package let syncedSnapshotID: String?
  /// When Spotify last refused to show what is in it; nil when it answered since, or never refused.
  package let refusedAt: Date?
  /// Whether it is in the person's list, or was.
  package let isPresent: Bool

  package init(
    playlist: Playlist, position: Int, contents: PlaylistContents, syncedSnapshotID: String?,
    refusedAt: Date? = nil, isPresent: Bool
  ) {
    self.playlist = playlist
    self.position = position
    self.contents = contents
    self.syncedSnapshotID = syncedSnapshotID
    self.refusedAt = refusedAt
    self.isPresent = isPresent
  }
}

/// What is in one place of a playlist, without what the catalogue knows of it.
package struct PlaylistEntry: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case track, episode
    /// Spotify shows nothing in this place.
    case unavailable
  }

  package let kind: Kind
  /// A track's key or an episode's id; nil for what is unavailable.
  package let key: String?
  /// Nil in some very old playlists.
  package let addedAt: Date?
  package let isPlayable: Bool?

  package init(kind: Kind, key: String?, addedAt: Date?, isPlayable: Bool?) {
    precondition((key == nil) == (kind == .unavailable))
    self.kind = kind
    self.key = key
    self.addedAt = addedAt
    self.isPlayable = isPlayable
  }

  package static func unavailable(addedAt: Date?) -> PlaylistEntry {
    PlaylistEntry(kind: .unavailable, key: nil, addedAt: addedAt, isPlayable: nil)
  }
}

/// An entry in its place.
package struct PlaylistPlace: Hashable, Sendable {
  package let playlist: PlaylistID
  package let position: Int
  package let entry: PlaylistEntry

  package init(playlist: PlaylistID, position: Int, entry: PlaylistEntry) {
    self.playlist = playlist
    self.position = position
    self.entry = entry
  }
}

/// One place of a playlist with what is in it.
package struct PlaylistItem: Sendable {
  package enum Content: Sendable {
    case track(Track)
    case episode(Episode)
    case unavailable
  }

  package let position: Int
  package let addedAt: Date?
  package let content: Content
  /// Whether this person can play it in their country; nil when Spotify didn't say.
  package let isPlayable: Bool?

  package init(position: Int, addedAt: Date?, content: Content, isPlayable: Bool?) {
    self.position = position
    self.addedAt = addedAt
    self.content = content
    self.isPlayable = isPlayable
  }
}
