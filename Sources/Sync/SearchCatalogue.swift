import Accounts
import Domain
import Logging
import SpotifyAPI
import Storage

/// Finds artists, albums or tracks by name: at Spotify, with the app's own token, and keeps what it finds; in the
/// local catalogue when Spotify can't be asked now.
package struct SearchCatalogue: Sendable {
  package enum Source: String, Sendable {
    case spotify, local
  }

  private let access: AppAccess
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let sizes: PageSizes
  private let catalogue: CatalogueSearch
  private let logger: Logger

  /// As many as every app may have in one request.
  private static let limit = 10
  /// Somebody waits for the answer.
  private static let patience = Duration.seconds(1)

  package init(
    access: AppAccess, spotify: SpotifyClient, pacer: RequestPacer, sizes: PageSizes,
    catalogue: CatalogueSearch, logger: Logger
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.sizes = sizes
    self.catalogue = catalogue
    self.logger = logger
  }

  package func callAsFunction(
    _ text: String, _ type: SearchType
  ) async throws(SyncError) -> (items: CatalogueItems, source: Source) {
    if let items = try await ask(text, type) {
      try await stored { () throws(StorageError) in try await catalogue.keep(items) }
      return (items, .spotify)
    }
    let items = try await stored { () throws(StorageError) in
      try await catalogue.find(text, type, limit: SearchCatalogue.limit)
    }
    return (items, .local)
  }

  /// Nil when Spotify can't be asked.
  private func ask(_ text: String, _ type: SearchType) async throws(SyncError) -> CatalogueItems? {
    do {
      return try await sizes.ask(.search, atMost: SearchCatalogue.limit) { limit in
        try await pacer.send(
          counting: RequestCounter(), waitingAtMost: SearchCatalogue.patience, bearing: 1
        ) {
          try await access.perform { token throws(SpotifyError) in
            try await spotify.search(text, for: type, limit: limit, token: token)
          }
        }
      }.answer
    } catch {
      if error is CancellationError || (error as? SpotifyError)?.code == .cancelled {
        throw SyncError(.cancelled, "the search was given up")
      }
      logger.warning("Spotify was not searched", ["error": "\(error)"])
      return nil
    }
  }
}
