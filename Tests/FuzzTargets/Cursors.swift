import Domain
import FoundationEssentials
import HTTPServer
import Storage

@testable import Web

extension FuzzTarget {
  /// The opaque text that says where a list goes on. It isn't signed: what a forged one holds is judged, too.
  static let cursors = FuzzTarget(
    "cursors",
    seeds: [
      Array("\u{0}\(Cursor.encode(Array("12345678id".utf8), list: "playlists q"))".utf8),
      Array("\u{0}AQ".utf8), [1, 0, 1] + Array("some position".utf8),
      [2] + [UInt8](repeating: 0xff, count: 8) + Array("id\u{0}".utf8),
      [2, 0x7f] + [UInt8](repeating: 0xff, count: 7),
      [2] + [UInt8](repeating: 0, count: 16) + Array("spotify:local:a\u{0}".utf8),
      [3] + Array("name\u{0}id".utf8), [2] + [UInt8](repeating: 1, count: 24),
    ]
  ) { input in
    switch input.byte() {
    case 0: try readAnything(input.text)
    case 1: try changeOneBit(&input)
    default:
      try forge(input.rest)
      try forgeAccount(input.rest)
    }
  }

  private static func readAnything(_ text: String) throws {
    guard let position = try refused({ () throws(Problem) in try Cursor.decode(text, list: "list") }) else {
      return
    }
    try hold(Cursor.encode(position, list: "list") == text, "a cursor has one form alone")
  }

  private static func changeOneBit(_ input: inout FuzzInput) throws {
    let place = Int(input.byte()) << 8 | Int(input.byte())
    let position = input.rest.isEmpty ? [0] : Array(input.rest.prefix(2_000))
    let cursor = Cursor.encode(position, list: "list")
    let decoded = try refused { () throws(Problem) in try Cursor.decode(cursor, list: "list") }
    try hold(decoded == position, "a position comes back as it went")
    let other = try refused { () throws(Problem) in try Cursor.decode(cursor, list: "another list") }
    try hold(other == nil, "a cursor leads nowhere in another list")

    var bytes = Array(cursor.utf8)
    bytes[place / 8 % bytes.count] ^= 1 << UInt8(place % 8)
    let changed = String(decoding: bytes, as: UTF8.self)
    let read = try refused { () throws(Problem) in try Cursor.decode(changed, list: "list") }
    try hold(read == nil, "a changed cursor is refused: \(changed) for \(cursor)")
  }

  /// Whatever is in a cursor with the right check: Postgres must be able to compare with it.
  private static func forge(_ position: [UInt8]) throws {
    func query(_ list: String) -> Query { forged(position, list) }
    if let found = try refused({ () throws(Problem) in
      try PlaylistsCursor(matching: "q").position(query("playlists q"))
    }) {
      try hold(found.map { isText($0.playlist.rawValue) } ?? false, "a playlist's position can be asked for")
    }
    _ = try refused { () throws(Problem) in
      try PlaylistItemsCursor(PlaylistID("p")).position(query("playlist p"))
    }
    if let found = try refused({ () throws(Problem) in
      try SavedTracksCursor(.present, matching: nil).position(query("tracks present "))
    }) {
      try hold(found.map { isText($0.key.rawValue) } ?? false, "a track's position can be asked for")
      try hold(found.map { isTime($0.addedAt) } ?? false, "a track's time can be asked for")
    }
    if let found = try refused({ () throws(Problem) in
      try FollowedArtistsCursor(.present, matching: nil).position(query("artists present "))
    }) {
      let isUsable = found.map { isText($0.name) && isText($0.artist.rawValue) } ?? false
      try hold(isUsable, "an artist's position can be asked for")
    }
    if let found = try refused({ () throws(Problem) in try ReleasesCursor.position(query("releases")) }) {
      let isUsable = found.map { isText($0.releaseDate) && isText($0.album.rawValue) } ?? false
      try hold(isUsable, "a release's position can be asked for")
    }
  }

  /// The lists that are in order of an id: it is all of the position, or what stands behind a time.
  private static func forgeAccount(_ position: [UInt8]) throws {
    let run = try refused { () throws(Problem) in
      try RunsCursor(.playlists, nil).position(forged(position, "runs playlists *"))
    }
    let token = try refused { () throws(Problem) in try TokensCursor.position(forged(position, "tokens")) }
    for id in [run??.rawValue, token??.rawValue] {
      try hold((id != nil) == (position.count == 16), "16 bytes are an id, not \(position.count)")
      if let id { try hold(Cursor.bytes(id) == position, "an id comes back as it went") }
    }
    let session = try refused { () throws(Problem) in
      try SessionsCursor.position(forged(position, "sessions"))
    }
    if let session {
      try hold(position.count == 24, "a time and an id are 24 bytes, not \(position.count)")
      try hold(session.map { isTime($0.lastSeenAt) } ?? false, "a session's time can be asked for")
      try hold(
        session.map { Cursor.bytes($0.session.rawValue) } == Array(position.suffix(16)), "it is that id")
    }
  }

  private static func forged(_ position: [UInt8], _ list: String) -> Query {
    let cursor = Cursor.encode(position, list: list)
    return Query(HTTPRequest(method: .get, path: "/", query: "cursor=\(cursor)"))
  }

  /// Postgres refuses U+0000.
  private static func isText(_ text: String) -> Bool { !text.utf8.contains(0) }

  /// Within what `timestamptz` can hold, with some room.
  private static func isTime(_ date: Date) -> Bool {
    (-200_000_000_000...9_000_000_000_000).contains(date.timeIntervalSince1970)
  }
}
