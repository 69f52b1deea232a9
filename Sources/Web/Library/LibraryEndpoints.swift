import Domain
import FoundationEssentials
import HTTPServer
import Storage

/// `/api/me/…`: what is kept of the caller's own library.
enum LibraryEndpoints {
  static func profile(_ call: Call) async throws -> HTTPResponse {
    let user = try await call.user()
    let profile = try await call.services.users.profile(of: user)
    return Answer.personal(JSONWriter.bytes { $0.profile(profile, at: Date()) }, to: call)
  }

  static func tracks(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let search = try query.search()
    let filter: PresenceFilter = try query.word("state") ?? .present
    let cursor = SavedTracksCursor(filter, matching: search)
    let tracks = try await call.services.savedTracks.list(
      for: caller, filter: filter, matching: search, after: try cursor.position(query), limit: limit + 1)
    return ListPage.answer(
      tracks, limit: limit, to: call, bytesPerElement: 640,
      cursor: cursor.after, write: { $0.savedTrack($1) })
  }
}
