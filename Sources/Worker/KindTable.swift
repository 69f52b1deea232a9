import Domain
import Sync

/// Which use-case does which kind of run.
extension WorkLane {
  func sync(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    switch claim.kind {
    case .tracks: try await syncSavedTracks(claim, counting: requests)
    case .playlists: try await syncPlaylists(claim, counting: requests)
    case .following: try await syncFollowing(claim, counting: requests)
    case .releases: try await syncReleases(claim, counting: requests)
    }
  }
}
