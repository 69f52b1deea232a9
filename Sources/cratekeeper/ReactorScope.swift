import Accounts
import Coordination
import Domain
import HTTPClient
import Logging
import PostgreSQL
import Reactor
import Redis
import SpotifyAPI
import Storage
import Sync
import Web
import Worker

/// What a reactor has for itself: its connections, and the use-cases built on them. Nothing of it is used on
/// another reactor.
struct ReactorScope: Sendable {
  enum Purpose: String { case web, lane, control }

  let reactor: Reactor
  let pool: PostgreSQLPool
  let redis: RedisClient
  let http: HTTPClient
  /// To where tokens are made: whoever asks there has a lease that runs, and mustn't wait behind other requests.
  private let tokens: HTTPClient
  let database: Database
  private let process: ProcessScope

  /// Starts a reactor and makes its connections, which connect when they are first used.
  static func start(
    _ purpose: Purpose, _ number: Int, of process: ProcessScope
  ) async throws -> ReactorScope {
    let reactor = try Reactor.start(name: "\(purpose.rawValue)-\(number)")
    return try await reactor.run { try ReactorScope(reactor, purpose, process) }
  }

  private init(_ reactor: Reactor, _ purpose: Purpose, _ process: ProcessScope) throws {
    self.reactor = reactor
    self.process = process
    var postgres = process.configuration.database
    postgres.applicationName = "cratekeeper \(reactor.name)"
    postgres.onConnect = Database.onConnect
    postgres.connections = purpose == .control ? 1 : 2
    // A merge of a large library takes longer than anything that somebody waits for.
    if purpose == .lane { postgres.statementDeadline = .seconds(60) }
    pool = PostgreSQLPool(reactor: reactor, configuration: postgres)
    var redis = process.configuration.redis
    redis.clientName = "cratekeeper-\(reactor.name)"
    self.redis = RedisClient(reactor: reactor, configuration: redis)
    var client = HTTPClient.Configuration(userAgent: "cratekeeper/\(Version.text)")
    // All runs of a worker may be on one lane: pages that hang mustn't keep others' from being asked for.
    if purpose == .lane {
      client.maxConnectionsPerHost +=
        process.configuration.workerConcurrency * process.configuration.pagesInParallel
    }
    http = try HTTPClient(reactor: reactor, configuration: client)
    // Besides those who refresh: sign-ins, and the app's own token.
    client.maxConnectionsPerHost = RefreshTraffic.atOnce + 32
    tokens = try HTTPClient(reactor: reactor, configuration: client)
    let signal = RunSignal(redis: self.redis, namespace: process.configuration.namespace)
    database = Database(pool: pool, sessionLifetime: process.configuration.sessionLifetime) { run in
      reactor.spawn { await ReactorScope.announce(run, signal, process.logger) }
    }
  }

  func close() async {
    await reactor.spawn {
      await pool.close()
      redis.close()
      http.close()
      tokens.close()
    }.value
  }

  /// Nobody waits for the hint: who follows the run looks at its row all the same.
  private static func announce(_ run: RunID, _ signal: RunSignal, _ logger: Logger) async {
    do { try await signal.announce(run) } catch {
      logger.debug("a run's change was not announced", ["run_id": "\(run)", "error": error.description])
    }
  }

  // MARK: Use-cases

  private var configuration: Configuration { process.configuration }
  var dispatch: JobDispatch { JobDispatch(redis: redis, namespace: configuration.namespace) }
  var catalogueSignal: CatalogueSignal { CatalogueSignal(redis: redis, namespace: configuration.namespace) }
  var runSignal: RunSignal { RunSignal(redis: redis, namespace: configuration.namespace) }
  var runs: SyncRuns { SyncRuns(database, intervals: configuration.syncIntervals) }
  var sessions: Sessions { Sessions(database) }
  var releases: Releases { Releases(database) }

  /// Made once for all that a part does: it remembers whether its connection to Redis is the one it knows.
  private func admission(_ app: RegisteredApp) -> RequestAdmission {
    RequestLimits(
      ledger: ledger(app.account), copy: LedgerCopy(database), account: app.account,
      ceilings: configuration.ceilings, alone: process.limitsAlone, reactor: reactor, logger: process.logger
    ).admission
  }

  private func api(_ admission: RequestAdmission) -> SpotifyClient {
    SpotifyClient(client: http, configuration: configuration.spotify, admission: admission)
  }

  private func accounts(_ admission: RequestAdmission) -> SpotifyAccounts {
    SpotifyAccounts(
      client: tokens, configuration: configuration.spotify, admission: admission,
      standing: process.appStanding)
  }

  private func ledger(_ account: DeveloperAccountID) -> RequestLedger {
    RequestLedger(redis: redis, namespace: configuration.namespace, account: account)
  }

  func keepLedger(_ app: RegisteredApp) -> KeepLedger {
    KeepLedger(ledger: ledger(app.account), copy: LedgerCopy(database), account: app.account)
  }

  private func accesses(_ accounts: SpotifyAccounts, _ app: RegisteredApp) -> UserAccesses {
    UserAccesses(
      refresh: RefreshAccessToken(
        grants: Grants(database, app: app.id), spotify: accounts, seal: process.seal, reactor: reactor,
        traffic: process.refreshTraffic, logger: process.logger, now: process.now),
      seal: process.seal)
  }

  private func appAccess(_ accounts: SpotifyAccounts) -> AppAccess {
    AppAccess(spotify: accounts, reactor: reactor, store: process.appTokens, now: process.now)
  }

  private func pageSizes(_ app: RegisteredApp) -> PageSizes {
    PageSizes(
      configuration.catalogue.pageSizes, capabilities: AppCapabilities(database), app: app.id,
      refusalLasts: configuration.catalogue.refusalLasts, logger: process.logger)
  }

  var limitCallers: LimitCallers {
    let limits = configuration.callerLimits
    return LimitCallers(
      limits: limits, book: process.callerBook,
      counts: CallerCounts(redis: redis, namespace: configuration.namespace),
      places: CallerPlaces(
        redis: redis, namespace: configuration.namespace, owner: process.instance, lease: limits.lease),
      pseudonym: { [process] in process.pseudonyms.name($0) }, logger: process.logger)
  }

  func webServices(app: RegisteredApp) -> WebServices {
    let admission = admission(app)
    let (api, accounts) = (api(admission), accounts(admission))
    let accesses = accesses(accounts, app)
    let (users, grants) = (Users(database, app: app.id), Grants(database, app: app.id))
    return WebServices(
      reactor: reactor,
      connect: ConnectAccount(
        states: SignInStates(redis: redis, namespace: configuration.namespace), spotify: accounts,
        // A code works once: who is refused now would have to begin anew.
        api: api.waiting(atMost: .seconds(35)),
        seal: process.seal, users: users, grants: grants, sessions: sessions,
        runs: runs, dispatch: dispatch, app: app.id, requestedScopes: configuration.spotify.scopes,
        logger: process.logger, now: process.now),
      eraseAccount: EraseAccount(
        erasure: Erasure(database), dispatch: dispatch, logger: process.logger),
      users: users, sessions: sessions, apiTokens: APITokens(database), runs: runs,
      requestSync: RequestSync(
        grants: grants, runs: runs, dispatch: dispatch, logger: process.logger),
      accesses: accesses,
      controlPlayer: ControlPlayer(
        grants: grants, accesses: accesses, spotify: api.waiting(atMost: .seconds(3))),
      releases: releases,
      requestReleases: RequestReleases(releases: releases, signal: catalogueSignal),
      savedTracks: SavedTracks(database), playlists: Playlists(database),
      followedArtists: FollowedArtists(database), artistAlbums: ArtistAlbums(database),
      searchCatalogue: SearchCatalogue(
        access: appAccess(accounts), spotify: api, pacer: process.pacer, sizes: pageSizes(app),
        catalogue: CatalogueSearch(database),
        logger: process.logger),
      readQuota: ReadQuota(
        ledger: ledger(app.account), copy: LedgerCopy(database), ceilings: configuration.ceilings),
      database: database, redisHealth: RedisHealth(redis: redis), limitCallers: limitCallers,
      logger: process.logger,
      catalogue: process.releaseCache, runWatchers: process.runWatchers,
      settings: WebSettings(
        publicURL: configuration.publicURL.text, isSecure: configuration.publicURL.isSecure,
        trustedProxies: configuration.trustedProxies,
        catalogueMaximumAge: configuration.catalogue.maximumAge, imageOrigins: imageOrigins))
  }

  func workLane(app: RegisteredApp) -> WorkLane {
    let admission = admission(app)
    let (api, accounts) = (api(admission), accounts(admission))
    let (accesses, appAccess) = (accesses(accounts, app), appAccess(accounts))
    let unhurried = api.with(.background)
    let settings = configuration.catalogue
    let sizes = pageSizes(app)
    let pace = ArtistPace(shortest: settings.shortestPause, longest: settings.longestPause)
    let news = NewsOfFollowed(releases: releases, weeks: settings.weeks, logger: process.logger)
    return WorkLane(
      reactor: reactor, runs: runs,
      syncSavedTracks: SyncSavedTracks(
        accesses: accesses, spotify: api, pacer: process.pacer, stagedPages: StagedPages(database),
        savedTracks: SavedTracks(database), pagesInParallel: configuration.pagesInParallel,
        logger: process.logger),
      syncPlaylists: SyncPlaylists(
        accesses: accesses, spotify: api, pacer: process.pacer, stagedLists: StagedLists(database),
        playlists: Playlists(database), pagesInParallel: configuration.pagesInParallel),
      syncFollowing: SyncFollowing(
        accesses: accesses, spotify: api, pacer: process.pacer, staged: StagedFollows(database),
        followedArtists: FollowedArtists(database), pagesInParallel: configuration.pagesInParallel),
      syncReleases: SyncReleases(
        access: appAccess, spotify: api, pacer: process.pacer, sizes: sizes, pace: pace,
        albums: ArtistAlbums(database), news: news, artistsInParallel: configuration.pagesInParallel,
        logger: process.logger),
      checkDueArtists: CheckDueArtists(
        access: appAccess, spotify: unhurried, pacer: process.pacer, sizes: sizes, pace: pace,
        albums: ArtistAlbums(database), news: news, logger: process.logger),
      refreshReleases: RefreshReleases(
        access: appAccess, spotify: unhurried, pacer: process.pacer, releases: releases,
        capabilities: AppCapabilities(database),
        sizes: sizes, signal: catalogueSignal, app: app.id, maximumAge: settings.maximumAge,
        weeks: settings.weeks, refusalLasts: settings.refusalLasts, logger: process.logger),
      fetchWantedArtists: FetchWantedArtists(
        access: appAccess, spotify: unhurried, pacer: process.pacer, releases: releases,
        logger: process.logger))
  }

  /// Covers come from Spotify's image hosts; of another Spotify (a simulator) from where its API is.
  private var imageOrigins: [String] {
    let api = configuration.spotify.apiURL
    let parts = api.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, !api.hasPrefix("https://api.spotify.com") else { return [] }
    return ["\(parts[0])//\(parts[2])"]
  }
}
