import Domain
import FoundationEssentials
import PostgreSQL

/// What people have saved.
package struct SavedTracks: Sendable {
  /// A row as the planner compares it.
  package struct Entry: Sendable {
    package let key: TrackKey
    package let addedAt: Date
    package let ordinal: Int64
    package let isPlayable: Bool?
    /// Whether Spotify's list showed it when it was read last.
    package let isListed: Bool

    package init(key: TrackKey, addedAt: Date, ordinal: Int64, isPlayable: Bool?, isListed: Bool = true) {
      self.key = key
      self.addedAt = addedAt
      self.ordinal = ordinal
      self.isPlayable = isPlayable
      self.isListed = isListed
    }
  }

  /// Everything that ends a run well, written in one transaction or not at all.
  package struct Outcome: Sendable {
    package let run: RunOutcome
    package let inserts: [Entry]
    package let updates: [Entry]
    package let removals: [(key: TrackKey, addedAt: Date)]
    package let list: ListChange
    /// Tracks that were not staged, for the catalogue.
    package let tracks: [Track]

    package init(
      run: RunOutcome, inserts: [Entry], updates: [Entry], removals: [(key: TrackKey, addedAt: Date)],
      list: ListChange, tracks: [Track] = []
    ) {
      self.run = run
      self.inserts = inserts
      self.updates = updates
      self.removals = removals
      self.list = list
      self.tracks = tracks
    }
  }

  let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Every row that is present, in no order.
  package func present(of user: UserID) async throws(StorageError) -> [Entry] {
    let rows = try await database.asUser(
      user,
      """
      SELECT track_key, added_at, ordinal, is_playable, is_listed
      FROM saved_track
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """)
    return try decode { () throws(PostgreSQLError) in try SavedTracks.entries(rows[0]) }
  }

  /// Merges a run's outcome and closes the run, fenced: once in effect, whoever ran it how often.
  package func finish(_ outcome: Outcome, of claim: RunClaim) async throws(StorageError) {
    var catalogue = CatalogueRows()
    for track in outcome.tracks { catalogue.add(track) }
    var work = catalogue.statements
    if !outcome.inserts.isEmpty { work.append(SavedTracks.insert(outcome.inserts, claim.user)) }
    if !outcome.updates.isEmpty { work.append(SavedTracks.update(outcome.updates, claim.user)) }
    if !outcome.removals.isEmpty { work.append(SavedTracks.remove(outcome.removals, claim.user)) }
    work.append(SavedTracks.keep(outcome.list, of: claim.user))
    _ = try await database.changing(
      claim.run, of: claim.user, try SyncRuns.succeeding(claim, outcome.run, doing: work))
  }

  private static func insert(_ entries: [Entry], _ user: UserID) -> SQL {
    // The conflict is a row that was removed and came back; rows that are present are never inserted.
    """
    INSERT INTO saved_track AS held (user_id, track_key, added_at, ordinal, is_playable)
    SELECT \(user.rawValue), new.*
    FROM unnest(
      \(entries.map(\.key.rawValue)), \(entries.map(\.addedAt)), \(entries.map(\.ordinal)),
      \(entries.map(\.isPlayable))
    ) AS new (track_key, added_at, ordinal, is_playable)
    ON CONFLICT (user_id, track_key, added_at) DO UPDATE
    SET removed_at = NULL, ordinal = excluded.ordinal, is_playable = excluded.is_playable, is_listed = true
    """
  }

  private static func update(_ entries: [Entry], _ user: UserID) -> SQL {
    """
    UPDATE saved_track AS held
    SET ordinal = new.ordinal, is_playable = new.is_playable, is_listed = new.is_listed
    FROM unnest(
      \(entries.map(\.key.rawValue)), \(entries.map(\.addedAt)), \(entries.map(\.ordinal)),
      \(entries.map(\.isPlayable)), \(entries.map(\.isListed))
    ) AS new (track_key, added_at, ordinal, is_playable, is_listed)
    WHERE held.user_id = \(user.rawValue)
      AND held.track_key = new.track_key
      AND held.added_at = new.added_at
    """
  }

  private static func remove(_ rows: [(key: TrackKey, addedAt: Date)], _ user: UserID) -> SQL {
    """
    UPDATE saved_track AS held
    SET removed_at = now()
    FROM unnest(\(rows.map(\.key.rawValue)), \(rows.map(\.addedAt))) AS gone (track_key, added_at)
    WHERE held.user_id = \(user.rawValue)
      AND held.track_key = gone.track_key
      AND held.added_at = gone.added_at
      AND held.removed_at IS NULL
    """
  }
}
