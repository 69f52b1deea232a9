import Domain
import Reactor
import Storage
import Sync

/// One reactor that does work, with the use-cases built on its own connections.
package struct WorkLane: Sendable {
  let reactor: Reactor
  let runs: SyncRuns
  let syncSavedTracks: SyncSavedTracks
  let syncPlaylists: SyncPlaylists
  let syncFollowing: SyncFollowing
  let syncReleases: SyncReleases
  let refreshReleases: RefreshReleases
  let fetchWantedArtists: FetchWantedArtists

  package init(
    reactor: Reactor, runs: SyncRuns, syncSavedTracks: SyncSavedTracks, syncPlaylists: SyncPlaylists,
    syncFollowing: SyncFollowing, syncReleases: SyncReleases, refreshReleases: RefreshReleases,
    fetchWantedArtists: FetchWantedArtists
  ) {
    self.reactor = reactor
    self.runs = runs
    self.syncSavedTracks = syncSavedTracks
    self.syncPlaylists = syncPlaylists
    self.syncFollowing = syncFollowing
    self.syncReleases = syncReleases
    self.refreshReleases = refreshReleases
    self.fetchWantedArtists = fetchWantedArtists
  }
}
