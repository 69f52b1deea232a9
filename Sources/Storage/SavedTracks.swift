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

    package init(key: TrackKey, addedAt: Date, ordinal: Int64, isPlayable: Bool?) {
      self.key = key
      self.addedAt = addedAt
      self.ordinal = ordinal
      self.isPlayable = isPlayable
    }
  }

  /// Everything that ends a run well, written in one transaction or not at all.
  package struct Outcome: Sendable {
    package let mode: SyncMode
    package let inserts: [Entry]
    package let updates: [Entry]
    package let removals: [(key: TrackKey, addedAt: Date)]
    package let changes: SyncRun.Changes
    package let gaps: [Gap]
    package let progress: SyncRun.Progress
    package let requests: SyncRun.Requests

    package init(
      mode: SyncMode, inserts: [Entry], updates: [Entry], removals: [(key: TrackKey, addedAt: Date)],
      changes: SyncRun.Changes, gaps: [Gap], progress: SyncRun.Progress, requests: SyncRun.Requests
    ) {
      self.mode = mode
      self.inserts = inserts
      self.updates = updates
      self.removals = removals
      self.changes = changes
      self.gaps = gaps
      self.progress = progress
      self.requests = requests
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
      SELECT track_key, added_at, ordinal, is_playable
      FROM saved_track
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """)
    return try decode { () throws(PostgreSQLError) in
      var entries: [Entry] = []
      entries.reserveCapacity(rows[0].count)
      for row in rows[0] {
        entries.append(
          Entry(
            key: TrackKey(try row.decode(0)), addedAt: try row.decode(1), ordinal: try row.decode(2),
            isPlayable: try row.decode(3)))
      }
      return entries
    }
  }

  /// Merges a run's outcome and closes the run, fenced: once in effect, whoever ran it how often.
  package func finish(_ outcome: Outcome, of claim: RunClaim) async throws(StorageError) {
    let gaps: JSONText = try decode { () throws(PostgreSQLError) in try JSONColumn.encode(outcome.gaps) }
    // The fence comes first: whoever disconnects meanwhile locks the run before the rows, as this does.
    var statements: [SQL] = [
      SyncRuns.fenced(
        """
        UPDATE sync_run
        SET status = 'succeeded',
            finished_at = now(),
            mode = \(outcome.mode.rawValue),
            crashes = 0,
            progress_done = \(Int32(outcome.progress.done)),
            progress_total = \(outcome.progress.total.map(Int32.init)),
            requests_made = \(Int32(outcome.requests.made)),
            requests_saved = \(Int32(outcome.requests.saved)),
            added = \(Int32(outcome.changes.added)),
            updated = \(Int32(outcome.changes.updated)),
            removed = \(Int32(outcome.changes.removed)),
            skipped = \(Int32(outcome.changes.skipped)),
            gaps = \(gaps),
            error_code = NULL,
            error_detail = NULL
        WHERE \(sql: SyncRuns.isHeld(claim))
        RETURNING cancel_requested
        """)
    ]
    if !outcome.inserts.isEmpty { statements.append(SavedTracks.insert(outcome.inserts, claim.user)) }
    if !outcome.updates.isEmpty { statements.append(SavedTracks.update(outcome.updates, claim.user)) }
    if !outcome.removals.isEmpty { statements.append(SavedTracks.remove(outcome.removals, claim.user)) }
    statements.append(SyncRuns.deleteStagedPages(claim))
    _ = try await database.changing(claim.run, of: claim.user, statements)
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
    SET removed_at = NULL, ordinal = excluded.ordinal, is_playable = excluded.is_playable
    """
  }

  private static func update(_ entries: [Entry], _ user: UserID) -> SQL {
    """
    UPDATE saved_track AS held
    SET ordinal = new.ordinal, is_playable = new.is_playable
    FROM unnest(
      \(entries.map(\.key.rawValue)), \(entries.map(\.addedAt)), \(entries.map(\.ordinal)),
      \(entries.map(\.isPlayable))
    ) AS new (track_key, added_at, ordinal, is_playable)
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
