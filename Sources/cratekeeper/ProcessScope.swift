import Accounts
import Domain
import FoundationEssentials
import Logging
import SpotifyAPI
import Storage
import Sync
import TokenVault
import Web

/// What a process has once, whatever the number of its reactors.
struct ProcessScope: Sendable {
  let configuration: Configuration
  let logger: Logger
  let seal: TokenSeal
  let refreshTraffic = RefreshTraffic()
  let appStanding: AppStanding
  let appTokens = AppAccess.Store()
  let pacer = RequestPacer()
  let limitsAlone = LimitsAlone()
  let releaseCache: ReleaseCache
  let runWatchers = RunWatchers()
  let callerBook = CallerBook()
  let pseudonyms: Pseudonyms
  /// What this process is called where instances are told apart.
  let instance = UUID().uuidString
  let now: @Sendable () -> Date = { Date() }

  init(configuration: Configuration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    seal = TokenSeal(vault: TokenVault(ring: configuration.keyRing), logger: logger)
    pseudonyms = Pseudonyms(ring: configuration.keyRing)
    releaseCache = ReleaseCache()
    appStanding = AppStanding { [logger] error in
      logger.error(
        "Spotify refuses this app: SPOTIFY_CLIENT_ID or SPOTIFY_CLIENT_SECRET is wrong",
        ["error": error.description])
    }
  }
}
