import Domain
import FoundationEssentials

@testable import SpotifyAPI

extension FuzzTarget {
  /// What a search finds, a single artist, and the answer to whether something is in a library.
  static let spotifyCatalogue = FuzzTarget(
    "spotify-catalogue",
    seeds: [
      "0" + found, "1" + found, "2" + found, "3" + artist, "4[true,false, true ]", "4[]", "4[true,]",
      "4[1]", "4[null]", "4\u{feff}[false]", #"0{"artists":{"items":[null,1,{"id":""},{"id":"a"}]}}"#,
    ],
    words: [
      "\"artists\":", "\"albums\":", "\"tracks\":", "\"items\":[", "\"id\":", "\"uri\":", "\"name\":", "null",
      "true", "false", "\\u0000", "\"\"", "{}", "[]", "1e308",
    ]
  ) { input in
    switch input.byte() {
    case UInt8(ascii: "0"): try checkSearch(input.rest, for: .artist)
    case UInt8(ascii: "1"): try checkSearch(input.rest, for: .album)
    case UInt8(ascii: "2"): try checkSearch(input.rest, for: .track)
    case UInt8(ascii: "3"): try checkArtist(input.rest)
    default: try checkContains(input.rest)
    }
  }

  private static func checkSearch(_ bytes: [UInt8], for type: SearchType) throws {
    guard let payload = decoded(bytes, as: SearchPayload.self) else { return }
    let received = [payload.artists?.items.count, payload.albums?.items.count, payload.tracks?.items.count]
    let asked = received[SearchType.allCases.firstIndex(of: type) ?? 0]
    guard let items = payload.items(type) else {
      return try hold(asked == nil, "what was asked for is found: \(type)")
    }
    let count: Int
    switch items {
    case .artists(let artists):
      count = artists.count
      for artist in artists { try hold(artist.id.rawValue.isUsableID, "an artist can be stored") }
    case .albums(let albums):
      count = albums.count
      for album in albums { try hold(album.id.rawValue.isUsableID, "an album can be stored") }
    case .tracks(let tracks):
      count = tracks.count
      for track in tracks { try check(track) }
    }
    try hold(count <= asked ?? -1, "nothing is made up, and nothing of another type")
  }

  private static func checkArtist(_ bytes: [UInt8]) throws {
    guard let payload = decoded(bytes, as: ArtistPayload.self) else { return }
    guard let artist = payload.artist else {
      return try hold(
        payload.id?.isUsableID != true || payload.name == nil, "an id and a name are an artist")
    }
    try hold(artist.id.rawValue == payload.id && artist.id.rawValue.isUsableID, "an artist can be stored")
  }

  /// A single answer that is left out, made up or turned round would take a track out of a library.
  private static func checkContains(_ bytes: [UInt8]) throws {
    guard let answers = decoded(bytes, as: [Bool].self) else { return }
    let letters = String(decoding: bytes.filter { (0x61...0x7a).contains($0) }, as: UTF8.self)
    try hold(letters == answers.map { "\($0)" }.joined(), "the answers are those that came: \(answers)")
  }

  private static let artist =
    #"{"id":"a","name":"A","genres":["x"],"images":[{"url":"https://i.example/1"}]}"#
  private static let found = #"""
    {"artists":{"items":[{"id":"a","name":"A"},null]},
     "albums":{"items":[{"id":"b","name":"B","artists":[{"id":"a","name":"A"}],"images":[]}]},
     "tracks":{"items":[{"id":"t","uri":"spotify:track:t","name":"T","album":{"id":"b","name":"B"},"artists":[]}]}}
    """#
}
