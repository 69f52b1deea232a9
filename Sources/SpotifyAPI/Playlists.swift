import Domain
import FoundationEssentials

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

struct PlaylistsPayload: Decodable {
  let items: [Lenient<PlaylistPayload>]
  let total: LenientInt
  let offset: LenientInt

  func page() -> PlaylistsPage {
    PlaylistsPage(
      offset: offset.value, total: total.value,
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
  let images: Lenient<[ImagePayload]>?
  let items: Lenient<Summary>?
  let tracks: Lenient<Summary>?

  private enum CodingKeys: String, CodingKey {
    case id, uri, name, description, owner, collaborative, images, items, tracks
    case isPublic = "public"
    case snapshotID = "snapshot_id"
  }

  var playlistID: PlaylistID? { id.flatMap { $0.isEmpty ? nil : PlaylistID($0) } }

  /// Nil without an id or a name; everything else may be missing.
  var playlist: Playlist? {
    guard let playlistID, let name else { return nil }
    return Playlist(
      id: playlistID, uri: uri ?? "spotify:playlist:\(playlistID)", name: name, description: description,
      owner: owner?.value.flatMap { owner in
        owner.id.map { Playlist.Owner(id: SpotifyUserID($0), displayName: owner.displayName) }
      },
      isPublic: isPublic, isCollaborative: collaborative ?? false, snapshotID: snapshotID,
      totalItems: items?.value?.total?.value ?? tracks?.value?.total?.value,
      imageURL: images?.value?.preferred)
  }
}
