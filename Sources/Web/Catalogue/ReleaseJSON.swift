import Domain

extension JSONWriter {
  /// A release, as the contract has it: one element, however many artists made it.
  mutating func release(_ album: Album) {
    object { writer in
      writer.field("release_from_artist", album.artists.first?.name)
      writer.field("release_name", album.name)
      writer.field("release_release_date", album.releaseDate)
      writer.field("release_spotify_id", album.id.rawValue)
      writer.field("release_total_tracks", album.totalTracks)
      writer.field("release_url", SpotifyURL.album(album.id))
      writer.field("release_type", album.type)
      writer.field("release_date_precision", album.releaseDatePrecision)
      writer.field("release_image_url", album.imageURL)
      writer.array("artists", album.artists) { writer, artist in
        writer.object { writer in
          writer.field("spotify_id", artist.id)
          writer.field("name", artist.name)
          writer.field("url", artist.id.map(SpotifyURL.artist))
        }
      }
    }
  }

  mutating func artist(_ artist: Artist, releases: [Album]) {
    object { writer in
      writer.fields(of: artist)
      writer.array("releases", releases) { $0.release($1) }
    }
  }

  mutating func artist(_ artist: Artist) {
    object { $0.fields(of: artist) }
  }

  private mutating func fields(of artist: Artist) {
    field("spotify_id", artist.id.rawValue)
    field("name", artist.name)
    field("url", SpotifyURL.artist(artist.id.rawValue))
    field("image_url", artist.imageURL)
    field("genres", artist.genres ?? [])
  }
}

/// Where Spotify shows something to people.
enum SpotifyURL {
  static func album(_ id: AlbumID) -> String {
    "https://open.spotify.com/album/" + PercentEncoding.component(id.rawValue)
  }

  static func artist(_ id: String) -> String {
    "https://open.spotify.com/artist/" + PercentEncoding.component(id)
  }

  static func playlist(_ id: PlaylistID) -> String {
    "https://open.spotify.com/playlist/" + PercentEncoding.component(id.rawValue)
  }

  static func track(_ id: String) -> String {
    "https://open.spotify.com/track/" + PercentEncoding.component(id)
  }
}
