import Glibc
import HTTPServer

/// Everything a simulator remembers. ``Simulator`` keeps it behind one lock.
struct SimulatorState {
  var configuration: SimulatorConfiguration
  let catalogue: Catalogue
  var accounts: [Account] = []
  var tokens: TokenBook
  /// Users whom Development Mode lets in; nil: the first five.
  var allowlist: [String]?
  /// What the simulator's clock is ahead of the machine's.
  var clockOffset = 0
  var latencies: [EndpointGroup: Duration] = [:]
  var faults = FaultList()
  var triggers: [ChangeTrigger] = []
  /// Why edits that waited for a request could not be done; shown with the counts.
  var failedEdits: [String] = []
  var counts = RequestCounts()
  var log: [LoggedRequest] = []
  var logged = 0
  var pages = PageCache()
  var renderer: CatalogueJSON?
  /// Where pages are written before they are copied out: fresh memory for each would cost more than the page.
  var scratch = JSONWriter(capacity: 256 << 10)
  var searchIndex: SearchIndex?
  var orderedReleases = OrderedReleases()

  static let logCapacity = 50_000

  init(_ configuration: SimulatorConfiguration) throws(SimulatorError) {
    guard let today = Timestamp.seconds(configuration.today), configuration.today.utf8.count == 10 else {
      throw SimulatorError("today is not a day (YYYY-MM-DD): \(configuration.today)")
    }
    self.configuration = configuration
    catalogue = Catalogue(seed: configuration.seed, today: today)
    tokens = TokenBook(seed: configuration.seed)
    for user in configuration.users { try add(user) }
  }

  // MARK: Time

  /// Seconds since 1970 by the simulator's clock.
  var now: Int { microseconds / 1_000_000 }

  var microseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return (time.tv_sec + clockOffset) * 1_000_000 + time.tv_nsec / 1_000
  }

  // MARK: Users

  mutating func add(_ user: SimulatorConfiguration.User) throws(SimulatorError) {
    guard !user.id.isEmpty, !user.id.contains("\n"), user.id.utf8.count <= 200 else {
      throw SimulatorError("a user's id has 1 to 200 bytes on one line")
    }
    guard (0...1_000_000).contains(user.tracks) else {
      throw SimulatorError("a user has 0 to 1000000 tracks, not \(user.tracks)")
    }
    guard (0...FollowList.most).contains(user.artists), (0...PlaylistShelf.most).contains(user.playlists)
    else {
      throw SimulatorError(
        "a user follows 0 to \(FollowList.most) artists and has 0 to \(PlaylistShelf.most) playlists")
    }
    accounts.removeAll { $0.user.id == user.id }
    accounts.append(Account(user: user))
    pages.removeAll()
  }

  func account(_ id: String) -> Int? { accounts.firstIndex { $0.user.id == id } }

  /// The library of a user, made when it is first needed.
  mutating func library(_ account: Int) -> Library {
    if let library = accounts[account].library { return library }
    let user = accounts[account].user
    let library = Library(
      seed: user.seed, count: user.tracks, catalogue: catalogue, oddities: configuration.hasOddities)
    accounts[account].library = library
    return library
  }

  /// Whom a user follows, made when it is first needed.
  mutating func follows(_ account: Int) -> FollowList {
    if let follows = accounts[account].follows { return follows }
    let user = accounts[account].user
    let follows = FollowList(seed: user.seed, count: user.artists, catalogue: catalogue)
    accounts[account].follows = follows
    return follows
  }

  /// The playlists of a user, made when they are first needed.
  mutating func shelf(_ account: Int) -> PlaylistShelf {
    if let shelf = accounts[account].shelf { return shelf }
    let user = accounts[account].user
    let shelf = PlaylistShelf(
      seed: user.seed, key: accounts[account].key, count: user.playlists, catalogue: catalogue,
      oddities: configuration.hasOddities)
    accounts[account].shelf = shelf
    return shelf
  }

  func isAllowed(_ user: String) -> Bool {
    guard configuration.mode == .development else { return true }
    return allowlist?.contains(user) ?? accounts.prefix(5).contains { $0.user.id == user }
  }
}

/// A user and, once it was asked for, what the user has.
struct Account: Sendable {
  let user: SimulatorConfiguration.User
  /// In the ids of the user's playlists.
  let key: Int
  var library: Library?
  var follows: FollowList?
  var shelf: PlaylistShelf?
  var player: Player?

  init(user: SimulatorConfiguration.User) {
    self.user = user
    key = PlaylistShelf.key(seed: user.seed, user: user.id)
  }
}
