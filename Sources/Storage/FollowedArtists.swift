import Domain
import FoundationEssentials
import PostgreSQL

/// Whom people follow.
package struct FollowedArtists: Sendable {
  /// Everything that ends a run well, written in one transaction or not at all.
  package struct Outcome: Sendable {
    package let run: RunOutcome
    /// New ones, and those that had gone and came back.
    package let inserts: [ArtistID]
    package let removals: [ArtistID]
    /// Where the pages end, when it is to be known for the next time.
    package let order: FollowOrder?

    package init(run: RunOutcome, inserts: [ArtistID], removals: [ArtistID], order: FollowOrder? = nil) {
      self.run = run
      self.inserts = inserts
      self.removals = removals
      self.order = order
    }
  }

  let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Everyone who is followed now.
  package func present(of user: UserID) async throws(StorageError) -> Set<ArtistID> {
    let rows = try await database.asUser(
      user,
      """
      SELECT artist_id
      FROM followed_artist
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """)
    return try decode { () throws(PostgreSQLError) in
      var artists: Set<ArtistID> = []
      for row in rows[0] { artists.insert(ArtistID(try row.decode(0))) }
      return artists
    }
  }

  /// Where the pages ended in the last complete reading; nil when there was none.
  package func order(of user: UserID) async throws(StorageError) -> FollowOrder? {
    let rows = try await database.asUser(
      user,
      """
      SELECT artists, borders
      FROM followed_order
      WHERE user_id = \(user.rawValue)
      """)
    return try decode { () throws(PostgreSQLError) in
      guard let row = rows[0].first else { return nil }
      let borders: [String] = try row.decode(1)
      return FollowOrder(count: try row.decode(0), borders: borders.map { ArtistID($0) })
    }
  }

  /// Merges a run's outcome and closes the run, fenced: once in effect, whoever ran it how often.
  package func finish(_ outcome: Outcome, of claim: RunClaim) async throws(StorageError) {
    var work: [SQL] = []
    if !outcome.inserts.isEmpty {
      // The conflict is an artist that was followed before; who is followed now is never inserted.
      work.append(
        """
        INSERT INTO followed_artist AS held (user_id, artist_id)
        SELECT \(claim.user.rawValue), new.artist_id
        FROM unnest(\(outcome.inserts.map(\.rawValue))) AS new (artist_id)
        ON CONFLICT (user_id, artist_id) DO UPDATE
        SET removed_at = NULL
        """)
    }
    if !outcome.removals.isEmpty {
      work.append(
        """
        UPDATE followed_artist
        SET removed_at = now()
        WHERE user_id = \(claim.user.rawValue)
          AND artist_id = ANY (\(outcome.removals.map(\.rawValue)))
          AND removed_at IS NULL
        """)
    }
    if let order = outcome.order {
      work.append(
        """
        INSERT INTO followed_order AS held (user_id, artists, borders)
        VALUES (
          \(claim.user.rawValue), \(Int32(clamping: order.count)), \(order.borders.map(\.rawValue)))
        ON CONFLICT (user_id) DO UPDATE
        SET artists = excluded.artists, borders = excluded.borders
        """)
    }
    _ = try await database.changing(
      claim.run, of: claim.user, try SyncRuns.succeeding(claim, outcome.run, doing: work))
  }
}
