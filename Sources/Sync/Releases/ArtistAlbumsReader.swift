import Accounts
import Domain
import Logging
import Reactor
import SpotifyAPI
import Storage

/// Fetches an artist's newest albums and singles: the first page of each group, as large as the app may have it.
struct ArtistAlbumsReader: Sendable {
  let access: AppAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let capabilities: AppCapabilities
  let app: AppID
  let logger: Logger
  /// Nil while nobody has asked yet what this app may.
  private let pageSize = Locked<Int?>(nil)

  /// What is asked for, one request each.
  static let groups = ["album", "single"]
  private static let largePage = 50
  /// What every app may have.
  private static let smallPage = 10

  /// An artist that Spotify doesn't know any more has none.
  func albums(of artist: ArtistID) async throws -> [(album: Album, group: String)] {
    var found: [(album: Album, group: String)] = []
    for group in ArtistAlbumsReader.groups {
      do {
        let page = try await page(of: artist, group)
        found += page.albums.map { (album: $0, group: group) }
      } catch let error as SpotifyError where error.code == .notFound {
        return []
      }
    }
    return found
  }

  private func page(
    of artist: ArtistID, _ group: String
  ) async throws -> AlbumsPage {
    let size = try await size()
    do {
      return try await page(of: artist, group, size: size)
    } catch let error as SpotifyError where error.code == .badRequest && size > ArtistAlbumsReader.smallPage {
      // Development Mode answers 400 "Invalid limit" above ten.
      let page = try await page(of: artist, group, size: ArtistAlbumsReader.smallPage)
      logger.info("this app may have small pages of albums only", ["error": error.description])
      pageSize.withLock { $0 = ArtistAlbumsReader.smallPage }
      try await capabilities.remember(.largeAlbumPages, app: app, isAllowed: false)
      return page
    }
  }

  private func size() async throws -> Int {
    if let size = pageSize.withLock({ $0 }) { return size }
    let mayTry = try await capabilities.mayTry(.largeAlbumPages, app: app)
    let size = mayTry ? ArtistAlbumsReader.largePage : ArtistAlbumsReader.smallPage
    pageSize.withLock { $0 = size }
    return size
  }

  private func page(
    of artist: ArtistID, _ group: String, size: Int
  ) async throws -> AlbumsPage {
    try await pacer.send(counting: requests) {
      try await access.perform { token throws(SpotifyError) in
        try await spotify.albums(of: artist, group: group, limit: size, token: token)
      }
    }
  }
}
