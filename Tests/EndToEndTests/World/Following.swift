import TestSupport
import Testing

extension World {
  /// Whom somebody follows at Spotify.
  func follows(of user: String) throws -> Set<String> { Set(try simulator.follows(of: user).ids) }
}

extension Browser {
  /// Whom the service knows as followed.
  func followed(_ query: String = "state=present") async throws -> Set<String> {
    var ids: Set<String> = []
    for item in try await items("/api/me/artists/?\(query)&limit=7") {
      let isNew = ids.insert(try #require(item["spotify_id"].string)).inserted
      #expect(isNew, "listed twice")
    }
    return ids
  }

  /// The releases that the service lists, in its order.
  func releases() async throws -> [(id: String, date: String)] {
    try await items("/api/me/releases/?limit=97").map { item in
      (
        id: try #require(item["release_spotify_id"].string),
        date: try #require(item["release_release_date"].string)
      )
    }
  }

  /// A list to its end.
  private func items(_ path: String) async throws -> [JSONValue] {
    var items: [JSONValue] = []
    var cursor: String? = ""
    while let next = cursor {
      let answer = try await get(path + (next.isEmpty ? "" : "&cursor=\(next)"))
      try #require(answer.status == 200, "\(answer.text)")
      items += answer.json["items"].array
      cursor = answer.json["next_cursor"].string
    }
    return items
  }
}
