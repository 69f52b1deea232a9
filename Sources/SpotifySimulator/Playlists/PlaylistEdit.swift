/// What happens to a person's playlists behind the client's back. Every part may be left out.
///
/// An edit of a playlist that names no part only moves the snapshot id.
package struct PlaylistEdit: Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case own
    /// The person's own, which others may change.
    case collaborative
    /// Somebody else's that the person follows.
    case foreign
    /// Somebody else's that the person may change.
    case shared
    case spotify
  }

  package struct Creation: Codable, Sendable {
    package var name: String?
    package var items: Int?
    package var kind: Kind?
    package var isPublic: Bool?
    package var description: String?
    /// Also episodes, local files, lost items and tracks that stand there twice.
    package var mixed: Bool?

    package init(
      name: String? = nil, items: Int? = nil, kind: Kind? = nil, isPublic: Bool? = nil,
      description: String? = nil, mixed: Bool? = nil
    ) {
      self.name = name
      self.items = items
      self.kind = kind
      self.isPublic = isPublic
      self.description = description
      self.mixed = mixed
    }
  }

  /// A block of items goes to where it then begins.
  package struct Move: Codable, Sendable {
    package var from: Int
    package var to: Int
    package var count: Int?

    package init(from: Int, to: Int, count: Int? = nil) {
      self.from = from
      self.to = to
      self.count = count
    }
  }

  /// What an edit did.
  package struct Outcome: Codable, Sendable {
    package var id: String
    /// Null when the playlist was deleted.
    package var snapshot: String?
    /// URIs of what came, in their order.
    package var added: [String]
    /// URIs of what went, null for lost items.
    package var removed: [String?]
    /// Items of the playlist.
    package var total: Int
    /// Playlists of the list.
    package var playlists: Int
  }

  /// A playlist by its id or URI, or its position in the list; not needed with `create`.
  package var playlist: LibraryEdit.Reference?
  /// A new one on top of the list; the other parts mean it then.
  package var create: Creation?
  package var delete: Bool?
  package var rename: String?
  package var description: String?
  package var isPublic: Bool?
  package var isCollaborative: Bool?
  /// False: `null` in the list.
  package var isListed: Bool?
  /// True: 404.
  package var isGone: Bool?
  /// Another place in the list.
  package var listPosition: Int?
  /// Positions before the edit, or URIs, of which all occurrences go.
  package var remove: [LibraryEdit.Reference]?
  package var move: Move?
  /// How many tracks to add.
  package var add: Int?
  /// Tracks of the catalogue to add besides, by URI; what is there already stands there twice then.
  package var addUris: [String]?
  package var addEpisodes: Int?
  package var addLocal: Int?
  /// Where what is added goes; at the end by default.
  package var at: Int?
  /// Positions at which an item without content appears.
  package var insertNullAt: [Int]?
  /// The snapshot id stays what it was.
  package var keepSnapshot: Bool?
  /// What the list's `total` is off by from now on.
  package var totalOffset: Int?

  package init() {}

  package init(_ playlist: LibraryEdit.Reference, _ change: (inout PlaylistEdit) -> Void = { _ in }) {
    self.playlist = playlist
    change(&self)
  }

  package init(create: Creation) { self.create = create }
}
