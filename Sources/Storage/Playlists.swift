import Domain
import FoundationEssentials
import PostgreSQL

/// People's playlists and what is in them.
package struct Playlists: Sendable {
  /// Everything that ends a run well, written in one transaction or not at all.
  package struct Outcome: Sendable {
    package let run: RunOutcome
    /// New ones, and those that differ from what is kept.
    package let playlists: [HeldPlaylist]
    package let removals: [PlaylistID]
    /// Places that are not kept yet.
    package let inserts: [PlaylistPlace]
    /// Places that are kept with something else in them.
    package let updates: [PlaylistPlace]
    /// Playlists that end before what is kept of them: their places from `length` on go.
    package let cuts: [(playlist: PlaylistID, length: Int)]

    package init(
      run: RunOutcome, playlists: [HeldPlaylist], removals: [PlaylistID], inserts: [PlaylistPlace],
      updates: [PlaylistPlace],
      cuts: [(playlist: PlaylistID, length: Int)]
    ) {
      self.run = run
      self.playlists = playlists
      self.removals = removals
      self.inserts = inserts
      self.updates = updates
      self.cuts = cuts
    }
  }

  let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Every playlist that is or was in the person's list, in no order.
  package func held(of user: UserID) async throws(StorageError) -> [HeldPlaylist] {
    let rows = try await database.asUser(
      user,
      """
      SELECT \(sql: Playlists.columns)
      FROM playlist
      WHERE user_id = \(user.rawValue)
      """)
    return try rows[0].map { row throws(StorageError) in
      try decode { () throws(PostgreSQLError) in try Playlists.held(row) }
    }
  }

  /// Who the person is among the owners of playlists.
  package func person(_ user: UserID) async throws(StorageError) -> SpotifyUserID {
    let rows = try await database.asUser(
      user, "SELECT spotify_user_id FROM user_account WHERE user_id = \(user.rawValue)")
    guard let row = rows[0].first else { throw StorageError(.accountGone, "no such account") }
    return try decode { () throws(PostgreSQLError) in SpotifyUserID(try row.decode(0)) }
  }

  /// What is kept of some playlists, by playlist and position.
  package func entries(
    of user: UserID, in playlists: [PlaylistID]
  ) async throws(StorageError) -> [PlaylistID: [Int: PlaylistEntry]] {
    let rows = try await database.asUser(
      user,
      """
      SELECT playlist_id, position, type, item_key, added_at, is_playable
      FROM playlist_item
      WHERE user_id = \(user.rawValue) AND playlist_id = ANY (\(playlists.map(\.rawValue)))
      """)
    return try decode { () throws(PostgreSQLError) in
      var entries: [PlaylistID: [Int: PlaylistEntry]] = [:]
      for row in rows[0] {
        entries[PlaylistID(try row.decode(0)), default: [:]][try row.decode(1)] = PlaylistEntry(
          kind: try row.decode(2), key: try row.decode(3), addedAt: try row.decode(4),
          isPlayable: try row.decode(5))
      }
      return entries
    }
  }

  /// Merges a run's outcome and closes the run, fenced: once in effect, whoever ran it how often.
  package func finish(_ outcome: Outcome, of claim: RunClaim) async throws(StorageError) {
    let user = claim.user
    var work = outcome.playlists.isEmpty ? [] : Playlists.write(outcome.playlists, user)
    if !outcome.removals.isEmpty { work.append(Playlists.remove(outcome.removals, user)) }
    work += outcome.inserts.batches.map { Playlists.insert($0, user) }
    work += outcome.updates.batches.map { Playlists.update($0, user) }
    if !outcome.cuts.isEmpty { work.append(Playlists.cut(outcome.cuts, user)) }
    _ = try await database.changing(
      claim.run, of: user, try SyncRuns.succeeding(claim, outcome.run, doing: work))
  }

  static let columns: SQL = """
    playlist_id, uri, name, description, owner_id, owner_name, is_public, is_collaborative, snapshot_id,
    total_items, image_url, position, contents, synced_snapshot_id, refused_at,
    removed_at IS NULL AS is_present
    """

  static func held(_ row: Row) throws(PostgreSQLError) -> HeldPlaylist {
    let owner: String? = try row.decode(4)
    let ownerName: String? = try row.decode(5)
    return HeldPlaylist(
      playlist: Playlist(
        id: PlaylistID(try row.decode(0)), uri: try row.decode(1), name: try row.decode(2),
        description: try row.decode(3),
        owner: owner.map { Playlist.Owner(id: SpotifyUserID($0), displayName: ownerName) },
        isPublic: try row.decode(6), isCollaborative: try row.decode(7), snapshotID: try row.decode(8),
        totalItems: try row.decode(9), imageURL: try row.decode(10)),
      position: try row.decode(11), contents: try row.decode(12), syncedSnapshotID: try row.decode(13),
      refusedAt: try row.decode(14), isPresent: try row.decode(15))
  }

  // MARK: Writing

  private static func write(_ playlists: [HeldPlaylist], _ user: UserID) -> [SQL] {
    let told = playlists.map(\.playlist)
    let incoming: SQL = """
      unnest(
        \(told.map(\.id.rawValue)), \(told.map(\.uri.withoutNUL)), \(told.map(\.name.withoutNUL)),
        \(told.map(\.description?.withoutNUL)), \(told.map(\.owner?.id.rawValue)),
        \(told.map(\.owner?.displayName?.withoutNUL)), \(told.map(\.isPublic)), \(told.map(\.isCollaborative)),
        \(told.map(\.snapshotID?.withoutNUL)), \(told.map { $0.totalItems.map { Int32(clamping: $0) } }),
        \(told.map(\.imageURL?.withoutNUL)), \(playlists.map { Int32(clamping: $0.position) }),
        \(playlists.map(\.contents.rawValue)), \(playlists.map(\.syncedSnapshotID?.withoutNUL)),
        \(playlists.map(\.refusedAt))
      ) AS new (playlist_id, uri, name, description, owner_id, owner_name, is_public, is_collaborative,
                snapshot_id, total_items, image_url, position, contents, synced_snapshot_id, refused_at)
      """
    return [
      """
      UPDATE playlist AS held
      SET uri = new.uri,
          name = new.name,
          description = new.description,
          owner_id = new.owner_id,
          owner_name = new.owner_name,
          is_public = new.is_public,
          is_collaborative = new.is_collaborative,
          snapshot_id = new.snapshot_id,
          total_items = new.total_items,
          image_url = new.image_url,
          position = new.position,
          contents = new.contents,
          synced_snapshot_id = new.synced_snapshot_id,
          refused_at = new.refused_at,
          removed_at = NULL
      FROM \(sql: incoming)
      WHERE held.user_id = \(user.rawValue) AND held.playlist_id = new.playlist_id
      """,
      """
      INSERT INTO playlist (
        user_id, playlist_id, uri, name, description, owner_id, owner_name, is_public, is_collaborative,
        snapshot_id, total_items, image_url, position, contents, synced_snapshot_id,
        refused_at)
      SELECT \(user.rawValue), new.*
      FROM \(sql: incoming)
      WHERE NOT EXISTS (
        SELECT FROM playlist AS held
        WHERE held.user_id = \(user.rawValue) AND held.playlist_id = new.playlist_id)
      """,
    ]
  }

  private static func remove(_ playlists: [PlaylistID], _ user: UserID) -> SQL {
    // What was in it stays: a playlist that comes back with the snapshot it had needs no reading.
    """
    UPDATE playlist
    SET removed_at = now()
    WHERE user_id = \(user.rawValue) AND playlist_id = ANY (\(playlists.map(\.rawValue)))
      AND removed_at IS NULL
    """
  }

  private static func insert(_ places: ArraySlice<PlaylistPlace>, _ user: UserID) -> SQL {
    """
    INSERT INTO playlist_item (user_id, playlist_id, position, type, item_key, added_at, is_playable)
    SELECT \(user.rawValue), new.*
    FROM \(sql: incoming(places))
    """
  }

  private static func update(_ places: ArraySlice<PlaylistPlace>, _ user: UserID) -> SQL {
    """
    UPDATE playlist_item AS held
    SET type = new.type, item_key = new.item_key, added_at = new.added_at, is_playable = new.is_playable
    FROM \(sql: incoming(places))
    WHERE held.user_id = \(user.rawValue)
      AND held.playlist_id = new.playlist_id
      AND held.position = new.position
    """
  }

  private static func incoming(_ places: ArraySlice<PlaylistPlace>) -> SQL {
    """
    unnest(
      \(places.map(\.playlist.rawValue)), \(places.map { Int32(clamping: $0.position) }),
      \(places.map(\.entry.kind.rawValue)), \(places.map(\.entry.key)), \(places.map(\.entry.addedAt)),
      \(places.map(\.entry.isPlayable))
    ) AS new (playlist_id, position, type, item_key, added_at, is_playable)
    """
  }

  private static func cut(_ cuts: [(playlist: PlaylistID, length: Int)], _ user: UserID) -> SQL {
    """
    DELETE FROM playlist_item AS held
    USING unnest(\(cuts.map(\.playlist.rawValue)), \(cuts.map { Int32(clamping: $0.length) }))
      AS new (playlist_id, length)
    WHERE held.user_id = \(user.rawValue)
      AND held.playlist_id = new.playlist_id
      AND held.position >= new.length
    """
  }
}

extension [PlaylistPlace] {
  /// One statement of hundreds of thousands of rows would take longer than any single one may.
  fileprivate var batches: [ArraySlice<PlaylistPlace>] {
    stride(from: 0, to: count, by: 20_000).map { self[$0..<Swift.min($0 + 20_000, count)] }
  }
}
