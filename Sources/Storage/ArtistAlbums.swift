import Domain
import FoundationEssentials
import PostgreSQL

/// The albums of artists that somebody follows; each artist is asked for once for all who follow it.
package struct ArtistAlbums: Sendable {
  /// How far the artists whom one person follows have been asked for, by whomever.
  package struct Standing: Sendable, Equatable {
    package let followed: Int
    /// Those who were asked for and whose turn comes later.
    package let settled: Int
    /// Albums that the run has added so far.
    package let added: Int
    /// Whether a run is about to say whom the person follows.
    package let isListUnderWay: Bool
  }

  let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// What Spotify said of an artist.
  package struct Found: Sendable {
    package let artist: ArtistID
    /// Each with the group it was found in.
    package let albums: [(album: Album, group: String)]
    /// When to ask again.
    package let pause: Duration

    package init(artist: ArtistID, albums: [(album: Album, group: String)], pause: Duration) {
      self.artist = artist
      self.albums = albums
      self.pause = pause
    }
  }

  package func standing(of claim: RunClaim) async throws(StorageError) -> Standing {
    let rows = try await database.asUser(
      claim.user,
      """
      SELECT count(*) AS followed,
             count(*) FILTER (WHERE held.checked_at IS NOT NULL AND held.next_check_at > clock_timestamp())
               AS settled,
             (SELECT added FROM sync_run
              WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue)) AS added,
             EXISTS (
               SELECT FROM sync_run
               WHERE user_id = \(claim.user.rawValue) AND kind = 'following' AND status IN ('queued', 'running')
             ) AS is_list_under_way
      FROM followed_artist AS followed
      LEFT JOIN artist_check AS held USING (artist_id)
      WHERE followed.user_id = \(claim.user.rawValue) AND followed.removed_at IS NULL
      """)
    return try decode { () throws(PostgreSQLError) in
      Standing(
        followed: try rows[0][0].decode("followed"), settled: try rows[0][0].decode("settled"),
        added: try rows[0][0].decode("added", as: Int?.self) ?? 0,
        isListUnderWay: try rows[0][0].decode("is_list_under_way"))
    }
  }

  /// Takes artists whom the run's user follows and nobody has asked for yet, then those whose turn is now. Another
  /// run gets others until the lease ends; the same run gets its own again, but those in `hand`. Fenced.
  package func take(
    _ limit: Int, for claim: RunClaim, besides hand: [ArtistID], lease: Duration
  ) async throws(StorageError) -> [ArtistID] {
    let rows = try await database.asUser(
      claim.user, SyncRuns.stillHeld(claim),
      """
      INSERT INTO artist_check (artist_id)
      SELECT artist_id
      FROM followed_artist AS followed
      WHERE user_id = \(claim.user.rawValue) AND removed_at IS NULL
        AND NOT EXISTS (SELECT FROM artist_check AS held WHERE held.artist_id = followed.artist_id)
      ORDER BY artist_id
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE artist_check AS taken
      SET leased_by = \(claim.run.rawValue),
          lease_until = clock_timestamp() + make_interval(secs => \(lease.seconds))
      FROM (
        SELECT held.artist_id
        FROM artist_check AS held
        JOIN followed_artist AS followed USING (artist_id)
        WHERE followed.user_id = \(claim.user.rawValue) AND followed.removed_at IS NULL
          AND (held.checked_at IS NULL OR held.next_check_at <= clock_timestamp())
          AND (held.lease_until IS NULL OR held.lease_until < clock_timestamp()
               OR held.leased_by = \(claim.run.rawValue))
          AND held.artist_id <> ALL (\(hand.map(\.rawValue)))
        ORDER BY held.checked_at IS NOT NULL, held.next_check_at, held.artist_id
        LIMIT \(limit)
        FOR UPDATE OF held SKIP LOCKED
      ) AS picked
      WHERE taken.artist_id = picked.artist_id
      RETURNING taken.artist_id
      """)
    return try ArtistAlbums.ids(rows[2])
  }

  /// Takes artists whose turn is now and whom anybody follows, longest due first.
  package func takeDue(
    _ limit: Int, holder: UUID, lease: Duration
  ) async throws(StorageError) -> [ArtistID] {
    try ArtistAlbums.ids(
      try await database.query(
        """
        SELECT take_due_artists(
          \(holder), make_interval(secs => \(lease.seconds)), \(Int32(clamping: limit)))
        """))
  }

  /// Keeps what Spotify said of artists, and how far the run is: all or nothing, fenced.
  ///
  /// - Returns: how many albums the run has added so far, and whether it was asked to stop.
  package func keep(
    _ found: [Found], for claim: RunClaim, progress: SyncRun.Progress, requestsMade: Int
  ) async throws(StorageError) -> (added: Int, cancelRequested: Bool) {
    let statements: [SQL] =
      ArtistAlbums.catalogue(found) + [
        """
        WITH new AS (\(sql: ArtistAlbums.insert(found)))
        UPDATE sync_run
        SET added = added + (SELECT count(*) FROM new)
        WHERE \(sql: SyncRuns.isHeld(claim))
        RETURNING added
        """,
        ArtistAlbums.settle(found),
        SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade),
      ]
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return (
      added: try decode { () throws(PostgreSQLError) in try rows[rows.count - 3][0].decode(0) },
      cancelRequested: try SyncRuns.cancelRequested(rows[rows.count - 1])
    )
  }

  /// Keeps what Spotify said of artists outside any run. No fence: it is true whoever writes it.
  ///
  /// - Returns: how many albums are new here.
  package func keep(_ found: [Found]) async throws(StorageError) -> Int {
    let rows = try await database.together(
      ArtistAlbums.catalogue(found) + [
        "WITH new AS (\(sql: ArtistAlbums.insert(found))) SELECT count(*) FROM new",
        ArtistAlbums.settle(found),
      ])
    return try decode { () throws(PostgreSQLError) in try rows[rows.count - 2][0].decode(0) }
  }

  /// Lets go of artists that were taken and not asked for: nobody takes them before `delay` has passed. Fenced: they
  /// are the run's, so another holder of the run has them by then.
  package func release(
    _ artists: [ArtistID], of claim: RunClaim, for delay: Duration
  ) async throws(StorageError) {
    _ = try await database.asUser(
      claim.user, SyncRuns.stillHeld(claim), ArtistAlbums.letGo(artists, claim.run.rawValue, delay))
  }

  /// The same for whoever took what is due.
  package func release(
    _ artists: [ArtistID], of holder: UUID, for delay: Duration
  ) async throws(StorageError) {
    _ = try await database.query(ArtistAlbums.letGo(artists, holder, delay))
  }

  /// Closes the run, fenced.
  package func finish(_ outcome: RunOutcome, of claim: RunClaim) async throws(StorageError) {
    _ = try await database.changing(claim.run, of: claim.user, try SyncRuns.succeeding(claim, outcome))
  }

  private static func catalogue(_ found: [Found]) -> [SQL] {
    var rows = CatalogueRows()
    for (album, _) in found.flatMap(\.albums) { rows.add(album) }
    return rows.statements
  }

  private static func insert(_ found: [Found]) -> SQL {
    let all = found.flatMap { found in
      found.albums.map { (found.artist.rawValue, $0.album.id.rawValue, $0.group) }
    }
    return """
      INSERT INTO artist_album (artist_id, album_id, album_group)
      SELECT found.artist_id, found.album_id, found.album_group
      FROM unnest(\(all.map(\.0)), \(all.map(\.1)), \(all.map(\.2))) AS found (artist_id, album_id, album_group)
      WHERE NOT EXISTS (
        SELECT FROM artist_album AS held
        WHERE held.artist_id = found.artist_id AND held.album_id = found.album_id)
      ORDER BY found.artist_id, found.album_id
      ON CONFLICT DO NOTHING
      RETURNING 1
      """
  }

  private static func settle(_ found: [Found]) -> SQL {
    """
    UPDATE artist_check AS held
    SET checked_at = clock_timestamp(),
        next_check_at = clock_timestamp() + make_interval(secs => found.pause),
        leased_by = NULL,
        lease_until = NULL
    FROM unnest(\(found.map(\.artist.rawValue)), \(found.map(\.pause.seconds))) AS found (artist_id, pause)
    WHERE held.artist_id = found.artist_id
    """
  }

  private static func letGo(_ artists: [ArtistID], _ holder: UUID, _ delay: Duration) -> SQL {
    // Also from the holder: what is put off isn't anybody's.
    """
    UPDATE artist_check
    SET leased_by = NULL,
        lease_until = clock_timestamp() + make_interval(secs => \(delay.seconds))
    WHERE artist_id = ANY (\(artists.map(\.rawValue))) AND leased_by = \(holder)
    """
  }

  private static func ids(_ rows: Rows) throws(StorageError) -> [ArtistID] {
    try decode { () throws(PostgreSQLError) in
      try rows.map { row throws(PostgreSQLError) in ArtistID(try row.decode(0)) }
    }
  }
}
