import Domain
import HTTPServer
import Storage

/// `/api/me/playlists/…`: the caller's playlists and what is in them.
enum PlaylistEndpoints {
  /// In the person's order.
  static func list(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let search = try query.search()
    let cursor = PlaylistsCursor(matching: search)
    let playlists = try await call.services.playlists.list(
      for: caller, matching: search, after: try cursor.position(query), limit: limit + 1)
    return ListPage.answer(
      playlists, limit: limit, to: call, cursor: cursor.after, write: { $0.playlist($1) })
  }

  static func show(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    guard let held = try await call.services.playlists.show(try playlist(call), for: caller) else {
      throw unknown
    }
    return Answer.personal(JSONWriter.bytes { $0.playlist(held) }, to: call)
  }

  /// In the playlist's order. `contents` tells an empty playlist from one whose contents aren't here.
  static func items(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let id = try playlist(call)
    let query = Query(call.request)
    let limit = try query.limit()
    let cursor = PlaylistItemsCursor(id)
    guard
      let (held, items) = try await call.services.playlists.items(
        of: id, for: caller, after: try cursor.position(query), limit: limit + 1)
    else { throw unknown }
    return ListPage.answer(
      items, limit: limit, to: call, bytesPerElement: 700, cursor: cursor.after,
      write: { $0.playlistItem($1) }, also: { $0.field("contents", held.contents.rawValue) })
  }

  static let unknown = Problem(404, "playlist_not_found", "no such playlist is in your list")

  /// - Throws: 404 for what can't be an id.
  static func playlist(_ call: Call) throws(Problem) -> PlaylistID {
    let id = call.parameter("id")
    guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw unknown
    }
    return PlaylistID(id)
  }
}
