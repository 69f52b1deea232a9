import SpotifySimulator
import TestSupport
import Testing

/// A playlist of somebody's list, as far as two of them are compared.
struct ShownPlaylist: Equatable, CustomStringConvertible {
  let id: String
  let name: String
  let snapshot: String
  let contents: String
  /// Nil where there is no content.
  var uris: [String?]

  var description: String { "\(id) “\(name)” \(contents), \(uris.count) items" }
}

extension World {
  /// What Spotify shows an app in Development Mode: null elements left out, contents of own and shared ones.
  func playlists(of user: String) throws -> [ShownPlaylist] {
    try simulator.playlists(of: user).filter(\.isListed).map { truth in
      let (contents, uris): (String, [String?]) =
        switch truth.contents {
        case .visible: ("synced", truth.uris)
        case .foreign: ("not_visible", [])
        case .gone: ("pending", [])
        }
      return ShownPlaylist(
        id: truth.id, name: truth.name, snapshot: truth.snapshot, contents: contents, uris: uris)
    }
  }
}

extension Browser {
  /// What the service has, page by page to the end.
  func playlists(_ query: String = "limit=5") async throws -> [ShownPlaylist] {
    var playlists: [ShownPlaylist] = []
    for item in try await all("/api/me/playlists/", query) {
      let id = try #require(item["spotify_id"].string)
      playlists.append(
        ShownPlaylist(
          id: id, name: item["name"].string ?? "-", snapshot: item["snapshot_id"].string ?? "-",
          contents: item["contents"].string ?? "-", uris: try await uris(of: id)))
    }
    return playlists
  }

  func uris(of playlist: String) async throws -> [String?] {
    let items = try await all("/api/me/playlists/\(playlist)/items/", "limit=60")
    #expect(items.map(\.["position"].int) == Array(0..<items.count))
    return items.map(\.["item"]["uri"].string)
  }

  private func all(_ list: String, _ query: String) async throws -> [JSONValue] {
    var elements: [JSONValue] = []
    var path: String? = "\(list)?\(query)"
    while let next = path {
      let answer = try await get(next)
      try #require(answer.status == 200, "\(answer.text)")
      elements += answer.json["items"].array
      path = answer.json["next_cursor"].string.map { "\(list)?\(query)&cursor=\($0)" }
    }
    return elements
  }

  /// Asks for a run of the playlists, or for the one that is open.
  func requestPlaylists() async throws -> String {
    let answer = try await post("/spotify/sync/playlists/")
    try #require(answer.status == 202, "\(answer.text)")
    return try #require(answer.json["id"].string)
  }

  /// Asks for one and waits for its end.
  func syncPlaylists(in world: World) async throws -> JSONValue {
    try await run(try await requestPlaylists(), on: world.reactor)
  }
}
