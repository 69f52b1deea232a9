import Coordination
import Domain
import Logging
import Reactor
import Storage
import Sync

/// Does one job: claims the run in Postgres, works, and writes what became of it.
struct RunExecution: Sendable {
  let lane: WorkLane
  let lease: LeaseClock
  let logger: Logger
  let isStopping: @Sendable () -> Bool
  private let nextLook = Locked(ContinuousClock.now)

  /// How soon a run that makes many requests and stages nothing notices that its row is gone, or that it is to stop.
  private static let look = Duration.milliseconds(500)
  /// How long the end of a run is tried to be written while Postgres is away.
  private static let mostWrites = 8

  func callAsFunction(_ job: JobDispatch.Job) async {
    let logger = logger.with(["run_id": "\(job.run)", "user": job.user.rawValue])
    let claim: RunClaim?
    do { claim = try await lane.runs.claim(job.run, of: job.user) } catch {
      // The run is untouched: the next round hands it over again.
      logger.warning("a run was not claimed", ["error": error.description])
      return
    }
    guard let claim else { return }
    let requests = RequestCounter(startingAt: claim.requestsMade) { try await confirm(claim) }
    let began = ContinuousClock.now
    if claim.crashes >= RunDecision.mostCrashes {
      return await write(.fail(RunDecision.crashed(claim)), claim, requests.count, logger)
    }
    do {
      logger.info(
        "a run begins", ["kind": claim.kind.rawValue, "attempt": claim.attempt, "epoch": claim.epoch])
      try await lane.sync(claim, counting: requests)
      logger.info(
        "a run succeeded",
        ["kind": claim.kind.rawValue, "requests": requests.count, "took": ContinuousClock.now - began])
    } catch {
      let decision = RunDecision(error: error, claim: claim, isStopping: isStopping())
      if case .postpone(_, nil, countsAsAttempt: false) = decision {
        logger.info("a run goes on later", ["reason": "\(error)"])
      } else {
        logger.warning("a run ended early", ["error": "\(error)", "requests": requests.count])
      }
      await write(decision, claim, requests.count, logger)
    }
  }

  /// Before each request: a worker that wakes up after its lease asks for nothing that another is asking for, and
  /// nobody goes on asking for a person who has disconnected.
  private func confirm(_ claim: RunClaim) async throws {
    let asked = ContinuousClock.now
    let isDue = nextLook.withLock { next in
      guard next <= asked || lease.isOverdue else { return false }
      next = asked + RunExecution.look
      return true
    }
    guard isDue else { return }
    if try await lane.runs.confirm(claim) { throw RunCancelled() }
    lease.confirm(at: asked)
  }

  /// Writes what became of a run, also when the task that worked on it is cancelled.
  private func write(_ decision: RunDecision, _ claim: RunClaim, _ requests: Int, _ logger: Logger) async {
    await lane.reactor.spawn { await writeUncancelled(decision, claim, requests, logger) }.value
  }

  private func writeUncancelled(
    _ decision: RunDecision, _ claim: RunClaim, _ requests: Int, _ logger: Logger
  ) async {
    for attempt in 1...RunExecution.mostWrites {
      do throws(StorageError) {
        return try await apply(decision, claim, requests)
      } catch {
        guard error.code == .unavailable, attempt < RunExecution.mostWrites else {
          // Fenced, or Postgres is away: the row still says `running`, and a later round takes it up.
          return logger.warning("the end of a run was not written", ["error": error.description])
        }
      }
      // Nobody cancels this task, so the sleep can't end early.
      do { try await lane.reactor.sleep(for: .milliseconds(250 << min(attempt, 4))) } catch { return }
    }
  }

  private func apply(_ decision: RunDecision, _ claim: RunClaim, _ requests: Int) async throws(StorageError) {
    switch decision {
    case .cancel:
      try await lane.runs.end(claim, as: .cancelled, failure: nil, requestsMade: requests)
    case .fail(let failure):
      try await lane.runs.end(claim, as: .failed, failure: failure, requestsMade: requests)
    case .postpone(let delay, let failure, let countsAsAttempt):
      try await lane.runs.postpone(
        claim, for: delay, failure: failure, countsAsAttempt: countsAsAttempt, requestsMade: requests)
    case .abandon:
      return
    }
  }
}
