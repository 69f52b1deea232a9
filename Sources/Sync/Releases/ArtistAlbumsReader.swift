import Accounts
import Domain
import FoundationEssentials
import SpotifyAPI
import Storage

/// Fetches an artist's newest albums and singles: the first page of each group, as large as the app may have it.
struct ArtistAlbumsReader: Sendable {
  let access: AppAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let sizes: PageSizes
  let pace: ArtistPace
  /// What is waited for in place when Spotify asks for a pause.
  var patience = RequestPacer.longestWait

  /// What is asked for, one request each.
  static let groups = ["album", "single"]

  /// What Spotify says of the artist, and when to ask again. An artist that Spotify doesn't know any more has none.
  func albums(of artist: ArtistID) async throws -> ArtistAlbums.Found {
    var found: [(album: Album, group: String)] = []
    do {
      for group in ArtistAlbumsReader.groups {
        let page = try await page(of: artist, group)
        found += page.albums.map { (album: $0, group: group) }
      }
    } catch let error as SpotifyError where error.code == .notFound {
      found = []
    }
    let today = Int(Date().timeIntervalSince1970) / 86_400
    let pause = pace.pause(after: found.map(\.album.releaseDate), today: today)
    return ArtistAlbums.Found(artist: artist, albums: found, pause: pace.jittered(pause))
  }

  private func page(of artist: ArtistID, _ group: String) async throws -> AlbumsPage {
    try await sizes.ask(.artistAlbums) { size in
      try await pacer.send(counting: requests, waitingAtMost: patience) {
        try await access.perform { token throws(SpotifyError) in
          try await spotify.albums(of: artist, group: group, limit: size, token: token)
        }
      }
    }.answer
  }

  /// Whether the next artist may well be had.
  static func concernsArtistAlone(_ error: any Error) -> Bool {
    guard let error = error as? SpotifyError, !error.isOurs else { return false }
    return switch error.code {
    case .unavailable, .malformed, .badRequest: true
    default: false
    }
  }
}
