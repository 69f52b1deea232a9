import Domain
import Secrets

extension SpotifyClient {
  /// `GET /artists/{id}/albums` of one group, newest first (seen, not documented). Development Mode allows pages of
  /// 10, others of 50; a larger one is `badRequest`.
  package func albums(
    of artist: ArtistID, group: String, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> AlbumsPage {
    let page: AlbumsPayload.Page = try await get(
      "/artists/\(FormEncoding.escape(artist.rawValue))/albums", in: .artistAlbums,
      [("include_groups", group), ("limit", "\(limit)"), ("offset", "0")], token)
    return page.albumsPage
  }
}
