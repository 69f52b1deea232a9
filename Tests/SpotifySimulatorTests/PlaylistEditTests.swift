import SpotifySimulator
import Testing

@Suite struct PlaylistEditTests {
  @Test func `items come, go and move, and the snapshot moves with them`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      func served() async throws -> [String?] {
        let id = try simulator.playlists(of: "mira")[0].id
        let path = "/v1/playlists/\(id)/items?limit=50&additional_types=episode"
        return try await client.api(path, token).json["items"].array.map { $0["item"]["uri"].string }
      }
      let before = try simulator.playlists(of: "mira")[0]
      #expect(try await served() == Array(before.uris.prefix(50)))
      var snapshots: Set = [before.snapshot]
      let body = #"{"user":"mira","playlist":0,"add":2,"at":1,"remove":[0,"\#(before.uris[4] ?? "")"]}"#
      let added = try await client.control("POST", "edit/playlists", body)
      #expect(added.status == 200 && added.json["total"].int == 51, "\(added.text)")
      let new = added.json["added"].array.map(\.string)
      #expect(
        new.count == 2 && added.json["removed"].array.map(\.string) == [before.uris[0], before.uris[4]])
      var expected = before.uris
      for index in [4, 0] { expected.remove(at: index) }
      expected.insert(contentsOf: new, at: 1)
      #expect(try await served() == Array(expected.prefix(50)))
      snapshots.insert(try #require(added.json["snapshot"].string))

      let moved = try simulator.edit(
        "mira", PlaylistEdit(.id(before.id)) { $0.move = .init(from: 10, to: 2, count: 3) })
      snapshots.insert(moved.snapshot ?? "")
      let block = Array(expected[10..<13])
      expected.removeSubrange(10..<13)
      expected.insert(contentsOf: block, at: 2)
      #expect(try await served() == Array(expected.prefix(50)))

      let renamed = try simulator.edit("mira", PlaylistEdit(0) { $0.rename = "Another <name>" })
      snapshots.insert(renamed.snapshot ?? "")
      #expect(try simulator.playlists(of: "mira")[0].name == "Another <name>")
      let touched = try simulator.edit("mira", PlaylistEdit(0))
      snapshots.insert(touched.snapshot ?? "")
      #expect(snapshots.count == 5 && touched.total == 51)
      let stale = try simulator.edit(
        "mira",
        PlaylistEdit(0) {
          ($0.addEpisodes, $0.addLocal, $0.at, $0.insertNullAt, $0.keepSnapshot) = (1, 1, 0, [1], true)
        })
      #expect(stale.snapshot == touched.snapshot && stale.total == 54)
      expected.insert(contentsOf: [stale.added[0], nil, stale.added[1]], at: 0)
      #expect(try await served() == Array(expected.prefix(50)))
    }
  }

  @Test func `playlists are made, hidden, lost and deleted`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      func list() async throws -> [String?] {
        try await client.api("/v1/me/playlists?limit=50", token).json["items"].array.map { $0["id"].string }
      }
      let before = try await list()
      let made = try await client.control(
        "POST", "edit/playlists", #"{"user":"mira","create":{"name":"New","items":120,"kind":"shared"}}"#)
      let id = try #require(made.json["id"].string, "\(made.text)")
      #expect(try await list() == [id] + before && made.json["total"].int == 120)
      #expect(try await client.api("/v1/playlists/\(id)/items", token).json["total"].int == 120)
      let truth = try simulator.playlists(of: "mira")[0]
      #expect(truth.name == "New" && truth.isCollaborative && truth.ownerId != "mira")

      try simulator.edit("mira", PlaylistEdit(.id(id)) { $0.isListed = false })
      #expect(try await list() == [nil] + before)
      try simulator.edit("mira", PlaylistEdit(.id(id)) { ($0.isListed, $0.isGone) = (true, true) })
      #expect(try await client.api("/v1/playlists/\(id)/items", token).status == 404)
      try simulator.edit("mira", PlaylistEdit(.id(id)) { $0.listPosition = 2 })
      #expect(try await list() == [before[0], before[1], id] + before.dropFirst(2))
      let outcome = try simulator.edit("mira", PlaylistEdit(.id(id)) { $0.delete = true })
      #expect(outcome.snapshot == nil && outcome.playlists == 12)
      #expect(try await list() == before)
      let again = try simulator.edit("mira", PlaylistEdit(create: .init(items: 1)))
      #expect(again.id != id, "an id never comes back")
      try simulator.edit("mira", PlaylistEdit(0) { $0.totalOffset = -3 })
      #expect(try await client.api("/v1/me/playlists", token).json["total"].int == 10)
    }
  }

  @Test func `an edit waits for the nth page of items`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let playlist = try simulator.playlists(of: "mira")[4]
      let body =
        #"{"user":"mira","playlist":"\#(playlist.id)","remove":[0],"when":{"group":"playlists/items","nth":2}}"#
      #expect(try await client.control("POST", "edit/playlists", body).status == 200)
      let path = "/v1/playlists/\(playlist.id)/items?limit=50&offset="
      let first = try await client.api(path + "0", token).json
      let second = try await client.api(path + "50", token).json
      #expect(first["total"].int == 220 && second["total"].int == 219)
      #expect(second["items"][0]["item"]["uri"].string == playlist.uris[51])
    }
  }

  @Test(
    arguments: [
      #"{"user":"mira"}"#, #"{"user":"mira","playlist":99,"add":1}"#,
      #"{"user":"mira","playlist":0,"remove":[500]}"#, #"{"user":"mira","playlist":0,"remove":["x"]}"#,
      #"{"user":"mira","playlist":0,"move":{"from":50,"to":0,"count":2}}"#,
      #"{"user":"mira","playlist":0,"add_uris":["spotify:track:x"]}"#,
      #"{"user":"mira","create":{"items":-1}}"#, #"{"user":"mira","playlist":"x","rename":"y"}"#,
    ])
  func `an edit that makes no sense changes nothing`(body: String) async throws {
    try await withSimulator { simulator, client in
      let before = try simulator.playlists(of: "mira")
      let answer = try await client.control("POST", "edit/playlists", body)
      #expect(answer.status == 400 && answer.json["error"].string?.isEmpty == false)
      #expect(try simulator.playlists(of: "mira") == before)
    }
  }

  @Test func `pages of playlists fail, park and lie like all others`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token(scope: PlaylistTests.scope)
      let id = try simulator.playlists(of: "mira")[4].id
      let path = "/v1/playlists/\(id)/items?limit=50&offset="
      simulator.add(
        Fault(.status, group: .playlistItems, offset: 100, status: 503),
        Fault(.nullElement, group: .myPlaylists, index: 1),
        Fault(.repeatPage, group: .playlistItems, offset: 150)
      )
      #expect(try await client.api(path + "100", token).status == 503)
      #expect(try await client.api(path + "100", token).status == 200)
      #expect(try await client.api("/v1/me/playlists", token).json["items"][1].isNull)
      let repeated = try await client.api(path + "150", token).json
      #expect(repeated["offset"].int == 0 && repeated["next"].string?.contains("offset=50&") == true)
      simulator.hold(.playlistItems)
      let call = simulator.spawn { try await client.api(path + "0", token).status }
      try await simulator.waitUntilHeld(.playlistItems)
      simulator.release()
      #expect(try await call.value.get() == 200)
    }
  }
}
