import SpotifySimulator
import TestSupport
import Testing

extension World {
  /// What the operations address of a process says about the one account.
  func quota(_ service: Service) async throws -> JSONValue {
    let answer = try await browser(at: service).at(service.operations).get("/quota")
    try #require(answer.status == 200, "\(answer.text)")
    try #require(answer.json["accounts"].array.count == 1)
    return answer.json["accounts"][0]
  }

  /// How many requests of each group the ledger has of the last day; groups without any left out.
  func counted(_ service: Service) async throws -> [String: Int] {
    World.used(try await quota(service), "used_day")
  }

  static func used(_ account: JSONValue, _ window: String) -> [String: Int] {
    var used: [String: Int] = [:]
    for group in account["groups"].array where group[window].int != 0 {
      used[group["group"].string ?? ""] = group[window].int
    }
    return used
  }

  /// The same as Spotify saw it.
  var seenBySpotify: [String: Int] {
    let groups: [(String, [SpotifySimulator.EndpointGroup])] = [
      ("me", [.me]), ("library", [.savedTracks, .libraryContains]), ("playlists", [.myPlaylists]),
      ("playlist_items", [.playlistItems]), ("following", [.following]), ("artists", [.artists]),
      ("artist_albums", [.artistAlbums]), ("search", [.search]), ("browse", [.newReleases]),
      ("player", [.player]),
    ]
    var seen: [String: Int] = [:]
    for (name, parts) in groups {
      let requests = parts.reduce(0) { $0 + simulator.counts.count($1) }
      if requests > 0 { seen[name] = requests }
    }
    return seen
  }

  /// Lets requests go on although Spotify asked to wait.
  func forgetPauses() async throws {
    for ledger in try await redis("KEYS", key("ledger:*")).elements ?? [] {
      guard let ledger = ledger.text else { continue }
      for field in try await redis("HKEYS", ledger).elements ?? [] {
        guard let field = field.text, field.hasPrefix("parked:") || field == "paused" else { continue }
        _ = try await redis("HDEL", ledger, field)
      }
    }
  }

  /// Waits until Postgres has a copy of all that is counted.
  func untilCopied(_ service: Service) async throws {
    try await until("the ledger is copied") {
      let counted = try await self.counted(service).values.reduce(0, +)
      return try await self.count("SELECT coalesce(sum(requests), 0) FROM request_ledger") == counted
    }
  }
}
