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
    let list = "tracks \(filter.rawValue) \(search ?? "")"
    let position = try query["cursor"].map { cursor throws(Problem) in try Self.position(cursor, list) }
    let tracks = try await call.services.savedTracks.list(
      for: caller, filter: filter, matching: search, after: position, limit: limit + 1)
    return ListPage.answer(
      tracks, limit: limit, to: call, bytesPerElement: 640,
      cursor: { Cursor.encode(bytes($0), list: list) }, write: { $0.savedTrack($1) })
  }

  private static func bytes(_ saved: SavedTrack) -> [UInt8] {
    Cursor.bytes(saved.addedAt) + Cursor.bytes(saved.ordinal) + Array(saved.track.key.rawValue.utf8)
  }

  private static func position(
    _ cursor: String, _ list: String
  ) throws(Problem) -> SavedTracks.Position {
    let bytes = try Cursor.decode(cursor, list: list)
    guard let addedAt = Cursor.date(bytes[...]), let ordinal = Cursor.number(bytes.dropFirst(8)),
      let key = String(validating: bytes.dropFirst(16), as: UTF8.self), !key.isEmpty
    else { throw Cursor.invalid }
    return SavedTracks.Position(addedAt: addedAt, ordinal: ordinal, key: TrackKey(key))
  }
}
