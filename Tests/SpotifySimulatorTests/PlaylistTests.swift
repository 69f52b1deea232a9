import SpotifySimulator
import Testing

@Suite struct PlaylistTests {
  static let scope = "playlist-read-private playlist-read-collaborative"

  @Test(arguments: [QuotaMode.development, .extended])
  func `the list has own, shared, foreign and lost playlists`(mode: QuotaMode) async throws {
    try await withSimulator(.with { $0.mode = mode }) { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let page = try await client.api("/v1/me/playlists?limit=50", token).json
      let truth = try simulator.playlists(of: "mira")
      let list = page["items"].array
      #expect(list.count == 12 && page["total"].int == 12 && page["next"].isNull)
      #expect(truth.contains { !$0.isListed } && truth.contains { $0.isPublic == nil })
      #expect(truth.contains { $0.description == nil } && truth.contains { $0.description == "" })
      for size in [0, 1, 49, 50, 51, 220] { #expect(truth.contains { $0.uris.count == size }, "\(size)") }
      for (playlist, row) in zip(truth, list) {
        guard playlist.isListed else {
          #expect(row.isNull)
          continue
        }
        #expect(row["id"].string == playlist.id && row["snapshot_id"].string == playlist.snapshot)
        #expect(row["public"].bool == playlist.isPublic && row.keys.contains("public"))
        #expect(row["owner"]["id"].string == playlist.ownerId && row["name"].string == playlist.name)
        #expect(row["description"].string == playlist.description)
        let isSeen = mode == .extended || playlist.contents == .visible
        #expect(row["items"]["total"].int == (isSeen ? playlist.uris.count : nil))
        #expect(row["tracks"]["total"].int == (mode == .extended ? playlist.uris.count : nil))
        #expect(row["images"].isNull == playlist.uris.isEmpty)
      }
      #expect(list.contains { $0["owner"]["display_name"].isNull })
      #expect(list.contains { $0["owner"]["id"].string == "spotify" })
    }
  }

  @Test func `the list has pages, limits and scopes`() async throws {
    try await withSimulator(
      .with { $0.users = [.init(id: "mira", name: "Mira", tracks: 1, seed: 11, playlists: 70)] }
    ) { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      var (ids, next): ([String?], String?) = ([], "\(simulator.apiURL)/me/playlists?limit=50")
      while let url = next {
        let page = try await client.api(url, token).json
        ids += page["items"].array.map { $0["id"].string }
        next = page["next"].string
      }
      let truth = try simulator.playlists(of: "mira")
      #expect(ids == truth.map { $0.isListed ? $0.id : nil })
      for query in ["limit=51", "limit=0", "offset=100001", "offset=-1"] {
        #expect(try await client.api("/v1/me/playlists?\(query)", token).status == 400, "\(query)")
      }
      #expect(try await client.api("/v1/me/playlists", try await client.token()).status == 403)
      let without = try await client.token(scope: "playlist-read-private")
      let page = try await client.api("/v1/me/playlists", without).json
      #expect(page["total"].int == truth.filter { !$0.isCollaborative }.count)
    }
  }

  @Test(arguments: [QuotaMode.development, .extended])
  func `items come in order, with everything that is odd about them`(mode: QuotaMode) async throws {
    try await withSimulator(.with { $0.mode = mode }) { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let truth = try simulator.playlists(of: "mira")
      for playlist in truth {
        let path =
          "\(simulator.apiURL)/playlists/\(playlist.id)/items?limit=50&additional_types=track,episode"
        let isSeen = playlist.contents == .visible || (mode == .extended && playlist.contents == .foreign)
        guard isSeen else {
          let answer = try await client.api(path, token)
          #expect(answer.status == (playlist.contents == .gone ? 404 : 403))
          continue
        }
        var (uris, times, next): ([String?], [String?], String?) = ([], [], path)
        while let url = next {
          let page = try await client.api(url, token).json
          #expect(page["total"].int == playlist.uris.count)
          for row in page["items"].array {
            #expect(row.keys.contains("track") == (mode == .extended))
            #expect(row["track"]["uri"].string == (mode == .extended ? row["item"]["uri"].string : nil))
            uris.append(row["item"]["uri"].string)
            times.append(row["added_at"].string)
          }
          next = page["next"].string
        }
        #expect(uris == playlist.uris && times == playlist.addedAt)
      }
      let all = truth.flatMap(\.uris)
      #expect(all.contains { $0?.hasPrefix("spotify:local:") == true } && all.contains(nil))
      #expect(all.contains { $0?.hasPrefix("spotify:episode:") == true })
      #expect(truth[4].uris.count > Set(truth[4].uris).count + 1 && truth[4].uris[9] == truth[4].uris[2])
      #expect(truth[9].addedAt[0] == nil && truth[9].addedAt[99] != nil)
    }
  }

  @Test func `an episode comes whole when asked for, else its place is empty`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let id = try simulator.playlists(of: "mira")[4].id
      let path = "/v1/playlists/\(id)/items?limit=1&offset=3"
      #expect(try await client.api(path, token).json["items"][0]["item"].isNull)
      let item = try await client.api(path + "&additional_types=episode", token).json["items"][0]["item"]
      #expect(item["type"].string == "episode" && item["show"]["name"].string != nil)
      #expect(!item.keys.contains("album"))
      let local = try await client.api("/v1/playlists/\(id)/items?limit=1&offset=5", token).json["items"][0]
      #expect(local["is_local"].bool == true && local["item"]["id"].isNull)
    }
  }

  @Test func `the old name is shut in Development Mode and gives a hundred in Extended`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let own = try simulator.playlists(of: "mira")[4].id
      let refused = try await client.api("/v1/playlists/\(own)/tracks", token)
      #expect(refused.status == 403 && refused.message == "Forbidden")
      #expect(try await client.api("/v1/playlists/\(own)/items?limit=51", token).message == "Invalid limit")
      simulator.setMode(.extended)
      let page = try await client.api("/v1/playlists/\(own)/tracks?limit=100", token).json
      #expect(page["items"].array.count == 100 && page["next"].string?.contains("/tracks?") == true)
      #expect(try await client.api("/v1/playlists/\(own)/tracks?limit=101", token).status == 400)
      #expect(try await client.api("/v1/playlists/\(own)/items?limit=51", token).status == 400)
      #expect(simulator.counts.count(.playlistItems) == 5)
    }
  }

  @Test func `a playlist by itself has its first hundred items, if they may be seen`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let truth = try simulator.playlists(of: "mira")
      let own = try await client.api("/v1/playlists/\(truth[4].id)", token).json
      #expect(own["items"]["items"].array.count == 100 && own["items"]["total"].int == 220)
      #expect(own["items"]["next"].string?.contains("/items?offset=100&") == true)
      #expect(!own.keys.contains("tracks") && own["snapshot_id"].string == truth[4].snapshot)
      let foreign = try await client.api("/v1/playlists/\(truth[3].id)", token)
      #expect(foreign.status == 200 && !foreign.json.keys.contains("items"))
      #expect(try await client.api("/v1/playlists/\(truth[6].id)", token).status == 404)
      #expect(try await client.api("/v1/playlists/short", token).status == 400)
      #expect(try await client.api("/v1/playlists/0000000000000000000000", token).status == 404)
      simulator.setMode(.extended)
      let whole = try await client.api("/v1/playlists/\(truth[3].id)", token).json
      #expect(whole["items"]["total"].int == 120 && whole["tracks"]["total"].int == 120)
    }
  }

  @Test func `another user's playlist is foreign, even when both have the same seed`() async throws {
    try await withSimulator { simulator, client in
      try simulator.add(.init(id: "nils", name: "Nils", tracks: 1, seed: 11))
      let token = try await client.token(scope: PlaylistTests.scope)
      let (mine, theirs) = (try simulator.playlists(of: "mira"), try simulator.playlists(of: "nils"))
      #expect(Set(mine.map(\.id)).isDisjoint(with: theirs.map(\.id)))
      #expect(try await client.api("/v1/playlists/\(theirs[0].id)/items", token).status == 403)
      simulator.setMode(.extended)
      #expect(try await client.api("/v1/playlists/\(theirs[0].id)/items", token).status == 200)
    }
  }
}
