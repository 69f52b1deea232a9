import Domain
import Secrets

/// A page of followed artists, slot by slot: what can't be kept still counts as one.
package struct FollowedArtistsPage: Sendable {
  package enum Slot: Sendable {
    case artist(Artist)
    /// Spotify sent null in this place.
    case null
    /// Something came that can't be kept; who it is when at least that could be read.
    case malformed(ArtistID?)
  }

  package let slots: [Slot]
  /// Known to be wrong or late (spotify/web-api issues 275 and 1295); nil when it doesn't say.
  package let total: Int?
  /// What leads to the next page; nil on the last one.
  package let cursor: String?
}

extension SpotifyClient {
  /// `GET /me/following?type=artist`: by cursor, which is the last artist of the page before. The largest page is
  /// 50; some people's answer 502 above 25.
  package func followedArtists(
    after cursor: String?, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> FollowedArtistsPage {
    var query = [("type", "artist"), ("limit", "\(limit)")]
    if let cursor { query.append(("after", cursor)) }
    let payload: FollowedArtistsPayload = try await get("/me/following", in: .following, query, token)
    return payload.page
  }
}

struct FollowedArtistsPayload: Decodable {
  struct Page: Decodable {
    struct Cursors: Decodable {
      let after: String?
    }

    let items: [Lenient<ArtistPayload>]
    let total: Lenient<LenientInt>?
    let cursors: Cursors?
  }

  let artists: Page

  var page: FollowedArtistsPage {
    var total: Int?
    if case .value(let number)? = artists.total, number.value >= 0 { total = number.value }
    // `next` isn't asked: with a cursor there may be more, whatever it says.
    let cursor = artists.cursors?.after.flatMap { $0.isUsableID ? $0 : nil }
    return FollowedArtistsPage(
      slots: artists.items.map(FollowedArtistsPayload.slot), total: total, cursor: cursor)
  }

  private static func slot(_ element: Lenient<ArtistPayload>) -> FollowedArtistsPage.Slot {
    switch element {
    case .null: .null
    case .malformed: .malformed(nil)
    case .value(let payload):
      payload.artist.map { .artist($0) } ?? .malformed(payload.artistID)
    }
  }
}
