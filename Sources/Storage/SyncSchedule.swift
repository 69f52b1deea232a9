import Domain
import PostgreSQL

/// When people's next automatic runs are due. A row per user and kind, made with the connection, moved by every
/// end of a run, and gone with the connection.
enum SyncSchedule {
  /// Part of the transaction that ends a run: the next is due after its interval, give or take a tenth, so that
  /// people who connected together don't stay together.
  static func next(after claim: RunClaim) -> SQL {
    """
    INSERT INTO sync_schedule AS held (user_id, kind, next_check_at)
    VALUES (
      \(claim.user.rawValue), \(claim.kind.rawValue),
      now() + make_interval(secs => \(claim.repeatsAfter.seconds)) * (0.9 + random() * 0.2))
    ON CONFLICT (user_id, kind) DO UPDATE
    SET next_check_at = excluded.next_check_at
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
  /// - Parameter limit: of each kind.
  /// - Returns: how many were made.
  @discardableResult
  package func scheduleDue(limit: Int) async throws(StorageError) -> Int {
    let kinds = intervals.automatic
    guard !kinds.isEmpty else { return 0 }
    let rows = try await database.query(
      """
      SELECT schedule_due_runs(
        \(kinds.map(\.rawValue)), \(kinds.map(\.requiredScope)), \(kinds.map { intervals[$0].seconds }),
        \(Int32(clamping: limit)))
      """)
    return try decode { () throws(PostgreSQLError) in try rows[0].decode(0) }
  }
}
