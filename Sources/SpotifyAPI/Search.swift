import Domain
import Secrets

extension SpotifyClient {
  /// Somebody waits for it.
  private static let searchDeadline = Duration.seconds(5)

  /// `GET /search` for one type, best first. Every app may have 10 at once.
  package func search(
    _ query: String, for type: SearchType, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> CatalogueItems {
    let payload: SearchPayload = try await get(
      "/search", in: .search, [("q", query), ("type", type.rawValue), ("limit", "\(limit)")], token,
      deadline: SpotifyClient.searchDeadline)
    guard let items = payload.items(type) else {
      throw SpotifyError(.malformed, "asked for \(type.rawValue)s, got something else")
    }
    return items
  }
}

struct SearchPayload: Decodable {
  struct Page<Element: Decodable>: Decodable {
    let items: [Lenient<Element>]

    func whole<Kept>(_ keep: (Element) -> Kept?) -> [Kept] {
      items.compactMap { element in if case .value(let payload) = element { keep(payload) } else { nil } }
    }
  }

  let artists: Page<ArtistPayload>?
  let albums: Page<AlbumPayload>?
  let tracks: Page<TrackPayload>?

  func items(_ type: SearchType) -> CatalogueItems? {
    switch type {
    case .artist: artists.map { .artists($0.whole(\.artist)) }
    case .album: albums.map { .albums($0.whole(\.album)) }
    case .track: tracks.map { .tracks($0.whole(\.track)) }
    }
  }
}
