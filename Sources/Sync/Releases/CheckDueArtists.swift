import Accounts
import Domain
import FoundationEssentials
import Logging
import Reactor
import SpotifyAPI
import Storage

/// Asks for the albums of followed artists whose turn has come, a few at a time, for everybody and nobody's run.
package struct CheckDueArtists: Sendable {
  private let albums: ArtistAlbums
  private let news: NewsOfFollowed
  private let reader: ArtistAlbumsReader
  private let logger: Logger
  private let rest = Locked(Rest())

  /// After a refusal nobody is asked for until then.
  private struct Rest {
    var until = ContinuousClock.now
    var refusals = 0
  }

  private static let atOnce = 4
  private static let lease = Duration.seconds(120)
  /// Nobody waits: a longer pause is another round's.
  private static let patience = Duration.seconds(2)
  private static let shortestRest = Duration.seconds(60)

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, sizes: PageSizes, pace: ArtistPace,
    albums: ArtistAlbums, news: NewsOfFollowed, logger: Logger
  ) {
    self.albums = albums
    self.news = news
    self.logger = logger
    reader = ArtistAlbumsReader(
      access: access, spotify: spotify, pacer: pacer, requests: RequestCounter(), sizes: sizes, pace: pace,
      patience: CheckDueArtists.patience)
  }

  /// Asks for a few that are due. What Spotify refuses is due again later.
  package func callAsFunction() async throws {
    guard rest.withLock({ $0.until <= .now }) else { return }
    let holder = UUID()
    let due = try await albums.takeDue(CheckDueArtists.atOnce, holder: holder, lease: CheckDueArtists.lease)
    guard !due.isEmpty else { return }
    var found: [ArtistAlbums.Found] = []
    var left = due
    var alone: (any Error)?
    do {
      while let artist = left.first {
        do {
          found.append(try await reader.albums(of: artist))
        } catch  where ArtistAlbumsReader.concernsArtistAlone(error) {
          // One may be odd; when nobody can be had, it isn't them.
          if found.isEmpty, alone != nil { throw error }
          alone = error
          logger.warning("an artist's albums can't be had", ["artist": artist.rawValue, "error": "\(error)"])
          try await albums.release([artist], of: holder, for: ReleasesRound.restOfUnanswered)
        }
        left.removeFirst()
      }
      rest.withLock { $0.refusals = 0 }
    } catch {
      if !found.isEmpty { try await keep(found) }
      try await albums.release(left, of: holder, for: .zero)
      if error is CancellationError || (error as? SpotifyError)?.code == .cancelled { throw error }
      pause(after: error)
      return
    }
    if !found.isEmpty { try await keep(found) }
  }

  private func keep(_ found: [ArtistAlbums.Found]) async throws {
    if try await albums.keep(found) > 0 { await news.tell() }
  }

  private func pause(after error: any Error) {
    let pause = rest.withLock { rest in
      rest.refusals += 1
      let pause = max(
        CheckDueArtists.shortestRest,
        (error as? SpotifyError)?.retryAfter ?? RunDecision.backoff(attempt: rest.refusals))
      rest.until = .now + pause
      return pause
    }
    logger.warning(
      "the artists who are due wait", ["error": "\(error)", "again_in_s": pause.components.seconds])
  }
}
