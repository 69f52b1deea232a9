import Domain
import FoundationEssentials
import Secrets

/// A page of what is in a playlist, slot by slot, in the playlist's order.
package struct PlaylistItemsPage: Sendable {
  package enum Slot: Sendable {
    case track(Track, addedAt: Date?, isPlayable: Bool?)
    case episode(Episode, addedAt: Date?, isPlayable: Bool?)
    /// A place without content: what was in it can't be had any more.
    case unavailable(addedAt: Date?)
    /// The place itself came as null.
    case null
    /// Something came that can't be kept; the track's key or the episode's id when that could be read.
    case malformed(String?)
  }

  package let offset: Int
  package let total: Int
  package let slots: [Slot]
}

extension SpotifyClient {
  /// `GET /playlists/{id}/items`, in the playlist's order. The largest page is 50.
  ///
  /// - Throws: `forbidden` when the app may not see what is in it, which in Development Mode is everything that
  ///   is neither the person's own nor collaborative; `notFound` for an unknown one, and for Spotify's own
  ///   playlists, which answer with nothing.
  package func playlistItems(
    _ id: PlaylistID, offset: Int, limit: Int, token: borrowing SecretBytes
  ) async throws(SpotifyError) -> PlaylistItemsPage {
    let payload: PlaylistItemsPayload? = try await get(
      "/playlists/\(FormEncoding.escape(id.rawValue))/items", in: .playlistItems,
      [("offset", "\(offset)"), ("limit", "\(limit)"), ("additional_types", "track,episode")], token)
    guard let page = payload?.page(askedFor: offset) else {
      throw SpotifyError(.notFound, status: 200, "a playlist's contents came as nothing")
    }
    guard page.offset == offset, page.slots.count <= limit, page.total >= 0 else {
      throw SpotifyError(.malformed, "asked for \(limit) items at \(offset), got another page")
    }
    return page
  }
}

struct PlaylistItemsPayload: Decodable {
  struct Element: Decodable {
    let addedAt: String?
    /// Apps in Development Mode get `item`, older ones both, recordings from before 2026 `track` alone.
    let item: Lenient<PlayablePayload>?
    let track: Lenient<PlayablePayload>?

    private enum CodingKeys: String, CodingKey {
      case item, track
      case addedAt = "added_at"
    }
  }

  let items: [Lenient<Element>]?
  let total: LenientInt?
  /// Taken for the one that was asked for when it is missing.
  let offset: LenientInt?

  /// Nil for an empty object, which is what some of Spotify's own playlists are to some apps.
  func page(askedFor asked: Int) -> PlaylistItemsPage? {
    guard let items, let total else { return nil }
    return PlaylistItemsPage(
      offset: offset?.value ?? asked, total: total.value, slots: items.map(PlaylistItemsPayload.slot))
  }

  private static func slot(_ element: Lenient<Element>) -> PlaylistItemsPage.Slot {
    switch element {
    case .null: return .null
    case .malformed: return .malformed(nil)
    case .value(let element):
      let addedAt = element.addedAt.flatMap(Timestamp.date)
      switch [element.item, element.track].lazy.compactMap({ $0 }).first(where: { $0.content != nil }) {
      case .value(.track(let payload)):
        guard let track = payload.track else { return .malformed(payload.key?.rawValue) }
        return .track(track, addedAt: addedAt, isPlayable: payload.isPlayable)
      case .value(.episode(let payload)):
        guard let episode = payload.episode else { return .malformed(payload.usableID) }
        return .episode(episode, addedAt: addedAt, isPlayable: payload.isPlayable)
      case .value(.other(let id)): return .malformed(id)
      default: return element.isMalformed ? .malformed(nil) : .unavailable(addedAt: addedAt)
      }
    }
  }
}

extension PlaylistItemsPayload.Element {
  fileprivate var isMalformed: Bool {
    [item, track].contains { if case .malformed = $0 { true } else { false } }
  }
}

/// What a playlist can hold; `type` tells.
enum PlayablePayload: Decodable {
  case track(TrackPayload)
  case episode(EpisodePayload)
  /// A kind that Spotify thought of later.
  case other(id: String?)

  private enum CodingKeys: String, CodingKey {
    case id, type
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decodeIfPresent(String.self, forKey: .type) {
    case "track", nil: self = .track(try TrackPayload(from: decoder))
    case "episode": self = .episode(try EpisodePayload(from: decoder))
    default:
      let id = try container.decodeIfPresent(String.self, forKey: .id)
      self = .other(id: id.flatMap { $0.isUsableID ? $0 : nil })
    }
  }
}

struct EpisodePayload: Decodable {
  struct Show: Decodable {
    let id: String?
    let name: String?
  }

  let id: String?
  let uri: String?
  let name: String?
  let show: Lenient<Show>?
  let durationMilliseconds: LenientInt?
  let explicit: Bool?
  let releaseDate: String?
  let images: Lenient<[Lenient<ImagePayload>]>?
  let isPlayable: Bool?

  private enum CodingKeys: String, CodingKey {
    case id, uri, name, show, explicit, images
    case durationMilliseconds = "duration_ms"
    case releaseDate = "release_date"
    case isPlayable = "is_playable"
  }

  var usableID: String? { id.flatMap { $0.isUsableID ? $0 : nil } }

  var episode: Episode? {
    guard let usableID, let name else { return nil }
    return Episode(
      id: EpisodeID(usableID), uri: uri ?? "spotify:episode:\(usableID)", name: name,
      showID: show?.content?.id,
      showName: show?.content?.name, durationMilliseconds: durationMilliseconds?.value ?? 0,
      isExplicit: explicit ?? false, releaseDate: releaseDate, imageURL: images?.content?.preferred)
  }
}
