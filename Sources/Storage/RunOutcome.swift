import Domain
import PostgreSQL

/// What a run that went well says of itself, whatever its kind.
package struct RunOutcome: Sendable {
  package let mode: SyncMode
  package let changes: SyncRun.Changes
  package let gaps: [Gap]
  package let progress: SyncRun.Progress
  package let requests: SyncRun.Requests

  package init(
    mode: SyncMode, changes: SyncRun.Changes, gaps: [Gap], progress: SyncRun.Progress,
    requests: SyncRun.Requests
  ) {
    self.mode = mode
    self.changes = changes
    self.gaps = gaps
    self.progress = progress
    self.requests = requests
  }
}

extension SyncRuns {
  /// The transaction that ends a run well: its fence, `work`, and when the next one is due.
  ///
  /// The fence comes first: whoever disconnects meanwhile locks the run before the rows, as this does.
  static func succeeding(
    _ claim: RunClaim, _ outcome: RunOutcome, doing work: [SQL] = []
  ) throws(StorageError) -> [SQL] {
    let gaps: JSONText = try decode { () throws(PostgreSQLError) in try JSONColumn.encode(outcome.gaps) }
    let fence = fenced(
      """
      UPDATE sync_run
      SET status = 'succeeded',
          finished_at = now(),
          mode = \(outcome.mode.rawValue),
          crashes = 0,
          progress_done = \(Int32(outcome.progress.done)),
          progress_total = \(outcome.progress.total.map(Int32.init)),
          progress_unit = \(outcome.progress.unit),
          requests_made = \(Int32(outcome.requests.made)),
          requests_saved = \(Int32(outcome.requests.saved)),
          added = \(Int32(outcome.changes.added)),
          updated = \(Int32(outcome.changes.updated)),
          removed = \(Int32(outcome.changes.removed)),
          skipped = \(Int32(outcome.changes.skipped)),
          gaps = \(gaps),
          error_code = NULL,
          error_detail = NULL
      WHERE \(sql: isHeld(claim))
      RETURNING cancel_requested
      """)
    return [fence] + work + afterwards(claim, CheckPace.Finding(outcome.changes, trigger: claim.trigger))
  }
}
