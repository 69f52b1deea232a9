import Domain
import HTTPServer

/// `/api/search/`: artists, albums or tracks by name.
enum SearchEndpoint {
  static func find(_ call: Call) async throws -> HTTPResponse {
    _ = try await call.user()
    let query = Query(call.request)
    guard let text = try query.search() else {
      throw Problem.invalidParameter("q", "says what to look for; 1 to 200 characters")
    }
    guard let type: SearchType = try query.word("type") else {
      throw Problem.invalidParameter("type", "must be one of artist, album, track")
    }
    let (items, source) = try await call.services.searchCatalogue(text, type)
    let body = JSONWriter.object(capacity: 4_096) { writer in
      switch items {
      case .artists(let artists): writer.array("items", artists) { $0.artist($1) }
      case .albums(let albums): writer.array("items", albums) { $0.release($1) }
      case .tracks(let tracks): writer.array("items", tracks) { $0.track($1) }
      }
      writer.field("source", source.rawValue)
    }
    return Answer.personal(body, to: call)
  }
}
