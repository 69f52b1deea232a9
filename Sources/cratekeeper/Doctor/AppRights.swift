import Domain
import Reactor
import Secrets
import SpotifyAPI

/// The app's own token, which several requests read at once.
final class AppToken: Sendable {
  let bytes: SecretBytes

  init(_ answer: consuming TokenAnswer) { bytes = answer.accessToken.copy() }
}

/// What Spotify lets this app call, found out as the product does: by trying. Remembers nothing.
struct AppRights: Sendable {
  static let checks = ["new releases", "search pages", "album pages"]

  let token: AppToken
  let spotify: SpotifyClient
  let patience: Patience
  let spent: Locked<Int>

  private static let largePage = 50

  /// - Returns: also why the API doesn't answer at all, if so.
  func findings() async -> (findings: [Finding], silence: SpotifyError?) {
    async let browsing = releases()
    async let searching = search(limit: AppRights.largePage)
    let (browsed, searched) = (await browsing, await searching)
    if case .failure(let error) = browsed, error.status == nil, !error.isOurs {
      return (AppRights.checks.map { .notChecked($0, "the API doesn't answer") }, error)
    }
    var known = AppRights.artists(browsed) + AppRights.artists(searched)
    // Whoever may not have large pages still finds somebody to ask about.
    if known.isEmpty { known = AppRights.artists(await search(limit: 1)) }
    let albums: Finding
    if let artist = known.first {
      albums = pages(AppRights.checks[2], "an artist's albums", await self.albums(of: artist))
    } else {
      albums = .notChecked(AppRights.checks[2], "no artist was found to ask about")
    }
    return (
      [browsingFinding(browsed), pages(AppRights.checks[1], "results", searched), albums], nil
    )
  }

  private static func artists(_ answer: Result<[ArtistID], SpotifyError>) -> [ArtistID] {
    if case .success(let artists) = answer { artists } else { [] }
  }

  // MARK: Requests

  private func releases() async -> Result<[ArtistID], SpotifyError> {
    await ask { try await spotify.newReleases(offset: 0, limit: 1, token: token.bytes) }
  }

  private func search(limit: Int) async -> Result<[ArtistID], SpotifyError> {
    await ask {
      try await spotify.searchAlbums(query: "tag:new", offset: 0, limit: limit, token: token.bytes)
    }
  }

  private func albums(of artist: ArtistID) async -> Result<[ArtistID], SpotifyError> {
    await ask {
      try await spotify.albums(of: artist, group: "album", limit: AppRights.largePage, token: token.bytes)
    }
  }

  private func ask(
    _ request: @escaping @Sendable () async throws -> AlbumsPage
  ) async -> Result<[ArtistID], SpotifyError> {
    spent.withLock { $0 += 1 }
    return await patience.await { try await request().artistIDs }
      .mapError { $0 as? SpotifyError ?? SpotifyError(.unavailable, "\($0)") }
  }

  // MARK: Findings

  private func browsingFinding(_ answer: Result<[ArtistID], SpotifyError>) -> Finding {
    let check = AppRights.checks[0]
    switch answer {
    case .success: return .ok(check, "this app may browse them")
    case .failure(let error) where error.code == .forbidden || error.code == .notFound:
      return .ok(
        check,
        "this app may not browse them, as in Development Mode: the followed artists' are listed instead")
    case .failure(let error): return AppRights.unclear(check, error)
    }
  }

  private func pages(_ check: String, _ what: String, _ answer: Result<[ArtistID], SpotifyError>) -> Finding {
    switch answer {
    case .success: return .ok(check, "this app gets \(AppRights.largePage) of \(what) at once")
    case .failure(let error) where error.code == .badRequest:
      return .ok(check, "this app gets 10 of \(what) at once, as in Development Mode")
    case .failure(let error): return AppRights.unclear(check, error)
    }
  }

  private static func unclear(_ check: String, _ error: SpotifyError) -> Finding {
    switch error.code {
    case .rateLimited, .quotaExceeded:
      .warning(
        check, "\(error)",
        "wait\(error.retryAfter.map { " \($0.components.seconds) s" } ?? ""): the app's quota is used up")
    default: .warning(check, "\(error)", "try again; if it stays, look at the app's page in the dashboard")
    }
  }
}

extension AlbumsPage {
  fileprivate var artistIDs: [ArtistID] {
    albums.flatMap(\.artists).compactMap { $0.id.map { ArtistID($0) } }
  }
}
