/// How a worker paces itself. The defaults resume a run within 36 s of its worker's death: a lease of 30 s,
/// looked after every 5 s, and a second for the round.
package struct WorkerSettings: Sendable {
  /// Runs at once in this process.
  package var concurrency = 8
  package var lease: Duration = .seconds(30)
  package var renewal: Duration { lease / 3 }
  /// How often Postgres is asked what is due.
  package var round: Duration = .seconds(1)
  /// An open run not handed over for this long is checked against Redis.
  package var rescue: Duration = .seconds(5)
  /// How often the ledger of requests is copied to Postgres.
  package var ledgerCopy: Duration = .seconds(10)
  /// How often sessions that have ended by themselves are deleted.
  package var sessionPurge: Duration = .seconds(3_600)
  /// How long runs may finish by themselves when the worker stops; what is left is handed back.
  package var patience: Duration = .seconds(5)

  package init() {}
}
