import Domain
import PostgreSQL

/// The catalogue as something to search in: what anybody's syncs and searches have brought here.
package struct CatalogueSearch: Sendable {
  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Keeps what Spotify found.
  package func keep(_ items: CatalogueItems) async throws(StorageError) {
    var catalogue = CatalogueRows()
    switch items {
    case .artists(let artists): for artist in artists { catalogue.add(artist) }
    case .albums(let albums): for album in albums { catalogue.add(album) }
    case .tracks(let tracks): for track in tracks { catalogue.add(track) }
    }
    guard !catalogue.statements.isEmpty else { return }
    _ = try await database.together(catalogue.statements)
  }

  /// What is here and has `text` in its name: the name itself first, then names that begin with it.
  package func find(
    _ text: String, _ type: SearchType, limit: Int
  ) async throws(StorageError) -> CatalogueItems {
    let text = text.withoutNUL
    switch type {
    case .artist:
      let rows = try await database.query(
        """
        SELECT artist_id, name, image_url, genres
        FROM artist
        WHERE name ILIKE \(text.searchPattern)
        ORDER BY \(sql: CatalogueSearch.closeness("name", to: text)), name, artist_id
        LIMIT \(limit)
        """)
      return .artists(
        try rows.map { row throws(StorageError) in
          try decode { () throws(PostgreSQLError) in
            Artist(
              id: ArtistID(try row.decode(0)), name: try row.decode(1), imageURL: try row.decode(2),
              genres: try row.decode(3))
          }
        })
    case .album:
      let rows = try await database.query(
        """
        SELECT \(sql: AlbumColumns.sql)
        FROM album
        WHERE name ILIKE \(text.searchPattern)
        ORDER BY \(sql: CatalogueSearch.closeness("name", to: text)), name, album_id
        LIMIT \(limit)
        """)
      return .albums(
        try rows.map { row throws(StorageError) in
          try decode { () throws(PostgreSQLError) in try AlbumColumns.album(row) }
        })
    case .track:
      let rows = try await database.query(
        """
        SELECT \(sql: TrackColumns.sql)
        FROM track
        LEFT JOIN album USING (album_id)
        WHERE track.name ILIKE \(text.searchPattern) AND NOT track.is_local
        ORDER BY \(sql: CatalogueSearch.closeness("track.name", to: text)), track.name, track.track_key
        LIMIT \(limit)
        """)
      return .tracks(
        try rows.map { row throws(StorageError) in
          try decode { () throws(PostgreSQLError) in try TrackColumns.track(row) }
        })
    }
  }

  private static func closeness(_ name: SQL, to text: String) -> SQL {
    """
    lower(\(sql: name)) <> lower(\(text)), NOT starts_with(lower(\(sql: name)), lower(\(text)))
    """
  }
}
