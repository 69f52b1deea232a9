import Domain
import FoundationEssentials

/// A page of saved tracks, slot by slot: what can't be kept still counts as a position.
package struct SavedTracksPage: Sendable {
  package enum Slot: Sendable {
    case track(Track, addedAt: Date, isPlayable: Bool?)
    /// Spotify sent null in this place.
    case null
    /// Something came that can't be kept; its key when at least that could be read.
    case malformed(TrackKey?)
  }

  package let offset: Int
  package let total: Int
  package let slots: [Slot]
}

/// A page of albums. `received` counts what came, `albums` what could be kept.
package struct AlbumsPage: Sendable {
  package let total: Int
  package let received: Int
  package let albums: [Album]
}

/// Who the token belongs to.
package struct SpotifyProfile: Sendable {
  package let id: SpotifyUserID
  package let displayName: String?
  package let imageURL: String?
}

struct ProfilePayload: Decodable {
  let id: String
  let displayName: String?
  let images: [Lenient<ImagePayload>]?

  private enum CodingKeys: String, CodingKey {
    case id, images
    case displayName = "display_name"
  }

  /// Nil for nobody.
  var profile: SpotifyProfile? {
    guard id.isUsableID else { return nil }
    return SpotifyProfile(id: SpotifyUserID(id), displayName: displayName, imageURL: images?.preferred)
  }
}

struct SavedTracksPayload: Decodable {
  struct Element: Decodable {
    let addedAt: String?
    let track: Lenient<TrackPayload>

    private enum CodingKeys: String, CodingKey {
      case track
      case addedAt = "added_at"
    }
  }

  let items: [Lenient<Element>]
  let total: LenientInt
  /// Taken for the one that was asked for when it is missing.
  let offset: LenientInt?

  func page(askedFor asked: Int) -> SavedTracksPage {
    SavedTracksPage(
      offset: offset?.value ?? asked, total: total.value, slots: items.map(SavedTracksPayload.slot))
  }

  private static func slot(_ element: Lenient<Element>) -> SavedTracksPage.Slot {
    guard case .value(let element) = element else {
      if case .null = element { return .null }
      return .malformed(nil)
    }
    switch element.track {
    case .null: return .null
    case .malformed: return .malformed(nil)
    case .value(let payload):
      guard let track = payload.track, let addedAt = element.addedAt.flatMap(Timestamp.date) else {
        return .malformed(payload.key)
      }
      return .track(track, addedAt: addedAt, isPlayable: payload.isPlayable)
    }
  }
}

struct AlbumsPayload: Decodable {
  struct Page: Decodable {
    let items: [Lenient<AlbumPayload>]
    let total: LenientInt

    var albumsPage: AlbumsPage {
      AlbumsPage(
        total: total.value, received: items.count,
        albums: items.compactMap { element in
          if case .value(let payload) = element { payload.album } else { nil }
        })
    }
  }

  let albums: Page

  func page() -> AlbumsPage { albums.albumsPage }
}
