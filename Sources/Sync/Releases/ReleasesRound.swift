import Domain
import Logging
import Reactor
import SpotifyAPI
import Storage

/// What a run over artists has in hand: whom to ask for next, who is being asked for, and how far it is.
///
/// Artists are taken from the database a few ahead of the requests, so that these never wait for it.
final class ReleasesRound: Sendable {
  enum Answer: Sendable {
    case found(ArtistAlbums.Found)
    case failed(ArtistID, any Error)
  }

  private struct State {
    let followed: Int
    var settled: Int
    var added: Int
    var waiting: [ArtistID] = []
    /// Taken, and neither kept nor put off.
    var hand: Set<ArtistID> = []
    var taken = 0
    var unanswered = 0
    var unansweredInARow = 0
    /// Why nobody is asked for any more.
    var refusal: (any Error)?
  }

  private let albums: ArtistAlbums
  private let claim: RunClaim
  private let requests: RequestCounter
  private let inParallel: Int
  private let logger: Logger
  private let state: Locked<State>

  private static let artistsPerRun = 200
  /// Longer than those in hand take, so that an artist is not asked for twice; a worker that died keeps it from
  /// others for as long.
  private static let lease = Duration.seconds(180)
  /// How long an artist is left alone whose albums alone can't be had.
  static let restOfUnanswered = Duration.seconds(3_600)
  /// Artists in a row without an answer: then it isn't them.
  private static let mostUnanswered = 4

  init(
    _ standing: ArtistAlbums.Standing, albums: ArtistAlbums, claim: RunClaim, requests: RequestCounter,
    inParallel: Int, logger: Logger
  ) {
    self.albums = albums
    self.claim = claim
    self.requests = requests
    self.inParallel = inParallel
    self.logger = logger
    state = Locked(State(followed: standing.followed, settled: standing.settled, added: standing.added))
  }

  var isEmpty: Bool { state.withLock { $0.waiting.isEmpty } }
  var added: Int { state.withLock { $0.added } }
  var unanswered: Int { state.withLock { $0.unanswered } }

  func progress() -> SyncRun.Progress {
    state.withLock { SyncRun.Progress(done: $0.settled, total: $0.followed, unit: "artists") }
  }

  /// Takes artists when few are left, at most `limit` now and so many in a whole run.
  func refill(_ limit: Int) async throws {
    let (wanted, hand) = state.withLock { state in
      state.waiting.count >= inParallel || state.refusal != nil
        ? (0, []) : (min(limit, ReleasesRound.artistsPerRun - state.taken), Array(state.hand))
    }
    guard wanted > 0 else { return }
    let taken = try await albums.take(wanted, for: claim, besides: hand, lease: ReleasesRound.lease)
    state.withLock { state in
      state.waiting += taken
      state.hand.formUnion(taken)
      state.taken += taken.count
    }
  }

  func next() -> ArtistID? {
    state.withLock { $0.refusal == nil && !$0.waiting.isEmpty ? $0.waiting.removeFirst() : nil }
  }

  /// Counts an answer, in the order of arrival.
  func receive(_ answer: Answer) {
    state.withLock { state in
      switch answer {
      case .found:
        state.settled += 1
        state.unansweredInARow = 0
      case .failed(_, let error) where ArtistAlbumsReader.concernsArtistAlone(error):
        state.unanswered += 1
        state.unansweredInARow += 1
        if state.unansweredInARow >= ReleasesRound.mostUnanswered { state.refusal = state.refusal ?? error }
      case .failed(_, let error):
        state.refusal = state.refusal ?? error
      }
    }
  }

  /// Keeps what was found and puts off who alone can't be had.
  ///
  /// - Returns: whether the run was asked to stop.
  /// - Throws: why nobody is asked for any more, once what was found is kept.
  func keep(_ answers: [Answer], _ progress: SyncRun.Progress) async throws -> Bool {
    var found: [ArtistAlbums.Found] = []
    var alone: [ArtistID] = []
    for answer in answers {
      switch answer {
      case .found(let artist): found.append(artist)
      case .failed(let artist, let error):
        guard ArtistAlbumsReader.concernsArtistAlone(error) else { continue }
        logger.warning("an artist's albums can't be had", ["artist": artist.rawValue, "error": "\(error)"])
        alone.append(artist)
      }
    }
    var cancelRequested = false
    if !found.isEmpty {
      let kept = try await albums.keep(
        found, for: claim, progress: progress, requestsMade: requests.count)
      cancelRequested = kept.cancelRequested
      state.withLock { state in
        state.added = kept.added
        state.hand.subtract(found.map(\.artist))
      }
    }
    if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    if !alone.isEmpty {
      try await albums.release(alone, of: claim, for: ReleasesRound.restOfUnanswered)
      state.withLock { $0.hand.subtract(alone) }
    }
    return cancelRequested
  }

  /// Makes what is in hand anybody's again; when this fails, the lease ends by itself.
  func letGo() async {
    let hand = state.withLock { Array($0.hand) }
    do { try await albums.release(hand, of: claim, for: .zero) } catch {
      logger.debug("artists stay leased for a while", ["error": error.description])
    }
  }
}
