import Domain
import FoundationEssentials
import Secrets

/// A page of somebody's playlists, slot by slot.
package struct PlaylistsPage: Sendable {
  package enum Slot: Sendable {
    case playlist(Playlist)
    /// Spotify sent null in this place: its own playlists, for apps that may not see them any more.
    case null
    /// Something came that can't be kept; its id when at least that could be read.
    case malformed(PlaylistID?)
  }

  package let offset: Int
  package let total: Int
  package let slots: [Slot]
}

extension SpotifyClient {
  /// `GET /me/playlists`, in the person's order. The largest page is 50.
  package func playlists(
    offset: Int, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> PlaylistsPage {
    let payload: PlaylistsPayload = try await get(
      "/me/playlists", in: .playlists, [("offset", "\(offset)"), ("limit", "\(limit)")], token)
    let page = payload.page(askedFor: offset)
    guard page.offset == offset, page.slots.count <= limit, page.total >= 0 else {
      throw SpotifyError(.malformed, "asked for \(limit) playlists at \(offset), got another page")
    }
    return page
  }
}

struct PlaylistsPayload: Decodable {
  let items: [Lenient<PlaylistPayload>]
  let total: LenientInt
  /// Taken for the one that was asked for when it is missing.
  let offset: LenientInt?

  func page(askedFor asked: Int) -> PlaylistsPage {
    PlaylistsPage(
      offset: offset?.value ?? asked, total: total.value,
      slots: items.map { element in
        switch element {
        case .null: .null
        case .malformed: .malformed(nil)
        case .value(let payload):
          payload.playlist.map(PlaylistsPage.Slot.playlist) ?? .malformed(payload.playlistID)
        }
      })
  }
}

struct PlaylistPayload: Decodable {
  struct Owner: Decodable {
    let id: String?
    let displayName: String?

    private enum CodingKeys: String, CodingKey {
      case id
      case displayName = "display_name"
    }
  }

  /// How much is in it: `items`, or `tracks` as it was called before 2026; absent for contents not shown.
  struct Summary: Decodable {
    let total: LenientInt?
  }

  let id: String?
  let uri: String?
  let name: String?
  let description: String?
  let owner: Lenient<Owner>?
  let isPublic: Bool?
  let collaborative: Bool?
  let snapshotID: String?
  let images: Lenient<[Lenient<ImagePayload>]>?
  let items: Lenient<Summary>?
  let tracks: Lenient<Summary>?

  private enum CodingKeys: String, CodingKey {
    case id, uri, name, description, owner, collaborative, images, items, tracks
    case isPublic = "public"
    case snapshotID = "snapshot_id"
  }

  var playlistID: PlaylistID? { id.flatMap { $0.isUsableID ? PlaylistID($0) : nil } }

  /// Nil without an id or a name; everything else may be missing.
  var playlist: Playlist? {
    guard let playlistID, let name else { return nil }
    return Playlist(
      id: playlistID, uri: uri ?? "spotify:playlist:\(playlistID)", name: name, description: description,
      owner: owner?.content.flatMap { owner in
        owner.id.flatMap { $0.isUsableID ? SpotifyUserID($0) : nil }
          .map { Playlist.Owner(id: $0, displayName: owner.displayName) }
      },
      isPublic: isPublic, isCollaborative: collaborative ?? false, snapshotID: snapshotID,
      totalItems: items?.content?.total?.value ?? tracks?.content?.total?.value,
      imageURL: images?.content?.preferred)
  }
}
