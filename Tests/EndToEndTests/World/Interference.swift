import PostgreSQL
import TestSupport

/// What happens behind the processes' backs.
extension World {
  /// As if half a minute had passed without a sign of whoever held a run: its lease in Redis is over, and the
  /// row was not handed over for as long; whoever renewed a token has lost the right to.
  func outliveLease() async throws {
    for key in try await redis("KEYS", key("lease:*")).elements ?? [] {
      _ = try await redis("DEL", key.text ?? "")
    }
    _ = try await rows("UPDATE sync_run SET dispatched_at = dispatched_at - interval '36 seconds'")
    _ = try await rows(
      "UPDATE spotify_grant SET refresh_lease_until = refresh_lease_until - interval '36 seconds'")
  }

  /// As if the time had come that Spotify asked to wait for.
  func endPauses() async throws {
    let ledger = key("ledger:cratekeeper-demo")
    for name in try await redis("HKEYS", ledger).elements?.compactMap(\.text) ?? []
    where name.hasPrefix("paused") || name.hasPrefix("parked:") {
      _ = try await redis("HDEL", ledger, name)
    }
    _ = try await rows("UPDATE request_pause SET paused_until = now()")
    _ = try await rows("UPDATE sync_run SET not_before = now() WHERE status = 'waiting'")
  }

  /// Ends the statements that wait for a lock, as if the machine they came from were gone, and their
  /// transactions with them.
  func endWaiting() async throws {
    _ = try await rows(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'cratekeeper%' AND wait_event_type = 'Lock'
      """)
    try await until("what waited is undone") { try await self.waitingForLocks == 0 }
  }

  /// Whether Redis knows of no run: none waits, and nobody works on one.
  var isDispatchIdle: Bool {
    get async throws {
      for pattern in ["lease:*", "queued", "ring:*", "jobs:*"] {
        guard try await redis("KEYS", key(pattern)).elements?.isEmpty == true else { return false }
      }
      return true
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
