import Domain
import FoundationEssentials
import PostgreSQL

/// The ledger of requests as Postgres keeps it, for a Redis that was wiped.
package struct LedgerCopy: Sendable {
  /// Requests of a group within five minutes.
  package struct Count: Sendable, Equatable {
    package let group: EndpointGroup
    package let start: Date
    package let requests: Int

    package init(group: EndpointGroup, start: Date, requests: Int) {
      self.group = group
      self.start = start
      self.requests = requests
    }
  }

  /// What is known of an account.
  package struct Content: Sendable {
    package let counts: [Count]
    package let pauses: [RequestPause]
  }

  /// A developer account, and the apps it has here.
  package struct Account: Sendable, Equatable {
    package let id: DeveloperAccountID
    package let clientIDs: [String]
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Notes that an account has a ledger.
  ///
  /// - Returns: whether it is the first time.
  package func begin(_ account: DeveloperAccountID) async throws(StorageError) -> Bool {
    let rows = try await database.query(
      """
      INSERT INTO request_pause (developer_account, endpoint_group, paused_until, reason)
      VALUES (\(account.rawValue), '', now(), 'rate')
      ON CONFLICT (developer_account, endpoint_group) DO NOTHING
      RETURNING 1
      """)
    return !rows.isEmpty
  }

  /// What is known of the last day, and what is still paused.
  package func content(of account: DeveloperAccountID) async throws(StorageError) -> Content {
    let rows = try await database.together([
      """
      SELECT endpoint_group, bucket_start, requests
      FROM request_ledger
      WHERE developer_account = \(account.rawValue)
        AND bucket_start > now() - interval '25 hours'
      ORDER BY bucket_start
      """,
      """
      SELECT endpoint_group, paused_until, reason
      FROM request_pause
      WHERE developer_account = \(account.rawValue) AND paused_until > now()
      """,
    ])
    // A group that this program doesn't know is another version's: it sends nothing of it.
    return try decode { () throws(PostgreSQLError) in
      var counts: [Count] = []
      for row in rows[0] {
        guard let group = EndpointGroup(rawValue: try row.decode(0)) else { continue }
        counts.append(Count(group: group, start: try row.decode(1), requests: try row.decode(2)))
      }
      var pauses: [RequestPause] = []
      for row in rows[1] {
        let name: String = try row.decode(0)
        let group = EndpointGroup(rawValue: name)
        guard group != nil || name.isEmpty else { continue }
        pauses.append(RequestPause(group: group, until: try row.decode(1), reason: try row.decode("reason")))
      }
      return Content(counts: counts, pauses: pauses)
    }
  }

  /// Writes counts that have grown, and forgets those of the day before.
  package func keep(_ counts: [Count], of account: DeveloperAccountID) async throws(StorageError) {
    // In one order, so that two workers that write the same rows don't wait for each other in a circle.
    let counts = counts.sorted { ($0.start, $0.group.rawValue) < ($1.start, $1.group.rawValue) }
    _ = try await database.together([
      """
      INSERT INTO request_ledger AS kept (developer_account, endpoint_group, bucket_start, requests)
      SELECT \(account.rawValue), *
      FROM unnest(\(counts.map(\.group.rawValue)), \(counts.map(\.start)), \(counts.map { Int32($0.requests) }))
      ON CONFLICT (developer_account, endpoint_group, bucket_start) DO UPDATE
      SET requests = excluded.requests
      WHERE kept.requests < excluded.requests
      """,
      """
      DELETE FROM request_ledger
      WHERE developer_account = \(account.rawValue) AND bucket_start < now() - interval '25 hours'
      """,
    ])
  }

  /// Writes a pause; it never gets shorter.
  package func keep(_ pause: RequestPause, of account: DeveloperAccountID) async throws(StorageError) {
    _ = try await database.query(
      """
      INSERT INTO request_pause AS kept (developer_account, endpoint_group, paused_until, reason)
      VALUES (
        \(account.rawValue), \(pause.group?.rawValue ?? ""), \(pause.until), \(pause.reason.rawValue))
      ON CONFLICT (developer_account, endpoint_group) DO UPDATE
      SET paused_until = excluded.paused_until, reason = excluded.reason
      WHERE kept.paused_until < excluded.paused_until
      """)
  }

  // MARK: Accounts

  /// Whose app this is.
  package func account(of app: AppID) async throws(StorageError) -> DeveloperAccountID {
    let rows = try await database.query(
      "SELECT developer_account FROM spotify_app WHERE app_id = \(app.rawValue)")
    guard let row = rows.first else { throw StorageError(.notFound, "there is no such app") }
    return DeveloperAccountID(try decode { () throws(PostgreSQLError) in try row.decode(0) })
  }

  /// All of them, by name.
  package func accounts() async throws(StorageError) -> [Account] {
    let rows = try await database.query(
      """
      SELECT developer_account, array_agg(client_id ORDER BY client_id)
      FROM spotify_app
      GROUP BY developer_account
      ORDER BY developer_account
      """)
    return try decode { () throws(PostgreSQLError) in
      var accounts: [Account] = []
      for row in rows {
        accounts.append(Account(id: DeveloperAccountID(try row.decode(0)), clientIDs: try row.decode(1)))
      }
      return accounts
    }
  }
}
