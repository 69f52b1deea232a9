import Domain
import PostgreSQL

/// When people's next automatic runs are due. A row per user and kind, made with the connection, moved by every
/// end of a run, and gone with the connection.
enum SyncSchedule {
  /// Part of the transaction that ends a run: when the next is due, by what this one has found.
  static func next(after claim: RunClaim, _ finding: CheckPace.Finding) -> SQL {
    let pace = claim.pace?.after(finding)
    let (shortest, longest) = (pace?.wait.lowerBound.seconds ?? 0, pace?.wait.upperBound.seconds ?? 0)
    // What it began with follows the configuration until a run has found something.
    let interval = finding == .nothing ? nil : pace?.interval.seconds
    return """
      INSERT INTO sync_schedule AS held (user_id, kind, next_check_at, interval_s)
      VALUES (
        \(claim.user.rawValue), \(claim.kind.rawValue),
        now() + make_interval(secs => \(shortest) + random() * \(longest - shortest)), \(interval))
      ON CONFLICT (user_id, kind) DO UPDATE
      SET next_check_at = excluded.next_check_at,
          interval_s = coalesce(excluded.interval_s, held.interval_s)
      """
  }

  /// Part of a transaction that may have cancelled a run: the next one isn't right behind it.
  static func keepApart(from run: RunID, of user: UserID, _ intervals: SyncIntervals) -> SQL {
    """
    UPDATE sync_schedule AS held
    SET next_check_at = now() + make_interval(secs => \(intervals.shortest.seconds))
    FROM sync_run AS ended
    WHERE ended.user_id = \(user.rawValue) AND ended.run_id = \(run.rawValue)
      AND ended.status = 'cancelled' AND ended.finished_at = now()
      AND held.user_id = ended.user_id AND held.kind = ended.kind
      AND held.kind = ANY (\(intervals.automatic.map(\.rawValue)))
      AND held.next_check_at < now() + make_interval(secs => \(intervals.shortest.seconds))
    """
  }

  /// Part of the transaction that connects somebody. Due at once: it meets the first runs, which are open, and is
  /// put off.
  static func begin(_ kinds: [SyncKind], for user: UserID) -> SQL {
    """
    INSERT INTO sync_schedule (user_id, kind, next_check_at)
    SELECT \(user.rawValue), new.kind, now()
    FROM unnest(\(kinds.map(\.rawValue))) AS new (kind)
    ON CONFLICT DO NOTHING
    """
  }
}

extension SyncRuns {
  /// Makes the runs whose time has come, for people whose connection works and who allowed the
  /// kind. Every worker may ask at once.
  ///
  /// - Parameters:
  ///   - app: whose connections alone; nil for all.
  ///   - limit: of each kind.
  /// - Returns: how many were made.
  @discardableResult
  package func scheduleDue(of app: AppID? = nil, limit: Int) async throws(StorageError) -> Int {
    let kinds = intervals.automatic
    guard !kinds.isEmpty else { return 0 }
    let rows = try await database.query(
      """
      SELECT schedule_due_runs(
        \(kinds.map(\.rawValue)), \(kinds.map(\.requiredScope)), \(kinds.map { intervals[$0].seconds }),
        \(intervals.shortest.seconds), \(intervals.longest.seconds), \(Int32(clamping: limit)),
        \(app?.rawValue))
      """)
    return try decode { () throws(PostgreSQLError) in try rows[0].decode(0) }
  }
}
