import Domain
import PostgreSQL

/// A track with its album as every list of tracks selects it: the first fourteen columns.
enum TrackColumns {
  /// From `track` and, left-joined, `album`.
  static let sql: SQL = """
    track.track_key, track.spotify_id, track.uri, track.name, track.artists, track.duration_ms,
    track.explicit, track.isrc, track.is_local,
    album.album_id, album.name, album.release_date, album.release_date_precision, album.image_url
    """
  static let count = 14

  static func track(_ row: Row) throws(PostgreSQLError) -> Track {
    let albumID: String? = try row.decode(9)
    var album: Album?
    if let albumID {
      album = Album(
        id: AlbumID(albumID), name: try row.decode(10), type: nil, releaseDate: try row.decode(11),
        releaseDatePrecision: try row.decode(12), totalTracks: nil, imageURL: try row.decode(13), artists: [])
    }
    return Track(
      key: TrackKey(try row.decode(0)), spotifyID: try row.decode(1), uri: try row.decode(2),
      name: try row.decode(3), artists: try CreditsJSON.credits(row, 4), album: album,
      durationMilliseconds: try row.decode(5), isExplicit: try row.decode(6), isrc: try row.decode(7),
      isLocal: try row.decode(8))
  }
}
