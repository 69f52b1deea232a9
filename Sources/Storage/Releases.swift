import Domain
import FoundationEssentials
import PostgreSQL

/// The shared copy of what Spotify lists as new.
package struct Releases: Sendable {
  package struct State: Sendable, Equatable {
    package let version: Int64
    /// Nil before the first fetch.
    package let fetchedAt: Date?
  }

  /// The right to refresh the copy; only the newest epoch may write.
  package struct RefreshClaim: Sendable {
    let epoch: Int64
    /// By the database's clock: what the copy is as of once the refresh has ended well.
    let claimedAt: Date
    package let attempt: Int
    /// Where the copy as it is comes from; nil while there is none.
    package let source: ReleaseSource?
  }

  /// An artist with what is known of it here.
  package struct ArtistPage: Sendable {
    package let artist: Artist
    /// Whether the artist itself was ever asked for.
    package let isComplete: Bool
    package let releases: [Album]
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  package func state() async throws(StorageError) -> State {
    let rows = try await database.query(
      "SELECT version, fetched_at FROM catalogue_copy WHERE name = 'new_releases'")
    return try decode { () throws(PostgreSQLError) in
      State(version: try rows[0].decode(0), fetchedAt: try rows[0].decode(1))
    }
  }

  /// The whole copy, newest release first; nil before the first fetch. One moment: version and content agree.
  package func load() async throws(StorageError) -> ReleaseCatalogue? {
    let rows = try await database.query(
      """
      SELECT copy.version, copy.fetched_at, \(sql: AlbumColumns.sql)
      FROM catalogue_copy AS copy
      LEFT JOIN (new_release JOIN album USING (album_id)) ON true
      WHERE copy.name = 'new_releases' AND copy.fetched_at IS NOT NULL
      ORDER BY album.release_date DESC NULLS LAST, album.album_id
      """)
    guard let first = rows.first else { return nil }
    return try decode { () throws(PostgreSQLError) in
      var albums: [Album] = []
      for row in rows where !row.isNull(2) { albums.append(try AlbumColumns.album(row, from: 2)) }
      return ReleaseCatalogue(
        version: try first.decode(0), fetchedAt: try first.decode(1), releases: albums)
    }
  }

  /// An artist by id or, without regard to case, by name; with the releases of the copy that name it.
  package func artist(idOrName: String) async throws(StorageError) -> ArtistPage? {
    let rows = try await database.query(
      """
      SELECT artist_id, name, image_url, genres, fetched_at IS NOT NULL
      FROM artist
      WHERE artist_id = \(idOrName) OR lower(name) = lower(\(idOrName))
      ORDER BY artist_id = \(idOrName) DESC,
               EXISTS (
                 SELECT FROM new_release JOIN album USING (album_id)
                 WHERE album.artists @> jsonb_build_array(jsonb_build_object('spotify_id', artist_id))
               ) DESC,
               artist_id
      LIMIT 1
      """)
    guard let row = rows.first else { return nil }
    let artist = try decode { () throws(PostgreSQLError) in
      Artist(
        id: ArtistID(try row.decode(0)), name: try row.decode(1), imageURL: try row.decode(2),
        genres: try row.decode(3))
    }
    let releases = try await database.query(
      """
      SELECT \(sql: AlbumColumns.sql)
      FROM new_release
      JOIN album USING (album_id)
      WHERE album.artists @> jsonb_build_array(jsonb_build_object('spotify_id', \(artist.id.rawValue)))
      ORDER BY album.release_date DESC NULLS LAST, album.album_id
      """)
    return try decode { () throws(PostgreSQLError) in
      var albums: [Album] = []
      for row in releases { albums.append(try AlbumColumns.album(row)) }
      return ArtistPage(artist: artist, isComplete: try row.decode(4), releases: albums)
    }
  }

  /// Asks for a refresh; many askers, one refresh. Before the first one, and while one is on its way, nothing has
  /// to be asked for.
  package func requestRefresh() async throws(StorageError) {
    _ = try await database.query(
      """
      UPDATE catalogue_copy
      SET requested_at = now()
      WHERE name = 'new_releases'
        AND fetched_at IS NOT NULL
        AND (requested_at IS NULL OR requested_at <= fetched_at)
        AND (lease_until IS NULL OR lease_until < clock_timestamp())
      """)
  }

  /// Asks for a refresh because the followed artists have something new: nothing of it where the copy comes from
  /// Spotify's own list. Unlike ``requestRefresh()`` also while a refresh is on its way, which may have missed it.
  package func requestRefreshFromFollowed(weeks: Int) async throws(StorageError) {
    _ = try await database.query(
      """
      UPDATE catalogue_copy
      SET requested_at = clock_timestamp(),
          not_before = CASE WHEN fetched_at IS NULL THEN now() ELSE not_before END
      WHERE name = 'new_releases'
        AND source IS DISTINCT FROM 'browse'
        AND EXISTS (SELECT FROM new_albums_of_followed(\(Int32(clamping: weeks)), 1))
      """)
  }

  /// The newest albums of the last weeks by artists whom anybody follows, at most so many.
  package func albumsOfFollowed(weeks: Int, most: Int) async throws(StorageError) -> [AlbumID] {
    let rows = try await database.query(
      "SELECT new_albums_of_followed(\(Int32(clamping: weeks)), \(Int32(clamping: most)))")
    return try decode { () throws(PostgreSQLError) in
      try rows.map { row throws(PostgreSQLError) in AlbumID(try row.decode(0)) }
    }
  }

  /// Takes the refresh if one is due: asked for, or the copy is older than `maximumAge`, and nobody is at it.
  package func claimRefresh(
    maximumAge: Duration, lease: Duration
  ) async throws(StorageError) -> RefreshClaim? {
    let rows = try await database.query(
      """
      UPDATE catalogue_copy
      SET epoch = epoch + 1,
          attempt = attempt + 1,
          lease_until = clock_timestamp() + make_interval(secs => \(lease.seconds))
      WHERE name = 'new_releases'
        AND (lease_until IS NULL OR lease_until < clock_timestamp())
        AND not_before <= clock_timestamp()
        AND (fetched_at IS NULL
             OR requested_at > fetched_at
             OR fetched_at < clock_timestamp() - make_interval(secs => \(maximumAge.seconds)))
      RETURNING epoch, attempt, source, clock_timestamp() AS claimed_at
      """)
    guard let row = rows.first else { return nil }
    return try decode { () throws(PostgreSQLError) in
      RefreshClaim(
        epoch: try row.decode("epoch"), claimedAt: try row.decode("claimed_at"),
        attempt: try row.decode("attempt"), source: try row.decode("source"))
    }
  }

  /// Replaces the copy by a complete fetch. The version moves only when the content does.
  ///
  /// - Returns: the version now.
  package func finishRefresh(
    _ claim: RefreshClaim, albums: [Album], source: ReleaseSource
  ) async throws(StorageError) -> Int64 {
    var catalogue = CatalogueRows()
    for album in albums { catalogue.add(album) }
    return try await finish(claim, catalogue.statements, listing: albums.map(\.id), source)
  }

  /// Replaces the copy by albums that are kept already.
  ///
  /// - Returns: the version now.
  package func finishRefresh(
    _ claim: RefreshClaim, known albums: [AlbumID], source: ReleaseSource
  ) async throws(StorageError) -> Int64 {
    try await finish(claim, [], listing: albums, source)
  }

  private func finish(
    _ claim: RefreshClaim, _ catalogue: [SQL], listing albums: [AlbumID], _ source: ReleaseSource
  ) async throws(StorageError) -> Int64 {
    let ids = Set(albums.map(\.rawValue)).sorted()
    let rows = try await database.together(
      catalogue + [
        """
        INSERT INTO new_release (album_id)
        SELECT listed.album_id
        FROM unnest(\(ids)) AS listed (album_id)
        WHERE NOT EXISTS (SELECT FROM new_release WHERE new_release.album_id = listed.album_id)
        """,
        "DELETE FROM new_release WHERE album_id <> ALL (\(ids))",
        """
        WITH content AS (
          SELECT md5(coalesce(string_agg(album::text, ',' ORDER BY album.album_id), '')) AS checksum
          FROM new_release
          JOIN album USING (album_id)
        ), held AS (
          UPDATE catalogue_copy
          SET version = version
                + CASE WHEN catalogue_copy.checksum IS DISTINCT FROM content.checksum THEN 1 ELSE 0 END,
              checksum = content.checksum,
              source = \(source.rawValue),
              fetched_at = \(claim.claimedAt),
              attempt = 0,
              lease_until = NULL,
              last_error = NULL
          FROM content
          WHERE name = 'new_releases' AND epoch = \(claim.epoch)
          RETURNING version
        )
        SELECT require_fence(count(*)), max(version) FROM held
        """,
      ])
    return try decode { () throws(PostgreSQLError) in try rows[rows.count - 1][0].decode(1) }
  }

  /// Gives the refresh up until `delay` has passed; what is there stays as it is.
  package func postponeRefresh(
    _ claim: RefreshClaim, for delay: Duration, error: String
  ) async throws(StorageError) {
    _ = try await database.query(
      """
      UPDATE catalogue_copy
      SET lease_until = NULL,
          not_before = clock_timestamp() + make_interval(secs => \(delay.seconds)),
          last_error = \(error.withoutNUL)
      WHERE name = 'new_releases' AND epoch = \(claim.epoch)
      """)
  }

  // MARK: Artists

  /// Notes that somebody would like to see what only asking for the artist tells.
  package func want(_ artist: ArtistID) async throws(StorageError) {
    _ = try await database.query(
      """
      UPDATE artist
      SET wanted_at = now()
      WHERE artist_id = \(artist.rawValue) AND fetched_at IS NULL AND wanted_at IS NULL
      """)
  }

  /// Takes the artist that was wanted first; another worker takes another. Who looks meanwhile adds no second
  /// wish: the first stays, and is due again a minute later should nobody have fulfilled it by then.
  package func takeWantedArtist() async throws(StorageError) -> ArtistID? {
    let rows = try await database.query(
      """
      UPDATE artist
      SET wanted_at = clock_timestamp() + interval '1 minute'
      WHERE artist_id = (
        SELECT artist_id
        FROM artist
        WHERE wanted_at <= clock_timestamp()
        ORDER BY wanted_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED)
      RETURNING artist_id
      """)
    return try decode { () throws(PostgreSQLError) in
      try rows.first.map { row throws(PostgreSQLError) in ArtistID(try row.decode(0)) }
    }
  }

  /// Drops a wish that can't be fulfilled; whoever looks again wishes again.
  package func dropWish(for artist: ArtistID) async throws(StorageError) {
    _ = try await database.query("UPDATE artist SET wanted_at = NULL WHERE artist_id = \(artist.rawValue)")
  }

  package func store(_ artist: Artist) async throws(StorageError) {
    var catalogue = CatalogueRows()
    catalogue.add(artist)
    _ = try await database.together(catalogue.statements)
  }
}
