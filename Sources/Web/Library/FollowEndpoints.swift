import Domain
import HTTPServer
import Storage

/// `/api/me/artists/` and `/api/me/releases/`: whom the caller follows, and what they bring out.
enum FollowEndpoints {
  static func artists(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let search = try query.search()
    let filter: PresenceFilter = try query.word("state") ?? .present
    let cursor = FollowedArtistsCursor(filter, matching: search)
    let artists = try await call.services.followedArtists.list(
      for: caller, filter: filter, matching: search, after: try cursor.position(query), limit: limit + 1)
    return ListPage.answer(
      artists, limit: limit, to: call, bytesPerElement: 360, cursor: cursor.after,
      write: { $0.followedArtist($1) })
  }

  static func releases(_ call: Call) async throws -> HTTPResponse {
    let caller = try call.caller()
    let query = Query(call.request)
    let limit = try query.limit()
    let position = try ReleasesCursor.position(query)
    let releases = try await call.services.artistAlbums.list(
      for: caller, after: position, limit: limit + 1)
    return ListPage.answer(
      releases, limit: limit, to: call, cursor: ReleasesCursor.after, write: { $0.release($1) })
  }
}

/// Where pages of followed artists go on, in JSON and in HTML alike.
struct FollowedArtistsCursor {
  private let list: String

  /// - Parameter search: what the names are searched for.
  init(_ filter: PresenceFilter, matching search: String?) {
    list = "artists \(filter.rawValue) \(search ?? "")"
  }

  func after(_ followed: FollowedArtist) -> String {
    TextPosition.encode(followed.artist.name, followed.artist.id.rawValue, list: list)
  }

  /// Nil where the list begins.
  func position(_ query: Query) throws(Problem) -> FollowedArtists.Position? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    let (name, id) = try TextPosition.decode(bytes)
    return FollowedArtists.Position(name: name, artist: ArtistID(id))
  }
}

/// Where pages of the followed artists' releases go on.
enum ReleasesCursor {
  private static let list = "releases"

  static func after(_ album: Album) -> String {
    let position = ArtistAlbums.Position(album)
    return TextPosition.encode(position.releaseDate, position.album.rawValue, list: list)
  }

  /// Nil where the list begins.
  static func position(_ query: Query) throws(Problem) -> ArtistAlbums.Position? {
    guard let bytes = try query.cursor(of: list) else { return nil }
    let (date, id) = try TextPosition.decode(bytes)
    return ArtistAlbums.Position(releaseDate: date, album: AlbumID(id))
  }
}

/// A position that is a text and an id, as lists have that are in order of a text. Neither holds a NUL: Postgres
/// has none.
private enum TextPosition {
  static func encode(_ text: String, _ id: String, list: String) -> String {
    Cursor.encode(Array(text.utf8) + [0] + Array(id.utf8), list: list)
  }

  static func decode(_ bytes: [UInt8]) throws(Problem) -> (text: String, id: String) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let text = String(validating: parts[0], as: UTF8.self),
      let id = Cursor.text(parts[1])
    else { throw Cursor.invalid }
    return (text, id)
  }
}

extension JSONWriter {
  /// A followed artist, as the contract has it.
  mutating func followedArtist(_ followed: FollowedArtist) {
    object { writer in
      writer.field("spotify_id", followed.artist.id.rawValue)
      writer.field("uri", "spotify:artist:\(followed.artist.id)")
      writer.field("name", followed.artist.name)
      writer.field("image_url", followed.artist.imageURL)
      writer.field("genres", followed.artist.genres ?? [])
      writer.field("first_seen_at", followed.firstSeenAt)
      writer.field("removed_at", followed.removedAt)
    }
  }
}
