import Domain
import FoundationEssentials
import PostgreSQL

/// What the holder of a run does with its row. Every method but ``claim(_:of:)`` is fenced: it throws
/// `fenced` and writes nothing when another holder has taken over.
extension SyncRuns {
  /// Takes a run that is due: from now on only this epoch may write.
  ///
  /// - Returns: nil when there is nothing to work on any more.
  package func claim(_ run: RunID, of user: UserID) async throws(StorageError) -> RunClaim? {
    // A run that is still `running` was left without a word; that is a crash, not an attempt.
    let rows = try await database.changing(
      run, of: user,
      """
      UPDATE sync_run
      SET epoch = epoch + 1,
          crashes = CASE WHEN status = 'running' THEN crashes + 1 ELSE 0 END,
          attempt = CASE WHEN status = 'running' THEN attempt ELSE attempt + 1 END,
          status = 'running',
          started_at = coalesce(started_at, now()),
          error_code = NULL,
          error_detail = NULL
      WHERE user_id = \(user.rawValue) AND run_id = \(run.rawValue)
        AND status IN ('queued', 'running', 'waiting')
        AND not_before <= clock_timestamp()
      RETURNING kind, trigger, epoch, attempt, crashes, requests_made, (
        SELECT held.interval_s FROM sync_schedule AS held
        WHERE held.user_id = sync_run.user_id AND held.kind = sync_run.kind) AS interval_s
      """)
    guard let row = rows[0].first else { return nil }
    return try decode { () throws(PostgreSQLError) in
      let kind: SyncKind = try row.decode("kind")
      let interval: Double? = try row.decode("interval_s")
      return RunClaim(
        user: user, run: run, kind: kind, trigger: try row.decode("trigger"), epoch: try row.decode("epoch"),
        attempt: try row.decode("attempt"), crashes: try row.decode("crashes"),
        requestsMade: try row.decode("requests_made"),
        pace: intervals.pace(of: kind, interval: interval.map { .seconds($0) }))
    }
  }

  /// Writes how far a run is.
  ///
  /// - Returns: whether the run was asked to stop.
  package func report(
    _ claim: RunClaim, progress: SyncRun.Progress, requestsMade: Int
  ) async throws(StorageError) -> Bool {
    let rows = try await database.changing(
      claim.run, of: claim.user, SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade))
    return try SyncRuns.cancelRequested(rows[0])
  }

  /// Ends a run that can't go on: `failed`, or `cancelled` as it was asked to be.
  package func end(
    _ claim: RunClaim, as status: SyncStatus, failure: RunFailure?, requestsMade: Int
  ) async throws(StorageError) {
    precondition(!status.isOpen)
    let end = SyncRuns.fenced(
      """
      UPDATE sync_run
      SET status = \(status.rawValue),
          finished_at = now(),
          requests_made = \(requestsMade),
          error_code = \(failure?.code),
          error_detail = \(failure?.detail.withoutNUL)
      WHERE \(sql: SyncRuns.isHeld(claim))
      RETURNING cancel_requested
      """)
    _ = try await database.changing(claim.run, of: claim.user, [end] + SyncRuns.afterwards(claim, .nothing))
  }

  /// Puts a run off. Its staged pages stay, so that it goes on where it was.
  ///
  /// - Parameter countsAsAttempt: false for a limit of Spotify's and for a planned stop of the worker.
  package func postpone(
    _ claim: RunClaim, for delay: Duration, failure: RunFailure?, countsAsAttempt: Bool, requestsMade: Int
  ) async throws(StorageError) {
    // What waits for nothing but a worker is queued, not waiting.
    let end = SyncRuns.fenced(
      """
      UPDATE sync_run
      SET status = CASE
            WHEN cancel_requested THEN 'cancelled'
            WHEN \(delay > .zero) THEN 'waiting'
            ELSE 'queued'
          END,
          finished_at = CASE WHEN cancel_requested THEN now() END,
          not_before = clock_timestamp() + make_interval(secs => \(delay.seconds)),
          dispatched_at = NULL,
          attempt = CASE WHEN \(countsAsAttempt) THEN attempt ELSE greatest(attempt - 1, 0) END,
          requests_made = \(requestsMade),
          error_code = \(failure?.code),
          error_detail = \(failure?.detail.withoutNUL)
      WHERE \(sql: SyncRuns.isHeld(claim))
      RETURNING cancel_requested
      """)
    _ = try await database.changing(
      claim.run, of: claim.user,
      [end, SyncSchedule.keepApart(from: claim.run, of: claim.user, intervals)]
        + SyncRuns.forgetStaged(ofCancelled: claim.run, claim.user))
  }

  /// Part of what may cancel a run that nobody works on: what it had staged is not needed any more.
  static func forgetStaged(ofCancelled run: RunID, _ user: UserID) -> [SQL] {
    let isCancelled: SQL = """
      user_id = \(user.rawValue) AND run_id = \(run.rawValue)
        AND EXISTS (
          SELECT FROM sync_run
          WHERE user_id = \(user.rawValue) AND run_id = \(run.rawValue) AND status = 'cancelled')
      """
    return [
      "DELETE FROM staged_page WHERE \(sql: isCancelled)",
      "DELETE FROM staged_list_page WHERE \(sql: isCancelled)",
    ]
  }

  static func progress(_ claim: RunClaim, progress: SyncRun.Progress, requestsMade: Int) -> SQL {
    // Progress ends the count of crashes: a run that gets on is not the cause of them.
    fenced(
      """
      UPDATE sync_run
      SET crashes = CASE WHEN progress_done < \(Int32(progress.done)) THEN 0 ELSE crashes END,
          progress_done = \(Int32(progress.done)),
          progress_total = \(progress.total.map(Int32.init)),
          progress_unit = \(progress.unit),
          requests_made = \(Int32(requestsMade))
      WHERE \(sql: isHeld(claim))
      RETURNING cancel_requested
      """)
  }

  /// Checks that nobody else has taken the run over, and that its user has not erased it.
  ///
  /// - Returns: whether the run was asked to stop.
  /// - Throws: `fenced` when somebody has, or the run isn't open any more.
  package func confirm(_ claim: RunClaim) async throws(StorageError) -> Bool {
    try SyncRuns.cancelRequested(try await database.asUser(claim.user, SyncRuns.stillHeld(claim))[0])
  }

  /// The fence of a transaction that doesn't change the run.
  static func stillHeld(_ claim: RunClaim) -> SQL {
    """
    SELECT require_fence(count(*)), coalesce(bool_or(cancel_requested), false) AS cancel_requested
    FROM sync_run
    WHERE \(sql: isHeld(claim))
    """
  }

  static func isHeld(_ claim: RunClaim) -> SQL {
    """
    user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue) AND epoch = \(claim.epoch)
      AND status = 'running'
    """
  }

  /// What every end of a run does besides: the next one is due, and what was staged is not needed any more.
  static func afterwards(_ claim: RunClaim, _ finding: CheckPace.Finding) -> [SQL] {
    [SyncSchedule.next(after: claim, finding)] + deleteStagedPages(claim)
  }

  private static func deleteStagedPages(_ claim: RunClaim) -> [SQL] {
    switch claim.kind {
    case .tracks:
      ["DELETE FROM staged_page WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue)"]
    case .playlists, .following:
      [
        """
        DELETE FROM staged_list_page
        WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue)
        """
      ]
    case .releases: []
    }
  }

  /// Wraps the UPDATE that each transaction of a run has: without a row met, everything is undone.
  static func fenced(_ update: SQL) -> SQL {
    """
    WITH held AS (
      \(sql: update)
    )
    SELECT require_fence(count(*)), coalesce(bool_or(cancel_requested), false) AS cancel_requested
    FROM held
    """
  }

  static func cancelRequested(_ rows: Rows) throws(StorageError) -> Bool {
    try decode { () throws(PostgreSQLError) in try rows[0].decode("cancel_requested") }
  }
}
