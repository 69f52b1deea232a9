import Domain
import Sync

/// Which use-case does which kind of run.
extension WorkLane {
  func sync(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    switch claim.kind {
    case .tracks: try await syncSavedTracks(claim, counting: requests)
    case .playlists: try await syncPlaylists(claim, counting: requests)
    case .following, .releases: throw KindNotAvailable(kind: claim.kind)
    }
  }
}

/// A run of a kind that this version can't do: an older program took a newer one's run.
struct KindNotAvailable: Error {
  let kind: SyncKind
}
