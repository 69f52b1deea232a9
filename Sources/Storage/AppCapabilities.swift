import Domain
import PostgreSQL

/// What a Spotify app was found to be allowed, by trying. A refusal holds for a while: an app may be granted more, and
/// a 403 may have been a fault.
package struct AppCapabilities: Sendable {
  package enum Capability: String, Sendable {
    case newReleases = "browse_new_releases"
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Whether to try: yes unless a refusal still holds.
  package func mayTry(_ capability: Capability, app: AppID) async throws(StorageError) -> Bool {
    let rows = try await database.query(
      """
      SELECT FROM app_capability
      WHERE app_id = \(app.rawValue)
        AND capability = \(capability.rawValue)
        AND NOT is_allowed
        AND retry_at > now()
      """)
    return rows.isEmpty
  }

  package func allow(_ capability: Capability, app: AppID) async throws(StorageError) {
    _ = try await database.query(
      """
      INSERT INTO app_capability (app_id, capability, is_allowed)
      VALUES (\(app.rawValue), \(capability.rawValue), true)
      ON CONFLICT (app_id, capability) DO UPDATE
      SET is_allowed = true, checked_at = excluded.checked_at, retry_at = NULL
      """)
  }

  /// - Parameter rest: when to try again.
  package func refuse(
    _ capability: Capability, app: AppID, for rest: Duration
  ) async throws(StorageError) {
    _ = try await database.query(
      """
      INSERT INTO app_capability (app_id, capability, is_allowed, retry_at)
      VALUES (
        \(app.rawValue), \(capability.rawValue), false, now() + make_interval(secs => \(rest.seconds)))
      ON CONFLICT (app_id, capability) DO UPDATE
      SET is_allowed = false, checked_at = excluded.checked_at, retry_at = excluded.retry_at
      """)
  }

  /// The page size that the app was cut down to; nil while nothing is known or it is time to try more again.
  package func pageSize(of endpoint: PagedEndpoint, app: AppID) async throws(StorageError) -> Int? {
    let rows = try await database.query(
      """
      SELECT size
      FROM app_page_size
      WHERE app_id = \(app.rawValue) AND endpoint = \(endpoint.rawValue) AND retry_at > now()
      """)
    return try decode { () throws(PostgreSQLError) in
      try rows.first.map { row throws(PostgreSQLError) in try row.decode(0, as: Int.self) }
    }
  }

  /// - Parameter rest: when to try larger pages again.
  package func limitPages(
    of endpoint: PagedEndpoint, to size: Int, app: AppID, for rest: Duration
  ) async throws(StorageError) {
    _ = try await database.query(
      """
      INSERT INTO app_page_size (app_id, endpoint, size, retry_at)
      VALUES (
        \(app.rawValue), \(endpoint.rawValue), \(Int32(clamping: size)),
        now() + make_interval(secs => \(rest.seconds)))
      ON CONFLICT (app_id, endpoint) DO UPDATE
      SET size = excluded.size, found_at = excluded.found_at, retry_at = excluded.retry_at
      """)
  }
}
