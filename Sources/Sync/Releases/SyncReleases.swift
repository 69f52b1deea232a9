import Accounts
import Domain
import Logging
import SpotifyAPI
import Storage

/// Whom a person follows is being read: their releases come after it.
package struct FollowsUnderWay: Error {
  package init() {}
}

/// Asks for the albums and singles of the artists whom a person follows: of those nobody has asked for yet, and of
/// those whose turn is now. Each artist is asked for once for everybody, with the app's own token, at its own pace.
///
/// What is done is kept artist by artist: a limit of Spotify's, or a worker's end, costs nothing of it. A run asks
/// for so many artists at most and leaves the rest to the background and the next one, so that none is open for long.
package struct SyncReleases: Sendable {
  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let sizes: PageSizes
  private let pace: ArtistPace
  private let albums: ArtistAlbums
  private let news: NewsOfFollowed
  private let artistsInParallel: Int
  private let logger: Logger

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, sizes: PageSizes, pace: ArtistPace,
    albums: ArtistAlbums, news: NewsOfFollowed, artistsInParallel: Int, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.sizes = sizes
    self.pace = pace
    self.albums = albums
    self.news = news
    self.artistsInParallel = max(1, artistsInParallel)
    self.logger = logger
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    let standing = try await albums.standing(of: claim)
    if standing.isListUnderWay { throw FollowsUnderWay() }
    let round = ReleasesRound(
      standing, albums: albums, claim: claim, requests: requests, inParallel: artistsInParallel,
      logger: logger)
    do {
      try await askAll(round, spotify.with(claim.priority), requests)
    } catch {
      await round.letGo()
      if round.added > standing.added { await news.tell() }
      throw error
    }
    if round.added > standing.added { await news.tell() }
    try await finish(round, claim, requests)
  }

  private func askAll(
    _ round: ReleasesRound, _ spotify: SpotifyClient, _ requests: RequestCounter
  ) async throws {
    let reader = ArtistAlbumsReader(
      access: access, spotify: spotify, pacer: pacer, requests: requests, sizes: sizes, pace: pace)
    if !sizes.isKnown(.artistAlbums) {
      // The first alone: it finds out how large a page may be.
      try await round.refill(1)
      try await ask(round, reader, inParallel: 1, ahead: 0)
    }
    let ahead = 2 * artistsInParallel
    try await round.refill(ahead)
    while !round.isEmpty {
      try await ask(round, reader, inParallel: artistsInParallel, ahead: ahead)
      try await round.refill(ahead)
    }
  }

  /// - Parameter ahead: how many more to take meanwhile.
  private func ask(
    _ round: ReleasesRound, _ reader: ArtistAlbumsReader, inParallel: Int, ahead: Int
  ) async throws {
    let window = ParallelFetch<ArtistID, ReleasesRound.Answer>(
      inParallel: inParallel,
      fetch: { artist in
        do { return .found(try await reader.albums(of: artist)) } catch {
          try Task.checkCancellation()
          return .failed(artist, error)
        }
      },
      stage: { answers, progress in
        async let refilled: Void = round.refill(ahead)
        let cancelRequested = try await round.keep(answers, progress)
        try await refilled
        return cancelRequested
      })
    try await window(next: round.next, receive: round.receive, progress: round.progress)
  }

  private func finish(_ round: ReleasesRound, _ claim: RunClaim, _ requests: RequestCounter) async throws {
    // Others may have asked for some of them meanwhile.
    let standing = try await albums.standing(of: claim)
    let rest = max(0, standing.followed - standing.settled)
    let unanswered = min(rest, round.unanswered)
    let gaps = [
      Gap(reason: .unanswered, count: unanswered), Gap(reason: .deferred, count: rest - unanswered),
    ].filter { $0.count > 0 }
    let full = standing.followed * ArtistAlbumsReader.groups.count
    try await albums.finish(
      RunOutcome(
        mode: .due, changes: SyncRun.Changes(added: round.added), gaps: gaps,
        progress: SyncRun.Progress(done: standing.settled, total: standing.followed, unit: "artists"),
        requests: SyncRun.Requests(made: requests.count, saved: max(0, full - requests.count))),
      of: claim)
  }
}
