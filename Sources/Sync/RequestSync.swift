import Coordination
import Domain
import Logging
import Storage

/// Asks for a run: the open one of that kind, or a new one.
///
/// The run is accepted when its row is committed. Redis is told so that a worker begins at once; when Redis is
/// away, a worker finds the row within seconds of its return.
package struct RequestSync: Sendable {
  private let grants: Grants
  private let runs: SyncRuns
  private let dispatch: JobDispatch
  private let logger: Logger

  package init(grants: Grants, runs: SyncRuns, dispatch: JobDispatch, logger: Logger) {
    self.grants = grants
    self.runs = runs
    self.dispatch = dispatch
    self.logger = logger
  }

  package func callAsFunction(
    _ kind: SyncKind, for user: UserID, trigger: SyncTrigger = .manual
  ) async throws(SyncError) -> SyncRun {
    _ = try await usableGrant(of: user)
    return try await request(kind, for: user, trigger)
  }

  /// One of each kind that the person allowed.
  package func everything(for user: UserID) async throws(SyncError) -> [SyncRun] {
    var requested: [SyncRun] = []
    for kind in SyncKind.allowed(by: try await usableGrant(of: user).scopes) {
      requested.append(try await request(kind, for: user, .manual))
    }
    return requested
  }

  private func usableGrant(of user: UserID) async throws(SyncError) -> Grant {
    let held = try await stored { () throws(StorageError) in try await grants.load(user) }
    guard let grant = held?.grant, grant.status != .disconnected else {
      throw SyncError(.notConnected, "no Spotify account is connected")
    }
    guard grant.status != .dead else {
      throw SyncError(.reauthorizationRequired, grant.end)
    }
    return grant
  }

  private func request(
    _ kind: SyncKind, for user: UserID, _ trigger: SyncTrigger
  ) async throws(SyncError) -> SyncRun {
    let run = try await stored { () throws(StorageError) in
      try await runs.request(kind, for: user, trigger: trigger)
    }
    if run.status == .queued {
      do {
        try await dispatch.put(JobDispatch.Job(user: user, run: run.id), isInteractive: trigger != .schedule)
      } catch {
        logger.warning("a run was not handed over; it is found later", ["error": error.description])
      }
    }
    return run
  }
}
