import Accounts
import Domain
import Logging
import SpotifyAPI
import Storage

/// Asks Spotify for artists that somebody looked at: picture and genres are told nowhere else.
package struct FetchWantedArtists: Sendable {
  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let releases: Releases
  private let logger: Logger

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, releases: Releases, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.releases = releases
    self.logger = logger
  }

  /// Fetches the artist that was wanted first.
  ///
  /// - Returns: false when none is wanted, or Spotify can't be asked now.
  package func next() async throws -> Bool {
    guard let id = try await releases.takeWantedArtist() else { return false }
    do {
      let artist = try await pacer.send(counting: RequestCounter()) {
        try await access.perform { token throws(SpotifyError) in try await spotify.artist(id, token: token) }
      }
      try await releases.store(artist)
      return true
    } catch let error as SpotifyError {
      // It is wanted again when somebody looks again; nothing is lost but the picture until then.
      logger.warning("an artist was not fetched", ["artist": id.rawValue, "error": error.description])
      try await releases.dropWish(for: id)
      return false
    }
  }
}
