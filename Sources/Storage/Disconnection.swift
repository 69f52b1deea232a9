import Domain
import PostgreSQL

/// Takes everything of a person's Spotify account out of the database; the account stays.
package struct Disconnection: Sendable {
  /// What was erased.
  package struct Receipt: Sendable {
    package let tokens: Int
    package let tracks: Int
    package let artists: Int
    package let playlists: Int
    package let runs: Int
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Tokens first, then what was synced, in one transaction. A run in progress can't write afterwards: its row
  /// is gone, so its fence holds no more.
  package func disconnect(_ user: UserID) async throws(StorageError) -> Receipt {
    let rows = try await database.asUser(
      user,
      """
      UPDATE spotify_grant
      SET status = 'disconnected',
          access_token = NULL,
          access_token_expires_at = NULL,
          refresh_token = NULL,
          token_version = token_version + 1,
          refresh_lease = NULL,
          refresh_lease_until = NULL,
          suspect_since = NULL,
          refused_at = NULL,
          refusals = 0,
          last_error = NULL
      WHERE user_id = \(user.rawValue) AND status <> 'disconnected'
      """,
      "DELETE FROM sync_run WHERE user_id = \(user.rawValue)",
      "DELETE FROM sync_schedule WHERE user_id = \(user.rawValue)",
      // Who scheduled a run meanwhile held the row that has just gone; nobody can any more.
      "DELETE FROM sync_run WHERE user_id = \(user.rawValue)",
      "DELETE FROM saved_track WHERE user_id = \(user.rawValue)",
      "DELETE FROM followed_artist WHERE user_id = \(user.rawValue)",
      "DELETE FROM playlist WHERE user_id = \(user.rawValue)",
      "DELETE FROM playlist_item WHERE user_id = \(user.rawValue)",
      "DELETE FROM saved_tracks_list WHERE user_id = \(user.rawValue)",
      "DELETE FROM followed_order WHERE user_id = \(user.rawValue)",
      "DELETE FROM staged_page WHERE user_id = \(user.rawValue)",
      "DELETE FROM staged_list_page WHERE user_id = \(user.rawValue)")
    return Receipt(
      tokens: rows[0].affected * 2, tracks: rows[4].affected, artists: rows[5].affected,
      playlists: rows[6].affected, runs: rows[1].affected + rows[3].affected)
  }
}
