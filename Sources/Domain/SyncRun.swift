import FoundationEssentials

/// What a run brings up to date.
package enum SyncKind: String, Sendable, CaseIterable {
  case tracks, playlists, following, releases
}

extension SyncKind {
  /// The scope without which Spotify answers nothing of it (Spotify, "Scopes"). Releases are those of the artists
  /// that somebody follows.
  package var requiredScope: String {
    switch self {
    case .tracks: "user-library-read"
    case .playlists: "playlist-read-private"
    case .following, .releases: "user-follow-read"
    }
  }

  /// The kinds that a grant with these scopes can sync.
  package static func allowed(by scopes: [String]) -> [SyncKind] {
    allCases.filter { scopes.contains($0.requiredScope) }
  }
}

package enum SyncTrigger: String, Sendable {
  case manual, connect, schedule
}

package enum SyncStatus: String, Sendable, CaseIterable {
  case queued, running, waiting, succeeded, failed, cancelled

  package var isOpen: Bool {
    switch self {
    case .queued, .running, .waiting: true
    case .succeeded, .failed, .cancelled: false
    }
  }
}

/// How a run was done.
package enum SyncMode: String, Sendable {
  /// Everything was read.
  case full
  /// Everything was read, pages at once where their borders were known from last time.
  case parallel
  /// Only what nobody has asked for lately.
  case due
  /// What hasn't changed by its snapshot was not asked for.
  case snapshot
  /// The top showed all that is new, and the count says that nothing has left.
  case head
  /// What has left was found by reading only the pages where positions have moved.
  case bisect
}

/// A run as its row has it.
package struct SyncRun: Sendable {
  package struct Progress: Sendable, Equatable {
    package var done: Int
    package var total: Int?
    package var unit: String

    package init(done: Int, total: Int?, unit: String) {
      self.done = done
      self.total = total
      self.unit = unit
    }
  }

  package struct Requests: Sendable, Equatable {
    package var made: Int
    /// What a full scan would have asked for, less what was asked.
    package var saved: Int

    package init(made: Int, saved: Int) {
      self.made = made
      self.saved = saved
    }
  }

  package struct Changes: Sendable, Equatable {
    package var added: Int
    package var updated: Int
    package var removed: Int
    /// Elements that Spotify sent without what is needed to keep them.
    package var skipped: Int

    package init(added: Int = 0, updated: Int = 0, removed: Int = 0, skipped: Int = 0) {
      self.added = added
      self.updated = updated
      self.removed = removed
      self.skipped = skipped
    }
  }

  package let id: RunID
  package let user: UserID
  package let kind: SyncKind
  package let status: SyncStatus
  package let trigger: SyncTrigger
  package let mode: SyncMode?
  package let requestedAt: Date
  package let startedAt: Date?
  package let finishedAt: Date?
  package let attempt: Int
  package let progress: Progress
  package let requests: Requests
  package let changes: Changes
  package let gaps: [Gap]
  package let waitingUntil: Date?
  package let failure: RunFailure?

  package init(
    id: RunID, user: UserID, kind: SyncKind, status: SyncStatus, trigger: SyncTrigger, mode: SyncMode?,
    requestedAt: Date, startedAt: Date?, finishedAt: Date?, attempt: Int, progress: Progress,
    requests: Requests, changes: Changes, gaps: [Gap], waitingUntil: Date?, failure: RunFailure?
  ) {
    self.id = id
    self.user = user
    self.kind = kind
    self.status = status
    self.trigger = trigger
    self.mode = mode
    self.requestedAt = requestedAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.attempt = attempt
    self.progress = progress
    self.requests = requests
    self.changes = changes
    self.gaps = gaps
    self.waitingUntil = waitingUntil
    self.failure = failure
  }
}

/// Why what was got is not what was announced; the counts of a run's gaps close its sum.
package struct Gap: Codable, Sendable, Equatable {
  package enum Reason: String, Codable, Sendable {
    /// A slot that Spotify sent as null.
    case nullElement = "null_element"
    /// An element without an id, a name or a time that could be kept.
    case malformedElement = "malformed_element"
    /// The same track and time twice in one scan.
    case duplicateElement = "duplicate_element"
    /// `total` says more than could be read.
    case missing = "missing"
    /// More could be read than `total` says.
    case surplus = "surplus"
    /// Left for a later run: there is a bound on what one may ask for, or another is at it.
    case deferred = "deferred"
    /// Spotify gave no answer for these alone.
    case unanswered = "unanswered"
    /// Playlists whose contents this app may not see.
    case notVisible = "not_visible"
    /// Playlists of the list whose contents Spotify doesn't find.
    case notFound = "not_found"
    /// Playlists that were edited during every reading: they stay as they were.
    case changing = "changing"
  }

  package let reason: Reason
  package let count: Int

  package init(reason: Reason, count: Int) {
    self.reason = reason
    self.count = count
  }
}

/// Why a run waits or failed, for the person whose run it is.
package struct RunFailure: Sendable, Equatable {
  /// A stable snake_case word.
  package let code: String
  package let detail: String

  package init(code: String, detail: String) {
    self.code = code
    self.detail = detail
  }
}

/// A claim on a run: only the holder of the newest epoch may write.
package struct RunClaim: Sendable, Equatable {
  package let user: UserID
  package let run: RunID
  package let kind: SyncKind
  package let trigger: SyncTrigger
  package let epoch: Int64
  package let attempt: Int
  package let crashes: Int
  /// What earlier claims of the same run have asked Spotify for.
  package let requestsMade: Int
  /// How often this kind has been looked at so far; nil when it never runs by itself.
  package let pace: CheckPace?

  package init(
    user: UserID, run: RunID, kind: SyncKind, trigger: SyncTrigger, epoch: Int64, attempt: Int, crashes: Int,
    requestsMade: Int = 0, pace: CheckPace? = nil
  ) {
    self.user = user
    self.run = run
    self.kind = kind
    self.trigger = trigger
    self.epoch = epoch
    self.attempt = attempt
    self.crashes = crashes
    self.requestsMade = requestsMade
    self.pace = pace
  }

  /// Somebody waits for a run that was asked for, or for the first after connecting.
  package var priority: RequestPriority { trigger == .schedule ? .background : .person }
}
