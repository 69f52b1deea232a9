import Domain

extension JSONWriter {
  /// A saved track, as the contract has it.
  mutating func savedTrack(_ saved: SavedTrack) {
    let track = saved.track
    object { writer in
      writer.field("spotify_id", track.spotifyID)
      writer.field("uri", track.uri)
      writer.field("name", track.name)
      writer.array("artists", track.artists) { writer, artist in
        writer.object { writer in
          writer.field("spotify_id", artist.id)
          writer.field("name", artist.name)
        }
      }
      writer.album(track.album)
      writer.field("duration_ms", track.durationMilliseconds)
      writer.field("explicit", track.isExplicit)
      writer.field("isrc", track.isrc)
      writer.field("is_local", track.isLocal)
      writer.field("is_playable", saved.isPlayable)
      writer.field("added_at", saved.addedAt)
      writer.field("removed_at", saved.removedAt)
    }
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
