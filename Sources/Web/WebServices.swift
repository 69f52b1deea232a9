import Accounts
import Coordination
import Logging
import Reactor
import Storage
import Sync

/// What the HTTP edge of one reactor works with. Everything but the catalogue belongs to that reactor.
package struct WebServices: Sendable {
  package let reactor: Reactor
  package let connect: ConnectAccount
  package let eraseAccount: EraseAccount
  package let users: Users
  package let sessions: Sessions
  package let apiTokens: APITokens
  package let runs: SyncRuns
  package let requestSync: RequestSync
  package let accesses: UserAccesses
  package let controlPlayer: ControlPlayer
  package let releases: Releases
  package let requestReleases: RequestReleases
  package let savedTracks: SavedTracks
  package let followedArtists: FollowedArtists
  package let artistAlbums: ArtistAlbums
  package let searchCatalogue: SearchCatalogue
  package let playlists: Playlists
  package let readQuota: ReadQuota
  package let database: Database
  package let redisHealth: RedisHealth
  package let limitCallers: LimitCallers
  package let logger: Logger
  /// One for the whole process.
  package let catalogue: ReleaseCache
  /// One for the whole process.
  package let runWatchers: RunWatchers
  package let settings: WebSettings

  package init(
    reactor: Reactor, connect: ConnectAccount, eraseAccount: EraseAccount, users: Users, sessions: Sessions,
    apiTokens: APITokens, runs: SyncRuns, requestSync: RequestSync, accesses: UserAccesses,
    controlPlayer: ControlPlayer,
    releases: Releases, requestReleases: RequestReleases, savedTracks: SavedTracks, playlists: Playlists,
    followedArtists: FollowedArtists, artistAlbums: ArtistAlbums, searchCatalogue: SearchCatalogue,
    readQuota: ReadQuota, database: Database, redisHealth: RedisHealth,
    limitCallers: LimitCallers, logger: Logger, catalogue: ReleaseCache,
    runWatchers: RunWatchers, settings: WebSettings
  ) {
    self.reactor = reactor
    self.connect = connect
    self.eraseAccount = eraseAccount
    self.users = users
    self.sessions = sessions
    self.apiTokens = apiTokens
    self.runs = runs
    self.requestSync = requestSync
    self.accesses = accesses
    self.controlPlayer = controlPlayer
    self.releases = releases
    self.requestReleases = requestReleases
    self.savedTracks = savedTracks
    self.followedArtists = followedArtists
    self.artistAlbums = artistAlbums
    self.searchCatalogue = searchCatalogue
    self.playlists = playlists
    self.readQuota = readQuota
    self.database = database
    self.redisHealth = redisHealth
    self.limitCallers = limitCallers
    self.logger = logger
    self.catalogue = catalogue
    self.runWatchers = runWatchers
    self.settings = settings
  }
}
