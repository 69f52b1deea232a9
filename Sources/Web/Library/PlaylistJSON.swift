import Domain

extension JSONWriter {
  /// A playlist, as the contract has it.
  mutating func playlist(_ held: HeldPlaylist) {
    let playlist = held.playlist
    object { writer in
      writer.field("spotify_id", playlist.id.rawValue)
      writer.field("uri", playlist.uri)
      writer.field("name", playlist.name)
      writer.field("description", playlist.description)
      writer.owner(playlist.owner)
      writer.field("public", playlist.isPublic)
      writer.field("collaborative", playlist.isCollaborative)
      writer.field("snapshot_id", playlist.snapshotID)
      writer.field("total_items", playlist.totalItems)
      writer.field("contents", held.contents.rawValue)
      writer.field("image_url", playlist.imageURL)
    }
  }

  private mutating func owner(_ owner: Playlist.Owner?) {
    key("owner")
    guard let owner else { return null() }
    object { writer in
      writer.field("spotify_id", owner.id.rawValue)
      writer.field("display_name", owner.displayName)
    }
  }

  /// A place of a playlist, as the contract has it.
  mutating func playlistItem(_ item: PlaylistItem) {
    object { writer in
      writer.field("position", item.position)
      writer.field("added_at", item.addedAt)
      switch item.content {
      case .track(let track):
        writer.field("type", "track")
        writer.object("item") { $0.fields(of: track, isPlayable: item.isPlayable) }
      case .episode(let episode):
        writer.field("type", "episode")
        writer.object("item") { $0.fields(of: episode, isPlayable: item.isPlayable) }
      case .unavailable:
        writer.field("type", "unavailable")
        writer.key("item")
        writer.null()
      }
    }
  }

  private mutating func fields(of episode: Episode, isPlayable: Bool?) {
    field("spotify_id", episode.id.rawValue)
    field("uri", episode.uri)
    field("name", episode.name)
    key("show")
    if let name = episode.showName {
      object { writer in
        writer.field("spotify_id", episode.showID)
        writer.field("name", name)
      }
    } else {
      null()
    }
    field("duration_ms", episode.durationMilliseconds)
    field("explicit", episode.isExplicit)
    field("release_date", episode.releaseDate)
    field("image_url", episode.imageURL)
    field("is_playable", isPlayable)
  }
}
