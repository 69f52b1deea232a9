import Domain

extension JSONWriter {
  /// A saved track, as the contract has it.
  mutating func savedTrack(_ saved: SavedTrack) {
    object { writer in
      writer.fields(of: saved.track, isPlayable: saved.isPlayable)
      writer.field("added_at", saved.addedAt)
      writer.field("removed_at", saved.removedAt)
    }
  }

  /// A track that is nobody's in particular: whether it can be played depends on who asks.
  mutating func track(_ track: Track) {
    object { $0.fields(of: track, isPlayable: nil) }
  }

  /// What every track says of itself, wherever it is listed.
  mutating func fields(of track: Track, isPlayable: Bool?) {
    field("spotify_id", track.spotifyID)
    field("uri", track.uri)
    field("name", track.name)
    array("artists", track.artists) { writer, artist in
      writer.object { writer in
        writer.field("spotify_id", artist.id)
        writer.field("name", artist.name)
      }
    }
    album(track.album)
    field("duration_ms", track.durationMilliseconds)
    field("explicit", track.isExplicit)
    field("isrc", track.isrc)
    field("is_local", track.isLocal)
    field("is_playable", isPlayable)
  }

  private mutating func album(_ album: Album?) {
    key("album")
    guard let album else { return null() }
    object { writer in
      writer.field("spotify_id", album.id.rawValue)
      writer.field("name", album.name)
      writer.field("release_date", album.releaseDate)
      writer.field("release_date_precision", album.releaseDatePrecision)
      writer.field("image_url", album.imageURL)
    }
  }
}
