import Domain
import PostgreSQL

/// Pages of the releases of somebody's followed artists, newest first.
extension ArtistAlbums {
  /// Where a page ends; the next begins behind it.
  package struct Position: Sendable, Equatable {
    /// Empty for a release without one.
    package let releaseDate: String
    package let album: AlbumID

    package init(releaseDate: String, album: AlbumID) {
      self.releaseDate = releaseDate
      self.album = album
    }

    package init(_ album: Album) {
      self.init(releaseDate: album.releaseDate ?? "", album: album.id)
    }
  }

  /// At most `limit` releases from behind `position`, each once, however many of its artists are followed.
  package func list(
    for caller: Caller, after position: Position?, limit: Int
  ) async throws(StorageError) -> [Album] {
    // By bytes: dates of another precision, and none at all, keep their place on every server.
    let date: SQL = "coalesce(album.release_date, '') COLLATE \"C\""
    let behind: SQL =
      if let position {
        """
        AND (\(sql: date) < \(position.releaseDate) COLLATE "C"
             OR (\(sql: date) = \(position.releaseDate) COLLATE "C"
                 AND album.album_id COLLATE "C" > \(position.album.rawValue) COLLATE "C"))
        """
      } else {
        ""
      }
    let (_, rows) = try await database.asCaller(
      caller,
      """
      SELECT \(sql: AlbumColumns.sql)
      FROM album
      WHERE EXISTS (
          SELECT FROM artist_album
          JOIN followed_artist AS followed USING (artist_id)
          WHERE artist_album.album_id = album.album_id AND followed.removed_at IS NULL)
        \(sql: behind)
      ORDER BY \(sql: date) DESC, album.album_id COLLATE "C"
      LIMIT \(limit)
      """)
    return try decode { () throws(PostgreSQLError) in
      try rows[0].map { row throws(PostgreSQLError) in try AlbumColumns.album(row) }
    }
  }
}
