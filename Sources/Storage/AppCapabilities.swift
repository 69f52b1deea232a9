import Domain
import PostgreSQL

/// What a Spotify app was found to be allowed, by trying.
package struct AppCapabilities: Sendable {
  package enum Capability: String, Sendable {
    case newReleases = "browse_new_releases"
    /// Pages of 50 of an artist's albums, where Development Mode has 10.
    case largeAlbumPages = "artist_albums_50"
    /// Search pages of 50 instead of 10.
    case largeSearchPages = "search_50"
  }

  private let database: Database

  /// A refusal is tried again after this long: an app may be granted more, and a 403 may have been a fault.
  package static let refusalLasts = Duration.seconds(7 * 86_400)

  package init(_ database: Database) {
    self.database = database
  }

  /// Whether to try: yes unless a refusal is remembered.
  package func mayTry(_ capability: Capability, app: AppID) async throws(StorageError) -> Bool {
    let rows = try await database.query(
      """
      SELECT FROM app_capability
      WHERE app_id = \(app.rawValue)
        AND capability = \(capability.rawValue)
        AND NOT is_allowed
        AND checked_at > now() - make_interval(secs => \(AppCapabilities.refusalLasts.seconds))
      """)
    return rows.isEmpty
  }

  package func remember(
    _ capability: Capability, app: AppID, isAllowed: Bool
  ) async throws(StorageError) {
    _ = try await database.query(
      """
      INSERT INTO app_capability (app_id, capability, is_allowed)
      VALUES (\(app.rawValue), \(capability.rawValue), \(isAllowed))
      ON CONFLICT (app_id, capability) DO UPDATE
      SET is_allowed = excluded.is_allowed, checked_at = excluded.checked_at
      """)
  }
}
