import Domain
import PostgreSQL

/// The albums of artists that somebody follows; each artist is asked for once for all who follow it.
package struct ArtistAlbums: Sendable {
  /// How far the artists whom one person follows have been asked for, by whomever.
  package struct Standing: Sendable, Equatable {
    package let followed: Int
    /// Those who need not be asked for.
    package let fresh: Int
    /// Albums that the run has added so far.
    package let added: Int
    /// Whether a run is about to say whom the person follows.
    package let isListUnderWay: Bool
  }

  let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// - Parameter maximumAge: how long an answer holds.
  package func standing(
    of claim: RunClaim, maximumAge: Duration
  ) async throws(StorageError) -> Standing {
    let rows = try await database.asUser(
      claim.user,
      """
      SELECT count(*) AS followed,
             count(*) FILTER (WHERE \(sql: ArtistAlbums.isFresh(maximumAge))) AS fresh,
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
        followed: try rows[0][0].decode("followed"), fresh: try rows[0][0].decode("fresh"),
        added: try rows[0][0].decode("added", as: Int?.self) ?? 0,
        isListUnderWay: try rows[0][0].decode("is_list_under_way"))
    }
  }

  /// Takes artists whom the run's user follows and nobody has asked for lately, longest unasked first. Another run
  /// gets others until the lease ends; the same run gets its own again. Fenced.
  package func take(
    _ limit: Int, for claim: RunClaim, maximumAge: Duration, lease: Duration
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
          AND NOT \(sql: ArtistAlbums.isFresh(maximumAge))
          AND (held.lease_until IS NULL OR held.lease_until < clock_timestamp()
               OR held.leased_by = \(claim.run.rawValue))
        ORDER BY held.checked_at NULLS FIRST, held.artist_id
        LIMIT \(limit)
        FOR UPDATE OF held SKIP LOCKED
      ) AS picked
      WHERE taken.artist_id = picked.artist_id
      RETURNING taken.artist_id
      """)
    return try decode { () throws(PostgreSQLError) in
      try rows[2].map { row throws(PostgreSQLError) in ArtistID(try row.decode(0)) }
    }
  }

  /// Keeps what Spotify said of an artist, and how far the run is: all or nothing, fenced.
  ///
  /// - Parameter albums: each with the group it was found in.
  /// - Returns: how many albums the run has added so far, and whether it was asked to stop.
  package func keep(
    _ albums: [(album: Album, group: String)], of artist: ArtistID, for claim: RunClaim,
    progress: SyncRun.Progress, requestsMade: Int
  ) async throws(StorageError) -> (added: Int, cancelRequested: Bool) {
    var groups: [String: String] = [:]
    var catalogue = CatalogueRows()
    for (album, group) in albums where groups.updateValue(group, forKey: album.id.rawValue) == nil {
      catalogue.add(album)
    }
    let statements: [SQL] =
      catalogue.statements + [
        """
        WITH new AS (
          INSERT INTO artist_album (artist_id, album_id, album_group)
          SELECT \(artist.rawValue), found.album_id, found.album_group
          FROM unnest(\(Array(groups.keys)), \(Array(groups.values))) AS found (album_id, album_group)
          WHERE NOT EXISTS (
            SELECT FROM artist_album
            WHERE artist_id = \(artist.rawValue) AND artist_album.album_id = found.album_id)
          ON CONFLICT DO NOTHING
          RETURNING 1
        )
        UPDATE sync_run
        SET added = added + (SELECT count(*) FROM new)
        WHERE \(sql: SyncRuns.isHeld(claim))
        RETURNING added
        """,
        """
        UPDATE artist_check
        SET checked_at = clock_timestamp(), leased_by = NULL, lease_until = NULL
        WHERE artist_id = \(artist.rawValue)
        """,
        SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade),
      ]
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return (
      added: try decode { () throws(PostgreSQLError) in try rows[rows.count - 3][0].decode(0) },
      cancelRequested: try SyncRuns.cancelRequested(rows[rows.count - 1])
    )
  }

  /// Lets go of artists that were taken and not asked for: nobody takes them before `delay` has passed. Fenced: they
  /// are the run's, so another holder of the run has them by then.
  package func release(
    _ artists: [ArtistID], of claim: RunClaim, for delay: Duration
  ) async throws(StorageError) {
    // Also this run: what is put off isn't anybody's.
    _ = try await database.asUser(
      claim.user, SyncRuns.stillHeld(claim),
      """
      UPDATE artist_check
      SET leased_by = NULL,
          lease_until = clock_timestamp() + make_interval(secs => \(delay.seconds))
      WHERE artist_id = ANY (\(artists.map(\.rawValue))) AND leased_by = \(claim.run.rawValue)
      """)
  }

  /// Closes the run, fenced.
  package func finish(_ outcome: RunOutcome, of claim: RunClaim) async throws(StorageError) {
    _ = try await database.changing(claim.run, of: claim.user, try SyncRuns.succeeding(claim, outcome))
  }

  private static func isFresh(_ maximumAge: Duration) -> SQL {
    """
    (held.checked_at IS NOT NULL
     AND held.checked_at > clock_timestamp() - make_interval(secs => \(maximumAge.seconds)))
    """
  }
}
