import Domain

/// What pages say of a playlist.
enum PlaylistWords {
  /// Spotify lets a name be empty.
  static func name(_ playlist: Playlist) -> String {
    playlist.name.isEmpty ? "Untitled playlist" : playlist.name
  }

  static func owner(_ playlist: Playlist) -> String {
    guard let owner = playlist.owner else { return "unknown" }
    if let name = owner.displayName, !name.isEmpty { return name }
    return owner.id.rawValue
  }

  /// How much is in it, and why that can't be seen here if it can't.
  static func amount(_ held: HeldPlaylist) -> HTML {
    switch held.contents {
    case .synced: held.playlist.totalItems.map(items) ?? "unknown"
    case .pending: held.playlist.totalItems.map { "\(items($0)), not read yet" } ?? "not read yet"
    case .notVisible: "not visible to this app"
    }
  }

  private static func items(_ count: Int) -> HTML { "\(count) \(count == 1 ? "item" : "items")" }
}
