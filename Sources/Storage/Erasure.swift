import Domain
import PostgreSQL

/// Takes what is kept about a person out of the database, in one transaction each, tokens first.
///
/// The order is everybody's who writes about a person: the grant, the runs, the schedule, what was synced, the
/// API tokens, the sessions, the account. A run in progress can't write afterwards: its row is gone, so its fence holds no more.
package struct Erasure: Sendable {
  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Takes everything of the person's Spotify account; the account here, its sessions and API tokens stay.
  package func disconnect(_ user: UserID) async throws(StorageError) -> ErasureReceipt {
    try await erase(Erasure.connection(of: user), user)
  }

  /// Takes everything.
  ///
  /// - Returns: nil when the account was gone already, or another caller's deletion came first.
  package func deleteAccount(_ user: UserID) async throws(StorageError) -> ErasureReceipt? {
    let receipt = try await erase(Erasure.connection(of: user) + Erasure.account(of: user), user)
    return receipt[.accounts] == 0 ? nil : receipt
  }

  private struct Step {
    /// Nil for one that only waits for others.
    let thing: ErasureReceipt.Thing?
    let statement: SQL
    /// How many things a row stands for.
    let perRow: Int

    init(_ thing: ErasureReceipt.Thing?, _ statement: SQL, perRow: Int = 1) {
      self.thing = thing
      self.statement = statement
      self.perRow = perRow
    }
  }

  private func erase(_ steps: [Step], _ user: UserID) async throws(StorageError) -> ErasureReceipt {
    let results = try await database.asUser(user, steps.map(\.statement))
    var receipt = ErasureReceipt()
    for (step, rows) in zip(steps, results) {
      guard let thing = step.thing else { continue }
      receipt.add(rows.affected * step.perRow, thing)
      guard thing == .runs else { continue }
      // Who follows such a run is to learn at once that there is none any more.
      for row in rows {
        database.announce(RunID(try decode { () throws(PostgreSQLError) in try row.decode(0) }))
      }
    }
    return receipt
  }

  private static func connection(of user: UserID) -> [Step] {
    let id = user.rawValue
    return [
      // From here on nobody connects, refreshes or asks for a run.
      Step(nil, "SELECT FROM spotify_grant WHERE user_id = \(id) FOR UPDATE"),
      // The row stays for its version: no token that was sealed before is ever taken for a newer one.
      Step(
        .tokens,
        """
        UPDATE spotify_grant
        SET status = 'disconnected',
            scopes = '{}',
            access_token = NULL,
            access_token_expires_at = NULL,
            refresh_token = NULL,
            token_version = token_version + 1,
            refresh_lease = NULL,
            refresh_lease_until = NULL,
            refreshed_at = NULL,
            refresh_not_before = NULL,
            suspect_since = NULL,
            refused_at = NULL,
            refusals = 0,
            last_error = NULL
        WHERE user_id = \(id) AND status <> 'disconnected'
        """, perRow: 2),
      // From here on no run writes. Not deleted yet: who schedules one has the schedule's row, and would wait for us.
      Step(nil, "SELECT FROM sync_run WHERE user_id = \(id) FOR UPDATE"),
      Step(.schedules, "DELETE FROM sync_schedule WHERE user_id = \(id)"),
      Step(.runs, deleteRuns(of: user)),
      Step(.tracks, "DELETE FROM saved_track WHERE user_id = \(id)"),
      Step(.artists, "DELETE FROM followed_artist WHERE user_id = \(id)"),
      Step(.playlists, "DELETE FROM playlist WHERE user_id = \(id)"),
      Step(.playlistItems, "DELETE FROM playlist_item WHERE user_id = \(id)"),
      Step(.listNotes, "DELETE FROM saved_tracks_list WHERE user_id = \(id)"),
      Step(.listNotes, "DELETE FROM followed_order WHERE user_id = \(id)"),
      Step(.stagedPages, "DELETE FROM staged_page WHERE user_id = \(id)"),
      Step(.stagedPages, "DELETE FROM staged_list_page WHERE user_id = \(id)"),
    ]
  }

  /// Artists that a run was asking for are anybody's again. Rows that somebody holds are left: it may be the run
  /// itself, which waits for what has just gone, and their lease ends by itself.
  private static func deleteRuns(of user: UserID) -> SQL {
    """
    WITH gone AS (
      DELETE FROM sync_run WHERE user_id = \(user.rawValue) RETURNING run_id
    ), free AS (
      SELECT held.artist_id
      FROM artist_check AS held
      JOIN gone ON gone.run_id = held.leased_by
      FOR UPDATE OF held SKIP LOCKED
    ), let_go AS (
      UPDATE artist_check AS held
      SET leased_by = NULL, lease_until = NULL
      FROM free
      WHERE held.artist_id = free.artist_id
    )
    SELECT run_id FROM gone
    """
  }

  /// The account comes last: whoever adds a row to one of the tables that refer to it holds it, and may wait for a
  /// row that went before.
  private static func account(of user: UserID) -> [Step] {
    let id = user.rawValue
    return [
      Step(.apiTokens, "DELETE FROM api_token WHERE user_id = \(id)"),
      Step(.sessions, "DELETE FROM session WHERE user_id = \(id)"),
      Step(.connections, "DELETE FROM spotify_grant WHERE user_id = \(id)"),
      Step(.accounts, "DELETE FROM user_account WHERE user_id = \(id)"),
    ]
  }
}
