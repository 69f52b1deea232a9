import Domain
import Storage

/// Where pages of somebody's playlists go on, in JSON and in HTML alike.
struct PlaylistsCursor {
  private let list: String

  /// - Parameter search: what the names are searched for.
  init(matching search: String?) { list = "playlists \(search ?? "")" }

  func after(_ held: HeldPlaylist) -> String {
    Cursor.encode(Cursor.bytes(Int64(held.position)) + Array(held.playlist.id.rawValue.utf8), list: list)
  }

  /// Nil where the list begins.
  func position(_ query: Query) throws(Problem) -> Playlists.Position? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let position = Cursor.number(bytes[...]), let id = Cursor.text(bytes.dropFirst(8)) else {
      throw Cursor.invalid
    }
    return Playlists.Position(position: Int(position), playlist: PlaylistID(id))
  }
}

/// Where pages of a playlist's items go on, in JSON and in HTML alike.
struct PlaylistItemsCursor {
  private let list: String

  init(_ playlist: PlaylistID) { list = "playlist \(playlist)" }

  func after(_ item: PlaylistItem) -> String {
    Cursor.encode(Cursor.bytes(Int64(item.position)), list: list)
  }

  /// Nil where the playlist begins.
  func position(_ query: Query) throws(Problem) -> Int? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    guard let position = Cursor.number(bytes[...]) else { throw Cursor.invalid }
    return Int(position)
  }
}
