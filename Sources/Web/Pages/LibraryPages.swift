import Domain
import HTTPServer
import Storage

/// `/playlists/…` and `/artists/`: what is kept of the caller's library, for people. Takes the API's cursors.
enum LibraryPages {
  static func playlists(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let cursor = PlaylistsCursor(matching: nil)
    let playlists = try await call.services.playlists.list(
      for: caller, matching: nil, after: try cursor.position(query), limit: limit + 1)
    let pager = Pager(playlists, limit: limit, query, cursor: cursor.after)
    return Page.response(
      title: "Playlists – Cratekeeper", PlaylistsPage.html(playlists.prefix(limit), pager))
  }

  /// - Throws: 404 for a playlist that isn't in the caller's list, whoever's it is.
  static func playlist(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let id = try PlaylistEndpoints.playlist(call)
    let query = Query(call.request)
    let limit = try query.limit()
    let cursor = PlaylistItemsCursor(id)
    guard
      let (held, items) = try await call.services.playlists.items(
        of: id, for: caller, after: try cursor.position(query), limit: limit + 1)
    else { throw PlaylistEndpoints.unknown }
    let pager = Pager(items, limit: limit, query, cursor: cursor.after)
    return Page.response(
      title: "\(PlaylistWords.name(held.playlist)) – Cratekeeper",
      PlaylistPage.html(held, items.prefix(limit), pager))
  }

  static func artists(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let cursor = FollowedArtistsCursor(.present, matching: nil)
    let artists = try await call.services.followedArtists.list(
      for: caller, filter: .present, matching: nil, after: try cursor.position(query), limit: limit + 1)
    let pager = Pager(artists, limit: limit, query, cursor: cursor.after)
    return Page.response(
      title: "Artists – Cratekeeper", FollowedArtistsPage.html(artists.prefix(limit), pager))
  }
}
