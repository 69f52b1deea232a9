import Domain
import PostgreSQL

/// An album as every list of albums selects it.
enum AlbumColumns {
  static let sql: SQL = """
    album.album_id, album.name, album.album_type, album.release_date, album.release_date_precision,
    album.total_tracks, album.image_url, album.artists
    """

  /// - Parameter column: where the columns begin.
  static func album(_ row: Row, from column: Int = 0) throws(PostgreSQLError) -> Album {
    Album(
      id: AlbumID(try row.decode(column)), name: try row.decode(column + 1), type: try row.decode(column + 2),
      releaseDate: try row.decode(column + 3), releaseDatePrecision: try row.decode(column + 4),
      totalTracks: try row.decode(column + 5), imageURL: try row.decode(column + 6),
      artists: try CreditsJSON.credits(row, column + 7))
  }
}
