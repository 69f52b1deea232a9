import FoundationEssentials
import Logging
import Reactor
import Storage

/// The copy of the new releases in memory, rendered: one for the process, shared by its reactors.
package final class ReleaseCache: Sendable {
  private struct Held {
    var rendered: RenderedReleases?
    /// When a fetch was last asked for.
    var askedAt: ContinuousClock.Instant?
    /// Whether the last look failed.
    var isFailing = false
  }

  private let held = Locked(Held())

  /// How long nobody asks again for a fetch.
  private static let patience = Duration.seconds(60)

  package init() {}

  /// Brings the cache to what Postgres has; one small query when that hasn't moved. To be called about twice a
  /// second and on hints, from any reactor. Postgres being away is logged once, and once that it is back.
  package func update(from releases: Releases, logger: Logger) async {
    do {
      try await update(from: releases)
      if note(isFailing: false) { logger.notice("the catalogue is up to date again") }
    } catch {
      if error.code != .cancelled, note(isFailing: true) {
        logger.warning("the catalogue's version can't be looked up", ["error": error.description])
      }
    }
  }

  func update(from releases: Releases) async throws(StorageError) {
    let state = try await releases.state()
    if let rendered = current, rendered.version == state.version, rendered.fetchedAt == state.fetchedAt {
      return
    }
    guard state.fetchedAt != nil, let catalogue = try await releases.load() else { return }
    let rendered = RenderedReleases(catalogue)
    held.withLock { $0.rendered = rendered }
  }

  /// Nil until the first fetch has been seen.
  var current: RenderedReleases? { held.withLock { $0.rendered } }

  /// Whether it is the caller's turn to ask for a fetch: once a minute for the process.
  func takesTurnToAsk(at now: ContinuousClock.Instant = .now) -> Bool {
    held.withLock { held in
      if let askedAt = held.askedAt, now - askedAt < ReleaseCache.patience { return false }
      held.askedAt = now
      return true
    }
  }

  /// Whether that is new.
  private func note(isFailing: Bool) -> Bool {
    held.withLock { held in
      defer { held.isFailing = isFailing }
      return held.isFailing != isFailing
    }
  }
}
