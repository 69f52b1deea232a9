import Accounts
import Coordination
import Domain
import FoundationEssentials
import Logging
import SpotifyAPI
import Storage

/// Fetches the new releases for everybody, down a ladder: `/browse/new-releases` where the app may call it; else what
/// the artists released whom anybody here follows, which is known without a request; else the search for `tag:new`.
/// What an app may is found out by trying, remembered, and tried again after a while.
package struct RefreshReleases: Sendable {
  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let releases: Releases
  private let capabilities: AppCapabilities
  private let sizes: PageSizes
  private let signal: CatalogueSignal
  private let app: AppID
  private let logger: Logger

  /// How old the copy may become.
  private let maximumAge: Duration
  /// How long an album of a followed artist counts as new.
  private let weeks: Int
  /// How long a refusal holds.
  private let refusalLasts: Duration

  /// As many as `/browse/new-releases` ever listed.
  private static let mostReleases = 100
  /// As many as one answer of `/api/artists/` may hold.
  private static let mostOfFollowed = 500
  private static let lease = Duration.seconds(120)
  /// How long a route is left alone that answers 429 whenever it is asked.
  private static let restOfLimited = Duration.seconds(86_400)
  /// So often Spotify's own list is waited for before another source takes its place.
  private static let mostLimits = 3

  private enum Fetched {
    case albums([Album], ReleaseSource)
    case known([AlbumID], ReleaseSource)

    var source: ReleaseSource {
      switch self {
      case .albums(_, let source), .known(_, let source): source
      }
    }

    var count: Int {
      switch self {
      case .albums(let albums, _): albums.count
      case .known(let albums, _): albums.count
      }
    }
  }

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, releases: Releases,
    capabilities: AppCapabilities, sizes: PageSizes, signal: CatalogueSignal, app: AppID,
    maximumAge: Duration,
    weeks: Int, refusalLasts: Duration, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.releases = releases
    self.capabilities = capabilities
    self.sizes = sizes
    self.signal = signal
    self.app = app
    self.maximumAge = maximumAge
    self.weeks = weeks
    self.refusalLasts = refusalLasts
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
      let fetched = try await fetch(claim)
      let before = try await releases.state().version
      let version =
        switch fetched {
        case .albums(let albums, let source):
          try await releases.finishRefresh(claim, albums: albums, source: source)
        case .known(let albums, let source):
          try await releases.finishRefresh(claim, known: albums, source: source)
        }
      logger.info(
        "fetched the new releases",
        [
          "count": fetched.count, "source": fetched.source.rawValue, "version": version,
          "changed": version != before,
        ])
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

  // MARK: The ladder

  private func fetch(_ claim: Releases.RefreshClaim) async throws -> Fetched {
    guard try await capabilities.mayTry(.newReleases, app: app) else {
      return try await fetchWithoutBrowsing()
    }
    let refusal: SpotifyError
    let rest: Duration
    do {
      let albums = try await browse()
      try await capabilities.allow(.newReleases, app: app)
      return .albums(albums, .browse)
    } catch let error as SpotifyError {
      guard let pause = self.rest(after: error, claim) else { throw error }
      (refusal, rest) = (error, pause)
    }
    // Remembered once another rung holds: what fails everywhere says nothing of this one.
    let fetched = try await fetchWithoutBrowsing()
    logger.info(
      "this app may not browse new releases",
      ["error": refusal.description, "again_in_s": rest.components.seconds])
    try await capabilities.refuse(.newReleases, app: app, for: rest)
    return fetched
  }

  /// How long Spotify's own list is left alone after a refusal; nil when it is no refusal, or none yet.
  private func rest(after error: SpotifyError, _ claim: Releases.RefreshClaim) -> Duration? {
    switch error.code {
    case .forbidden, .notFound: return refusalLasts
    case .rateLimited, .quotaExceeded:
      // The list that is there is better than another one's, for a while.
      if claim.source == .browse, claim.attempt < RefreshReleases.mostLimits { return nil }
      return max(RefreshReleases.restOfLimited, error.retryAfter ?? .zero)
    default: return nil
    }
  }

  private func fetchWithoutBrowsing() async throws -> Fetched {
    let followed = try await releases.albumsOfFollowed(weeks: weeks, most: RefreshReleases.mostOfFollowed)
    return followed.isEmpty ? .albums(try await search(), .search) : .known(followed, .followed)
  }

  private func browse() async throws -> [Album] {
    try await pages(of: .newReleases) { offset, size in
      try await access.perform { token throws(SpotifyError) in
        try await spotify.newReleases(offset: offset, limit: size, token: token)
      }
    }
  }

  private func search() async throws -> [Album] {
    try await pages(of: .search) { offset, size in
      try await access.perform { token throws(SpotifyError) in
        try await spotify.searchAlbums(query: "tag:new", offset: offset, limit: size, token: token)
      }
    }
  }

  /// Reads pages until the total, the bound or a page that brings nothing.
  private func pages(
    of endpoint: PagedEndpoint, _ page: (_ offset: Int, _ size: Int) async throws -> AlbumsPage
  ) async throws -> [Album] {
    let requests = RequestCounter()
    var albums: [Album] = []
    var seen: Set<AlbumID> = []
    var offset = 0
    while offset < RefreshReleases.mostReleases {
      let (answer, size) = try await sizes.ask(endpoint) { size in
        try await pacer.send(counting: requests) { try await page(offset, size) }
      }
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
