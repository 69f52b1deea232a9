import PostgreSQL
import TestSupport

/// What happens behind the processes' backs.
extension World {
  /// As if half a minute had passed without a sign of whoever held a run: its lease in Redis is over, and the
  /// row was not handed over for as long.
  func outliveLease() async throws {
    for key in try await redis("KEYS", key("lease:*")).elements ?? [] {
      _ = try await redis("DEL", key.text ?? "")
    }
    _ = try await rows("UPDATE sync_run SET dispatched_at = dispatched_at - interval '36 seconds'")
  }

  /// Runs `body` while a run is in the middle of its merge: the tracks are written, and the statement behind
  /// them waits for a row that is locked here.
  ///
  /// - Parameter pages: how many the library has; Spotify is asked for the head once more after them.
  func holdingMerge(afterPages pages: Int, _ body: () async throws -> Void) async throws {
    try await simulator.waitUntilHeld(.savedTracks)
    try await until("every page is staged") {
      try await self.count("SELECT count(*) FROM staged_page") == pages
    }
    try await transaction { transaction in
      _ = try await transaction.query("SELECT FROM staged_page WHERE start = 0 FOR UPDATE")
      simulator.release(.savedTracks)
      try await until("the merge waits") { try await self.waitingForLocks == 1 }
      try await body()
    }
  }

  /// Statements of the program that wait for a lock.
  var waitingForLocks: Int {
    get async throws {
      try await count(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'cratekeeper%' AND wait_event_type = 'Lock'
        """)
    }
  }
}
