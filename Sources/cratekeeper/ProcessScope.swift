import Accounts
import Domain
import FoundationEssentials
import Logging
import Reactor
import Storage
import Sync
import TokenVault
import Web

/// What a process has once, whatever the number of its reactors.
struct ProcessScope: Sendable {
  let configuration: Configuration
  let logger: Logger
  let seal: TokenSeal
  let refreshFlights = RefreshAccessToken.Flights()
  let appTokens = AppAccess.Store()
  let pacer = RequestPacer()
  let limitsAlone = LimitsAlone()
  let releaseCache: ReleaseCache
  let runWatchers = RunWatchers()
  let now: @Sendable () -> Date = { Date() }

  init(configuration: Configuration, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    seal = TokenSeal(vault: TokenVault(ring: configuration.keyRing), logger: logger)
    releaseCache = ReleaseCache()
  }
}
