import Accounts
import Coordination
import Domain
import FoundationEssentials
import Logging
import SpotifyAPI
import Storage

/// Fetches the new releases for everybody: `/browse/new-releases` where the app may call it, else the search
/// for `tag:new`. What an app may is found out by trying and remembered.
package struct RefreshReleases: Sendable {
  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let releases: Releases
  private let capabilities: AppCapabilities
  private let signal: CatalogueSignal
  private let app: AppID
  private let logger: Logger

  /// How old the copy may become.
  private let maximumAge: Duration
  /// As many as `/browse/new-releases` ever listed.
  private static let mostReleases = 100
  private static let lease = Duration.seconds(120)

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, releases: Releases,
    capabilities: AppCapabilities, signal: CatalogueSignal, app: AppID, maximumAge: Duration, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.releases = releases
    self.capabilities = capabilities
    self.signal = signal
    self.app = app
    self.maximumAge = maximumAge
    self.logger = logger
  }

  /// Fetches if a fetch is due and nobody is at it. A fetch that fails changes nothing and is tried again.
  ///
  /// - Returns: whether it fetched.
  @discardableResult
  package func ifDue() async throws -> Bool {
    guard let claim = try await releases.claimRefresh(maximumAge: maximumAge, lease: RefreshReleases.lease)
    else { return false }
    do {
      let fetchedAt = Date()
      let (albums, source) = try await fetch()
      let before = try await releases.state().version
      let version = try await releases.finishRefresh(
        claim, albums: albums, source: source, fetchedAt: fetchedAt)
      logger.info(
        "fetched the new releases",
        ["count": albums.count, "source": source.rawValue, "version": version, "changed": version != before])
      try await announce(version)
      return true
    } catch {
      let delay = RefreshReleases.delay(after: error, attempt: claim.attempt)
      logger.warning(
        "the new releases were not fetched",
        ["error": "\(error)", "attempt": claim.attempt, "again_in_s": delay.components.seconds])
      try await releases.postponeRefresh(claim, for: delay, error: "\(error)")
      return false
    }
  }

  private func announce(_ version: Int64) async throws {
    do { try await signal.announce(version: version) } catch {
      // Only a hint: every instance looks by itself, too.
      logger.warning("a new version was not announced", ["error": error.description])
    }
  }

  private func fetch() async throws -> ([Album], ReleaseSource) {
    let requests = RequestCounter()
    if try await capabilities.mayTry(.newReleases, app: app) {
      do {
        let albums = try await browse(requests)
        try await capabilities.remember(.newReleases, app: app, isAllowed: true)
        return (albums, .browse)
      } catch let error as SpotifyError where error.code == .forbidden || error.code == .notFound {
        logger.info("this app may not browse new releases", ["error": error.description])
        try await capabilities.remember(.newReleases, app: app, isAllowed: false)
      }
    }
    return (try await search(requests), .search)
  }

  private func browse(_ requests: RequestCounter) async throws -> [Album] {
    try await pages(size: 50, requests) { offset, size in
      try await access.perform { token throws(SpotifyError) in
        try await spotify.newReleases(offset: offset, limit: size, token: token)
      }
    }
  }

  private func search(_ requests: RequestCounter) async throws -> [Album] {
    guard try await capabilities.mayTry(.largeSearchPages, app: app) else {
      return try await search(size: 10, requests)
    }
    do {
      return try await search(size: 50, requests)
    } catch let error as SpotifyError where error.code == .badRequest {
      // Development Mode answers 400 "Invalid limit" above ten.
      try await capabilities.remember(.largeSearchPages, app: app, isAllowed: false)
      return try await search(size: 10, requests)
    }
  }

  private func search(size: Int, _ requests: RequestCounter) async throws -> [Album] {
    try await pages(size: size, requests) { offset, size in
      try await access.perform { token throws(SpotifyError) in
        try await spotify.searchAlbums(query: "tag:new", offset: offset, limit: size, token: token)
      }
    }
  }

  /// Reads pages until the total, the bound or a page that brings nothing.
  private func pages(
    size: Int, _ requests: RequestCounter, _ page: (_ offset: Int, _ size: Int) async throws -> AlbumsPage
  ) async throws -> [Album] {
    var albums: [Album] = []
    var seen: Set<AlbumID> = []
    var offset = 0
    while offset < RefreshReleases.mostReleases {
      let answer = try await pacer.send(counting: requests) { try await page(offset, size) }
      albums += answer.albums.filter { seen.insert($0.id).inserted }
      offset += size
      if answer.received == 0 || offset >= answer.total { break }
    }
    guard !albums.isEmpty else { throw SpotifyError(.malformed, "Spotify listed no new release at all") }
    return albums
  }

  private static func delay(after error: any Error, attempt: Int) -> Duration {
    if let error = error as? SpotifyError, let wait = error.retryAfter { return wait }
    return RunDecision.backoff(attempt: attempt)
  }
}
