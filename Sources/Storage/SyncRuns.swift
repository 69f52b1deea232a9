import Domain
import FoundationEssentials
import PostgreSQL

/// Runs as rows: what was asked for, who may work on it, how it went.
package struct SyncRuns: Sendable {
  let database: Database
  let intervals: SyncIntervals

  package init(_ database: Database, intervals: SyncIntervals = .standard) {
    self.database = database
    self.intervals = intervals
  }

  /// The open run of that kind, or a new one. Two callers at once get the same. (Not simply the newest id: a
  /// clock that is set back makes older ones.)
  ///
  /// - Throws: `notFound` when the user has disconnected meanwhile, `accountGone` when there is no such user.
  package func request(
    _ kind: SyncKind, for user: UserID, trigger: SyncTrigger
  ) async throws(StorageError) -> SyncRun {
    let rows = try await database.asUser(
      user,
      // Whoever disconnects at this moment comes before or after, never between the question and the row.
      "SELECT FROM spotify_grant WHERE user_id = \(user.rawValue) FOR SHARE",
      SyncRuns.insert(kind, for: user, trigger: trigger),
      """
      SELECT \(sql: SyncRuns.columns)
      FROM sync_run
      WHERE user_id = \(user.rawValue) AND kind = \(kind.rawValue)
      ORDER BY status IN ('queued', 'running', 'waiting') DESC, run_id DESC
      LIMIT 1
      """)
    guard let run = rows[2].first else { throw StorageError(.notFound, "no Spotify account is connected") }
    return try SyncRuns.run(run, user)
  }

  package func load(_ run: RunID, of user: UserID) async throws(StorageError) -> SyncRun? {
    let rows = try await database.asUser(
      user,
      """
      SELECT \(sql: SyncRuns.columns)
      FROM sync_run
      WHERE user_id = \(user.rawValue) AND run_id = \(run.rawValue)
      """)
    return try rows[0].first.map { row throws(StorageError) in try SyncRuns.run(row, user) }
  }

  /// A run of whoever calls, whose session is checked in the same round trip.
  package func load(_ run: RunID, for caller: Caller) async throws(StorageError) -> SyncRun? {
    let (user, rows) = try await database.asCaller(
      caller,
      """
      SELECT \(sql: SyncRuns.columns)
      FROM sync_run
      WHERE run_id = \(run.rawValue)
      """)
    return try rows[0].first.map { row throws(StorageError) in try SyncRuns.run(row, user) }
  }

  /// Runs of `user`, newest first, from behind `cursor`.
  package func list(
    of user: UserID, kind: SyncKind?, status: SyncStatus?, after cursor: RunID?, limit: Int
  ) async throws(StorageError) -> [SyncRun] {
    let rows = try await database.asUser(
      user,
      """
      SELECT \(sql: SyncRuns.columns)
      FROM sync_run
      WHERE user_id = \(user.rawValue)
        AND (\(kind?.rawValue) IS NULL OR kind = \(kind?.rawValue))
        AND (\(status?.rawValue) IS NULL OR status = \(status?.rawValue))
        AND (\(cursor?.rawValue) IS NULL OR run_id < \(cursor?.rawValue))
      ORDER BY run_id DESC
      LIMIT \(limit)
      """)
    return try rows[0].map { row throws(StorageError) in try SyncRuns.run(row, user) }
  }

  static func insert(_ kind: SyncKind, for user: UserID, trigger: SyncTrigger) -> SQL {
    """
    INSERT INTO sync_run (user_id, kind, trigger)
    SELECT \(user.rawValue), \(kind.rawValue), \(trigger.rawValue)
    WHERE NOT EXISTS (
      SELECT FROM spotify_grant WHERE user_id = \(user.rawValue) AND status = 'disconnected')
    ON CONFLICT (user_id, kind) WHERE status IN ('queued', 'running', 'waiting') DO NOTHING
    """
  }

  /// Lets what waits for a reason go on at once, as the reason is gone.
  static func wake(waitingFor reason: String, of user: UserID) -> SQL {
    """
    UPDATE sync_run
    SET not_before = now()
    WHERE user_id = \(user.rawValue) AND status = 'waiting' AND error_code = \(reason)
    RETURNING run_id
    """
  }

  /// Asks a run to stop. One that nobody works on ends at once; a running one at its next step.
  ///
  /// - Returns: the run as it is now; nil when the user has no such run.
  package func cancel(_ run: RunID, of user: UserID) async throws(StorageError) -> SyncRun? {
    let cancellation: SQL = """
      UPDATE sync_run
      SET cancel_requested = true,
          status = CASE WHEN status = 'running' THEN status ELSE 'cancelled' END,
          finished_at = CASE WHEN status = 'running' THEN NULL ELSE now() END
      WHERE user_id = \(user.rawValue) AND run_id = \(run.rawValue)
        AND status IN ('queued', 'running', 'waiting')
      """
    _ = try await database.changing(
      run, of: user,
      [cancellation, SyncSchedule.keepApart(from: run, of: user, intervals)]
        + SyncRuns.forgetStaged(ofCancelled: run, user))
    return try await load(run, of: user)
  }

  /// What is to be handed to Redis: due and not handed over yet, or open and not seen there for `stale`.
  package func takeDue(
    stale: Duration, limit: Int
  ) async throws(StorageError) -> [(user: UserID, run: RunID, isInteractive: Bool)] {
    let rows = try await database.query(
      """
      SELECT user_id, run_id, is_interactive
      FROM runs_to_dispatch(make_interval(secs => \(stale.seconds)), \(Int32(limit)))
      """)
    return try rows.map { row throws(StorageError) in
      try decode { () throws(PostgreSQLError) in
        (user: UserID(try row.decode(0)), run: RunID(try row.decode(1)), isInteractive: try row.decode(2))
      }
    }
  }

  static let columns: SQL = """
    run_id, kind, status, trigger, mode, requested_at, started_at, finished_at, attempt, progress_done,
    progress_total, progress_unit, requests_made, requests_saved, added, updated, removed, skipped, gaps,
    CASE WHEN status = 'waiting' THEN not_before END AS waiting_until, error_code, error_detail
    """

  static func run(_ row: Row, _ user: UserID) throws(StorageError) -> SyncRun {
    try decode { () throws(PostgreSQLError) in
      let errorCode: String? = try row.decode("error_code")
      let errorDetail: String? = try row.decode("error_detail")
      return SyncRun(
        id: RunID(try row.decode("run_id")), user: user, kind: try row.decode("kind"),
        status: try row.decode("status"), trigger: try row.decode("trigger"), mode: try row.decode("mode"),
        requestedAt: try row.decode("requested_at"), startedAt: try row.decode("started_at"),
        finishedAt: try row.decode("finished_at"), attempt: try row.decode("attempt"),
        progress: SyncRun.Progress(
          done: try row.decode("progress_done"), total: try row.decode("progress_total"),
          unit: try row.decode("progress_unit")),
        requests: SyncRun.Requests(
          made: try row.decode("requests_made"), saved: try row.decode("requests_saved")),
        changes: SyncRun.Changes(
          added: try row.decode("added"), updated: try row.decode("updated"),
          removed: try row.decode("removed"), skipped: try row.decode("skipped")),
        gaps: try JSONColumn.decode(row, "gaps"), waitingUntil: try row.decode("waiting_until"),
        failure: errorCode.map { RunFailure(code: $0, detail: errorDetail ?? "") })
    }
  }
}
