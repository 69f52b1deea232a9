import Domain
import FoundationEssentials
import PostgreSQL

/// Accounts of this deployment.
package struct Users: Sendable {
  package struct Profile: Sendable {
    package let user: UserID
    package let spotifyID: SpotifyUserID
    package let displayName: String?
    package let imageURL: String?
    package let grant: Grant?
    package let trackCount: Int
    package let artistCount: Int
    package let playlistCount: Int
  }

  private let database: Database
  private let app: AppID?

  /// - Parameter app: as in ``Grants``.
  package init(_ database: Database, app: AppID? = nil) {
    self.database = database
    self.app = app
  }

  /// The Spotify user that an account belongs to; nil when there is no such account.
  package func spotifyID(of user: UserID) async throws(StorageError) -> SpotifyUserID? {
    let rows = try await database.asUser(
      user, "SELECT spotify_user_id FROM user_account WHERE user_id = \(user.rawValue)")
    return try decode { () throws(PostgreSQLError) in
      try rows[0].first.map { row throws(PostgreSQLError) in SpotifyUserID(try row.decode(0)) }
    }
  }

  package func profile(of user: UserID) async throws(StorageError) -> Profile {
    let rows = try await database.asUser(
      user,
      """
      SELECT spotify_user_id, display_name, image_url
      FROM user_account
      WHERE user_id = \(user.rawValue)
      """,
      Grants.select(user, for: app),
      """
      SELECT count(*) AS tracks
      FROM saved_track
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """,
      """
      SELECT count(*) AS artists
      FROM followed_artist
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """,
      """
      SELECT count(*) AS playlists
      FROM playlist
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """)
    guard let account = rows[0].first else { throw StorageError(.accountGone, "no such account") }
    return try decode { () throws(PostgreSQLError) in
      Profile(
        user: user, spotifyID: SpotifyUserID(try account.decode(0)), displayName: try account.decode(1),
        imageURL: try account.decode(2),
        grant: try rows[1].first.map { row throws(PostgreSQLError) in try Grants.grant(row, user) },
        trackCount: try rows[2][0].decode(0), artistCount: try rows[3][0].decode(0),
        playlistCount: try rows[4][0].decode(0))
    }
  }
}
