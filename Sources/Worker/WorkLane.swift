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
  let checkDueArtists: CheckDueArtists
  let refreshReleases: RefreshReleases
  let fetchWantedArtists: FetchWantedArtists

  package init(
    reactor: Reactor, runs: SyncRuns, syncSavedTracks: SyncSavedTracks, syncPlaylists: SyncPlaylists,
    syncFollowing: SyncFollowing, syncReleases: SyncReleases, checkDueArtists: CheckDueArtists,
    refreshReleases: RefreshReleases, fetchWantedArtists: FetchWantedArtists
  ) {
    self.reactor = reactor
    self.runs = runs
    self.syncSavedTracks = syncSavedTracks
    self.syncPlaylists = syncPlaylists
    self.syncFollowing = syncFollowing
    self.syncReleases = syncReleases
    self.checkDueArtists = checkDueArtists
    self.refreshReleases = refreshReleases
    self.fetchWantedArtists = fetchWantedArtists
  }
}
