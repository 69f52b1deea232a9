import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A row of somebody's saved tracks, as far as two lists of them are compared.
struct SavedRow: Hashable, CustomStringConvertible {
  let uri: String
  let addedAt: String

  var description: String { "\(uri) \(addedAt)" }
}

extension World {
  /// What Spotify has, newest first; slots without content left out.
  func library(of user: String) throws -> [SavedRow] {
    let truth = try simulator.library(of: user)
    return zip(truth.uris, truth.addedAt).compactMap { uri, addedAt in
      uri.map { SavedRow(uri: $0, addedAt: addedAt) }
    }
  }
}

extension Browser {
  /// What the service has, page by page to the end.
  func tracks(_ query: String = "limit=200") async throws -> [SavedRow] {
    var rows: [SavedRow] = []
    var path: String? = "/api/me/tracks/?\(query)"
    while let next = path {
      let answer = try await get(next)
      try #require(answer.status == 200, "\(answer.text)")
      for item in answer.json["items"].array {
        rows.append(
          SavedRow(uri: try #require(item["uri"].string), addedAt: try #require(item["added_at"].string)))
      }
      path = answer.json["next_cursor"].string.map { "/api/me/tracks/?\(query)&cursor=\($0)" }
    }
    return rows
  }

  /// The id of the newest run of a kind.
  func newestID(_ kind: String = "tracks") async throws -> String {
    try #require(try await get("/spotify/sync/?kind=\(kind)").json["items"][0]["id"].string)
  }

  /// The newest run of a kind, to its end.
  func newestRun(_ kind: String = "tracks", in world: World) async throws -> JSONValue {
    try await run(try await newestID(kind), on: world.reactor)
  }

  /// Asks for a run.
  func requestSync(_ kind: String = "tracks") async throws -> String {
    let answer = try await post("/spotify/sync/\(kind)/")
    try #require(answer.status == 202, "\(answer.text)")
    return try #require(answer.json["id"].string)
  }

  /// Asks for one and waits for its end.
  func sync(_ kind: String = "tracks", in world: World) async throws -> JSONValue {
    try await run(try await requestSync(kind), on: world.reactor)
  }

  /// Lets the scheduled run come now that reads the whole list of saved tracks, and waits for what it comes to.
  func audit(
    in world: World,
    until isDone: @escaping @Sendable (JSONValue) -> Bool = { $0["finished_at"].string != nil }
  ) async throws -> JSONValue {
    let before = try await newestID()
    _ = try await world.rows("UPDATE saved_tracks_list SET audit_at = now()")
    _ = try await world.rows("UPDATE sync_schedule SET next_check_at = now() WHERE kind = 'tracks'")
    try await world.until("the audit begins") { try await newestID() != before }
    // A 429 without a word about the time is asked about twenty times, a second or two apart.
    return try await run(
      try await newestID(), on: world.reactor, within: .seconds(150), until: isDone)
  }
}

extension World {
  /// Where the rows of these tables lie and who wrote them: another answer means that something was written.
  func versions(of tables: [SQL]) async throws -> [String] {
    var found: [String] = []
    for table in tables {
      found.append(
        try await rows(
          """
          SELECT count(*) || ':' || coalesce(md5(string_agg(ctid || '/' || xmin, ',' ORDER BY ctid)), '')
          FROM cratekeeper.\(sql: table)
          """)[0].decode(0, as: String.self))
    }
    return found
  }
}
