import Coordination
import Domain
import FoundationEssentials
import Logging
import Reactor
import Storage
import Sync

/// Takes jobs and does them: one claimer per process, on a reactor of its own, and lanes that work.
///
/// The control reactor also renews the leases, so that a lane busy with a large page never loses a run.
package final class Worker: Sendable {
  /// A run at work here.
  private struct Running {
    let task: Task<Void, Never>
    let lease: LeaseClock
    /// Its work is over and its lease is being given back.
    var isEnding = false
  }

  private struct State {
    var running: [RunID: Running] = [:]
    var isStopping = false
    var away: Set<String> = []
    var nextLane = 0
  }

  private let control: Reactor
  private let app: AppID
  private let dispatch: JobDispatch
  private let runs: SyncRuns
  private let keepLedger: KeepLedger
  private let sessions: Sessions
  private let lanes: [WorkLane]
  private let settings: WorkerSettings
  private let logger: Logger
  private let owner: String
  private let state = Locked(State())
  private let wakeUps: AsyncStream<Void>
  private let wakeUp: AsyncStream<Void>.Continuation
  private let loops = Locked<[Task<Void, Never>]>([])

  /// - Parameters:
  ///   - dispatch: on the control reactor's Redis connection.
  ///   - runs: on the control reactor's Postgres connections.
  ///   - keepLedger: on both.
  ///   - sessions: as `runs`.
  /// - Parameter app: whose connections runs are made for by the clock.
  package init(
    control: Reactor, app: AppID, dispatch: JobDispatch, runs: SyncRuns, keepLedger: KeepLedger,
    sessions: Sessions,
    lanes: [WorkLane], settings: WorkerSettings, logger: Logger
  ) {
    precondition(!lanes.isEmpty)
    self.control = control
    self.app = app
    self.dispatch = dispatch
    self.runs = runs
    self.keepLedger = keepLedger
    self.sessions = sessions
    self.lanes = lanes
    self.settings = settings
    self.logger = logger
    owner = UUID().uuidString
    (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Begins to claim, to renew and to look for what is due.
  package func start() {
    let tasks = [
      control.spawn { await self.claimJobs() },
      control.spawn { await self.every(self.settings.renewal) { await self.renewLeases() } },
      control.spawn { await self.every(self.settings.round) { await self.handOverDueRuns() } },
      control.spawn { await self.every(self.settings.ledgerCopy) { await self.copyLedger() } },
      control.spawn { await self.every(self.settings.sessionPurge) { await self.purgeSessions() } },
      lanes[0].reactor.spawn { await self.every(self.settings.round) { await self.lookAfterCatalogue() } },
      lanes[0].reactor.spawn { await self.every(self.settings.round) { await self.checkDueArtists() } },
    ]
    loops.withLock { $0 = tasks }
    wake()
  }

  /// Something may wait: look at once. From any thread.
  package func wake() { wakeUp.yield() }

  /// Stops claiming at once, lets runs finish within the patience, hands back the rest, and returns when none
  /// is left.
  package func stop() async {
    state.withLock { $0.isStopping = true }
    wakeUp.finish()
    for loop in loops.withLock({ $0 }) { loop.cancel() }
    let running = state.withLock { $0.running.values.map(\.task) }
    let deadline = control.spawn {
      do { try await self.control.sleep(for: self.settings.patience) } catch { return }
      for run in running { run.cancel() }
    }
    for run in running { await run.value }
    deadline.cancel()
    for loop in loops.withLock({ $0 }) { await loop.value }
    await control.spawn { await self.copyLedger() }.value
  }

  // MARK: Jobs

  private func claimJobs() async {
    for await _ in wakeUps {
      var asked = ContinuousClock.now
      while hasRoom, let job = await take() {
        begin(job, leasedAt: asked)
        asked = .now
      }
    }
  }

  private var hasRoom: Bool {
    state.withLock { !$0.isStopping && $0.running.count < settings.concurrency }
  }

  private func take() async -> JobDispatch.Job? {
    do {
      let job = try await dispatch.take(owner: owner, lease: settings.lease)
      note("Redis", isAway: false)
      return job
    } catch {
      note("Redis", isAway: true, error)
      return nil
    }
  }

  private func begin(_ job: JobDispatch.Job, leasedAt instant: ContinuousClock.Instant) {
    // A wiped Redis knows nothing of what is at work here. Taking it made the lease anew, and that is all.
    guard state.withLock({ $0.running[job.run]?.isEnding ?? true }) else { return }
    let lane = state.withLock { state in
      state.nextLane += 1
      return lanes[state.nextLane % lanes.count]
    }
    let lease = LeaseClock(lease: settings.lease, heldSince: instant)
    let execution = RunExecution(
      lane: lane, lease: lease, logger: logger, isStopping: { self.state.withLock { $0.isStopping } })
    // The entry is made before the lane can end the run: it ends on this reactor, which is busy here.
    state.withLock { state in
      let task = lane.reactor.spawn {
        await execution(job)
        await self.finish(job, lease)
      }
      state.running[job.run] = Running(task: task, lease: lease)
    }
  }

  private func finish(_ job: JobDispatch.Job, _ lease: LeaseClock) async {
    await control.spawn {
      // No renewal may follow the release: it would make the lease anew, and nobody would hold it.
      self.state.withLock { $0.running[job.run]?.isEnding = true }
      await self.release(job.run)
      // Given back, it may have been taken again at once.
      self.state.withLock { state in
        if state.running[job.run]?.lease === lease { state.running[job.run] = nil }
      }
      self.wake()
    }.value
  }

  private func release(_ run: RunID) async {
    do throws(CoordinationError) {
      try await dispatch.release(run, owner: owner)
    } catch {
      // The lease ends by itself; until then the run, if it is still open, only waits.
      note("Redis", isAway: true, error)
    }
  }

  // MARK: By the clock

  /// Runs `work` now and after every `interval`, give or take a tenth so that processes don't march in step.
  private func every(_ interval: Duration, _ work: @Sendable () async -> Void) async {
    while !Task.isCancelled {
      await work()
      do { try await Task.sleep(for: interval * Double.random(in: 0.9...1.1)) } catch { return }
    }
  }

  private func renewLeases() async {
    for run in state.withLock({ Array($0.running.keys) }) {
      guard let running = state.withLock({ $0.running[run] }), !running.isEnding else { continue }
      let asked = ContinuousClock.now
      do {
        if try await dispatch.renew(run, owner: owner, lease: settings.lease) {
          running.lease.prolong(at: asked)
          continue
        }
        // Somebody else has it, and the epoch keeps us from writing: working on would be a waste.
        logger.warning("a run's lease was lost", ["run_id": "\(run)"])
        running.task.cancel()
      } catch {
        note("Redis", isAway: true, error)
      }
    }
  }

  /// Moves what is due from Postgres to Redis, and what Redis lost. Every worker does; rows are shared out.
  private func handOverDueRuns() async {
    do {
      try await runs.scheduleDue(of: app, limit: 200)
      let due = try await runs.takeDue(stale: settings.rescue, limit: 1_000)
      note("Postgres", isAway: false)
      for run in due {
        try await dispatch.put(
          JobDispatch.Job(user: run.user, run: run.run), isInteractive: run.isInteractive)
        note("Redis", isAway: false)
      }
    } catch {
      note(error is CoordinationError ? "Redis" : "Postgres", isAway: true, error)
    }
    // Also without a hint: it may have been lost, or a run was waiting for room.
    wake()
  }

  private func copyLedger() async {
    do {
      try await keepLedger()
      note("the copy of the ledger", isAway: false)
    } catch {
      if !Task.isCancelled { note("the copy of the ledger", isAway: true, error) }
    }
  }

  /// Takes away what has ended by itself. Every worker does; rows are shared out.
  private func purgeSessions() async {
    let most = 1_000
    do {
      while !Task.isCancelled, try await sessions.purge(limit: most) == most {}
      note("the ended sessions", isAway: false)
    } catch {
      if !Task.isCancelled { note("the ended sessions", isAway: true, error) }
    }
  }

  /// Refreshes what belongs to everybody, when it is due.
  private func lookAfterCatalogue() async {
    do {
      try await lanes[0].refreshReleases.ifDue()
      while !Task.isCancelled, try await lanes[0].fetchWantedArtists.next() {}
      note("the catalogue", isAway: false)
    } catch {
      if !Task.isCancelled { note("the catalogue", isAway: true, error) }
    }
  }

  /// Asks for followed artists whose turn has come, a few a round.
  private func checkDueArtists() async {
    do {
      try await lanes[0].checkDueArtists()
      note("the followed artists' turns", isAway: false)
    } catch {
      if !Task.isCancelled { note("the followed artists' turns", isAway: true, error) }
    }
  }

  /// Says once that something can't be had, and once that it is back, not at every round.
  private func note(_ what: String, isAway: Bool, _ error: (any Error)? = nil) {
    let hasChanged = state.withLock { state in
      isAway ? state.away.insert(what).inserted : state.away.remove(what) != nil
    }
    guard hasChanged else { return }
    if isAway {
      logger.warning("\(what) can't be had; what is due waits", ["error": error.map { "\($0)" } ?? ""])
    } else {
      logger.info("\(what) is back")
    }
  }
}
