import Coordination
import Domain
import FoundationEssentials
import Storage

/// Whether the copy of the new releases should be fetched again, and asking for it.
package struct RequestReleases: Sendable {
  private let releases: Releases
  private let signal: CatalogueSignal

  package init(releases: Releases, signal: CatalogueSignal) {
    self.releases = releases
    self.signal = signal
  }

  /// Queues a fetch; many askers, one fetch. A worker that misses the hint finds the row within a second.
  package func callAsFunction() async throws(SyncError) {
    try await stored { () throws(StorageError) in try await releases.requestRefresh() }
    do { try await signal.announceRequest() } catch  where error.code == .unavailable {
      // The hint alone is lost: the row is written.
      return
    } catch {
      throw SyncError(.unexpected, error.message)
    }
  }
}
