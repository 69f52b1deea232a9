import Accounts
import Domain
import Logging
import SpotifyAPI
import Storage

/// Whom a person follows is being read: their releases come after it.
package struct FollowsUnderWay: Error {
  package init() {}
}

/// Asks for the albums and singles of the artists whom a person follows. Each artist is asked for once for
/// everybody, with the app's own token, and not again before the answer has grown old.
///
/// What is done is kept artist by artist: a limit of Spotify's, or a worker's end, costs nothing of it. A run asks
/// for so many artists at most and leaves the rest to the next one, so that none is open for long.
package struct SyncReleases: Sendable {
  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let capabilities: AppCapabilities
  private let app: AppID
  private let albums: ArtistAlbums
  private let maximumAge: Duration
  private let artistsInParallel: Int
  private let logger: Logger

  package static let artistsPerRun = 200
  /// Longer than a batch takes, so that an artist is not asked for twice; a worker that died keeps it from
  /// others for as long.
  private static let lease = Duration.seconds(180)
  /// How long an artist is left alone whose albums alone can't be had.
  private static let restOfUnanswered = Duration.seconds(3_600)
  /// Artists in a row without an answer: then it isn't them.
  private static let mostUnanswered = 4

  /// - Parameter maximumAge: how long an answer holds for everybody.
  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, capabilities: AppCapabilities, app: AppID,
    albums: ArtistAlbums, maximumAge: Duration, artistsInParallel: Int, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.capabilities = capabilities
    self.app = app
    self.albums = albums
    self.maximumAge = maximumAge
    self.artistsInParallel = max(1, artistsInParallel)
    self.logger = logger
  }

  private enum Answer: Sendable {
    case albums([(album: Album, group: String)])
    case failed(any Error)
  }

  /// How far a run is.
  private struct Advance {
    let followed: Int
    var fresh: Int
    var added: Int
    var asked = 0
    var unanswered = 0
    var unansweredInARow = 0

    var progress: SyncRun.Progress { SyncRun.Progress(done: fresh, total: followed, unit: "artists") }
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    let reader = ArtistAlbumsReader(
      access: access, spotify: spotify.with(claim.priority), pacer: pacer, requests: requests,
      capabilities: capabilities,
      app: app,
      logger: logger)
    let standing = try await albums.standing(of: claim, maximumAge: maximumAge)
    if standing.isListUnderWay { throw FollowsUnderWay() }
    var advance = Advance(followed: standing.followed, fresh: standing.fresh, added: standing.added)
    // The first alone: it finds out how large a page may be.
    var batchSize = 1
    while advance.asked < SyncReleases.artistsPerRun {
      let batch = try await albums.take(
        min(batchSize, SyncReleases.artistsPerRun - advance.asked), for: claim, maximumAge: maximumAge,
        lease: SyncReleases.lease)
      if batch.isEmpty { break }
      try await ask(batch, &advance, claim, reader)
      batchSize = artistsInParallel
    }
    try await finish(advance, claim, requests)
  }

  private func ask(
    _ batch: [ArtistID], _ advance: inout Advance, _ claim: RunClaim, _ reader: ArtistAlbumsReader
  ) async throws {
    var left = Set(batch)
    var refusal: (any Error)?
    do {
      try await withThrowingTaskGroup(of: (ArtistID, Answer).self) { group in
        for artist in batch { group.addTask { (artist, await answer(artist, reader)) } }
        for try await (artist, answer) in group {
          advance.asked += 1
          switch answer {
          case .albums(let found):
            advance.unansweredInARow = 0
            advance.fresh += 1
            left.remove(artist)
            let kept = try await albums.keep(
              found, of: artist, for: claim, progress: advance.progress, requestsMade: reader.requests.count)
            advance.added = kept.added
            if kept.cancelRequested { throw RunCancelled() }
          case .failed(let error) where SyncReleases.concernsArtistAlone(error):
            advance.unanswered += 1
            advance.unansweredInARow += 1
            logger.warning(
              "an artist's albums can't be had", ["artist": artist.rawValue, "error": "\(error)"])
            if advance.unansweredInARow >= SyncReleases.mostUnanswered {
              refusal = refusal ?? error
            } else {
              left.remove(artist)
              try await albums.release([artist], of: claim, for: SyncReleases.restOfUnanswered)
            }
          case .failed(let error):
            refusal = refusal ?? error
          }
        }
      }
    } catch {
      refusal = error
    }
    guard let refusal else { return }
    // At once anybody's again; when this fails, the lease ends by itself.
    do { try await albums.release(Array(left), of: claim, for: .zero) } catch {
      logger.debug("artists stay leased for a while", ["error": error.description])
    }
    throw refusal
  }

  private func answer(_ artist: ArtistID, _ reader: ArtistAlbumsReader) async -> Answer {
    do { return .albums(try await reader.albums(of: artist)) } catch {
      return .failed(error)
    }
  }

  /// Whether the next artist may well be had.
  private static func concernsArtistAlone(_ error: any Error) -> Bool {
    guard let error = error as? SpotifyError, !error.isOurs else { return false }
    return switch error.code {
    case .unavailable, .malformed, .badRequest: true
    default: false
    }
  }

  private func finish(_ advance: Advance, _ claim: RunClaim, _ requests: RequestCounter) async throws {
    // Others may have asked for some of them meanwhile.
    let standing = try await albums.standing(of: claim, maximumAge: maximumAge)
    let rest = max(0, standing.followed - standing.fresh)
    let unanswered = min(rest, advance.unanswered)
    let gaps = [
      Gap(reason: .unanswered, count: unanswered), Gap(reason: .deferred, count: rest - unanswered),
    ].filter { $0.count > 0 }
    let full = standing.followed * ArtistAlbumsReader.groups.count
    try await albums.finish(
      RunOutcome(
        mode: .due, changes: SyncRun.Changes(added: advance.added), gaps: gaps,
        progress: SyncRun.Progress(done: standing.fresh, total: standing.followed, unit: "artists"),
        requests: SyncRun.Requests(made: requests.count, saved: max(0, full - requests.count))),
      of: claim)
  }
}
