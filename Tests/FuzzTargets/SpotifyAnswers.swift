import Domain
import FoundationEssentials
import TestSupport

@testable import SpotifyAPI

extension FuzzTarget {
  /// Every answer of the Web API: read whole, in part or not at all, and never an id that can't be stored.
  static let spotifyAnswers = FuzzTarget(
    "spotify-answers",
    seeds: [
      "0" + Recorded.savedTracks, "1" + Recorded.newReleases, "2" + Recorded.page(of: playlist),
      "3" + Recorded.page(of: items), "4" + following, "5" + player, "6" + profile, #"6{"id":"a\u0000"}"#,
      "0" + Recorded.page(of: "null", total: "1e300", offset: "-1"),
    ],
    words: [
      "null", "\"id\":", "\"uri\":", "\"name\":", "\"items\":[", "\"item\":{", "\"track\":{", "\"added_at\":",
      "\"total\":", "\"offset\":", "\"linked_from\":{", "\"album\":{", "\"artists\":[", "\"images\":[",
      "\"type\":",
      "\"episode\"", "\"show\":{", "\"cursors\":{\"after\":", "\"duration_ms\":", "\"owner\":{", "\\u0000",
      "1e308",
      "-1", "0.5", "9223372036854775807", "9223372036854775808", "{}", "[]",
    ]
  ) { input in
    switch input.byte() {
    case UInt8(ascii: "0"): try checkSavedTracks(input.rest)
    case UInt8(ascii: "1"): try checkAlbums(input.rest)
    case UInt8(ascii: "2"): try checkPlaylists(input.rest)
    case UInt8(ascii: "3"): try checkPlaylistItems(input.rest)
    case UInt8(ascii: "4"): try checkFollowing(input.rest)
    case UInt8(ascii: "5"): try checkPlayer(input.rest)
    default: try checkProfile(input.rest)
    }
  }

  static func decoded<Payload: Decodable>(_ bytes: [UInt8], as: Payload.Type) -> Payload? {
    try? JSONDecoder().decode(Payload.self, from: Data(bytes))
  }

  private static func checkSavedTracks(_ bytes: [UInt8]) throws {
    guard let payload = decoded(bytes, as: SavedTracksPayload.self) else { return }
    let page = payload.page(askedFor: 7)
    try hold(page.slots.count == payload.items.count, "every element keeps its place")
    for slot in page.slots {
      switch slot {
      case .track(let track, let addedAt, _):
        try check(track)
        try hold(Timestamp.date(Timestamp.text(addedAt)) != nil, "a time can be written again")
      case .malformed(let key?): try hold(key.rawValue.isUsableID, "a key can be stored")
      case .malformed(nil), .null: break
      }
    }
  }

  private static func checkAlbums(_ bytes: [UInt8]) throws {
    guard let page = decoded(bytes, as: AlbumsPayload.self)?.page() else { return }
    try hold(page.albums.count <= page.received, "no album is made up")
    for album in page.albums { try hold(album.id.rawValue.isUsableID, "an album can be stored") }
  }

  private static func checkPlaylists(_ bytes: [UInt8]) throws {
    guard let payload = decoded(bytes, as: PlaylistsPayload.self) else { return }
    let page = payload.page(askedFor: 7)
    try hold(page.slots.count == payload.items.count, "every element keeps its place")
    for slot in page.slots {
      switch slot {
      case .playlist(let playlist):
        try hold(playlist.id.rawValue.isUsableID, "a playlist can be stored")
        try hold(playlist.owner?.id.rawValue.isUsableID ?? true, "an owner can be stored")
      case .malformed(let id?): try hold(id.rawValue.isUsableID, "an id can be stored")
      case .malformed(nil), .null: break
      }
    }
  }

  private static func checkPlaylistItems(_ bytes: [UInt8]) throws {
    guard let page = decoded(bytes, as: PlaylistItemsPayload.self)?.page(askedFor: 7) else { return }
    for slot in page.slots {
      switch slot {
      case .track(let track, _, _): try check(track)
      case .episode(let episode, _, _): try hold(episode.id.rawValue.isUsableID, "an episode can be stored")
      case .malformed(let id?): try hold(id.isUsableID, "an id can be stored")
      case .unavailable, .malformed(nil), .null: break
      }
    }
  }

  private static func checkFollowing(_ bytes: [UInt8]) throws {
    guard let page = decoded(bytes, as: FollowedArtistsPayload.self)?.page else { return }
    try hold((page.total ?? 0) >= 0, "a total isn't negative")
    try hold(page.cursor?.isUsableID ?? true, "a cursor can be stored")
    for slot in page.slots {
      switch slot {
      case .artist(let artist): try hold(artist.id.rawValue.isUsableID, "an artist can be stored")
      case .malformed(let id?): try hold(id.rawValue.isUsableID, "an id can be stored")
      case .malformed(nil), .null: break
      }
    }
  }

  private static func checkPlayer(_ bytes: [UInt8]) throws {
    guard let state = decoded(bytes, as: PlayerPayload.self)?.state else { return }
    let told = decoded(bytes, as: ToldPlayer.self)
    try hold(state.isPlaying == told?.isPlaying, "it plays or not, as it says")
    switch state.item {
    case .track(let track)?: try check(track)
    case .episode(let episode)?: try hold(episode.uri == told?.item?.content?.uri, "it is that episode")
    case nil: break
    }
  }

  private static func checkProfile(_ bytes: [UInt8]) throws {
    guard let payload = decoded(bytes, as: ProfilePayload.self) else { return }
    try hold(payload.profile?.id.rawValue.isUsableID ?? !payload.id.isUsableID, "a person can be stored")
  }

  private struct ToldPlayer: Decodable {
    struct Item: Decodable {
      let uri: String?
    }

    let isPlaying: Bool
    let item: Lenient<Item>?

    private enum CodingKeys: String, CodingKey {
      case item
      case isPlaying = "is_playing"
    }
  }

  static func check(_ track: Track) throws {
    try hold(track.key.rawValue.isUsableID && track.uri.isUsableID, "a track can be stored")
    try hold(track.album?.id.rawValue.isUsableID ?? true, "a track's album can be stored")
    for artist in track.artists { try hold(artist.id?.isUsableID ?? true, "a track's artist can be stored") }
  }

  private static let playlist = #"""
    {"id":"p","uri":"spotify:playlist:p","name":"P","description":"","owner":{"id":"o","display_name":null},
     "public":true,"collaborative":false,"snapshot_id":"s","images":[{"url":"https://i.example/1","width":300}],
     "items":{"total":4.0},"tracks":{"total":4}}
    """#
  private static let items = #"""
    {"added_at":"2020-02-14T17:31:47Z","item":{"type":"track","id":"t","uri":"spotify:track:t","name":"T"},
     "track":{"type":"track","id":"t"}},
    {"added_at":null,"item":{"type":"episode","id":"e","name":"E","show":{"id":"s","name":"S"},"duration_ms":1}},
    {"track":null},null,{"item":{"type":"audiobook","id":"b"}}
    """#
  private static let following = #"""
    {"artists":{"items":[{"id":"a","name":"A","genres":["x"],"images":[]},null,{"id":"b"}],"total":3,
     "cursors":{"after":"b"},"next":null}}
    """#
  private static let player = #"""
    {"is_playing":true,"currently_playing_type":"track","progress_ms":1.0,"shuffle_state":false,"repeat_state":"off",
     "item":{"type":"episode","uri":"spotify:episode:e","name":"E","show":{"id":"s","name":"S"}},
     "device":{"name":"D","type":"Computer","volume_percent":50},"context":{"uri":"spotify:album:x"}}
    """#
  private static let profile =
    #"{"id":"me","display_name":null,"images":[{"url":"https://i.example/1"},null]}"#
}
