import SpotifySimulator
import TestSupport
import Testing

/// Playlists from Spotify to the API. Mira has twelve in her list, of every kind that there is: one is null in
/// the list, one of Spotify's own is not found, one is somebody else's, which the app may not see.
@Suite struct PlaylistTests {
  private static let scopes = "user-library-read playlist-read-private playlist-read-collaborative"

  private func withMira(
    _ body: @escaping @Sendable (World, Browser) async throws -> Void
  ) async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = Self.scopes
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let first = try await mira.syncPlaylists(in: world)
      try #require(first["status"].string == "succeeded", "\(first)")
      world.simulator.resetCounts()
      try await body(world, mira)
    }
  }

  private static func counts(_ run: JSONValue) -> [Int?] {
    ["added", "updated", "removed"].map { run["changes"][$0].int }
  }

  private static func gaps(_ run: JSONValue) -> [String: Int] {
    run["gaps"].array.reduce(into: [:]) { $0[$1["reason"].string ?? "-"] = $1["count"].int }
  }

  /// Everything in the tables of playlists, with what tells whether a row was rewritten.
  private static func rows(_ world: World, of playlist: String? = nil) async throws -> [String] {
    try await world.rows(
      """
      SELECT xmin::text || ' ' || item::text FROM playlist_item AS item
      WHERE \(playlist) IS NULL OR playlist_id = \(playlist)
      ORDER BY playlist_id, position
      """
    ).map { try $0.decode(0, as: String.self) }
  }

  private static func own(_ world: World, items: ClosedRange<Int>) throws -> PlaylistTruth {
    try #require(
      try world.simulator.playlists(of: "mira").first {
        $0.contents == .visible && items.contains($0.uris.count)
      })
  }

  @Test func `Connecting brings every playlist with what may be seen of it, and the next run asks once`()
    async throws
  {
    try await withMira { world, mira in
      let truth = try world.playlists(of: "mira")
      #expect(
        truth.count == 11 && truth.contains { $0.uris.contains(nil) } && truth.contains { $0.uris == [] })
      #expect(Set(truth.map(\.contents)) == ["synced", "not_visible", "pending"])
      #expect(try await mira.playlists() == truth)
      #expect(try await mira.get("/api/me/").json["counts"]["playlists"].int == 11)

      let before = try await Self.rows(world)
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && run["mode"].string == "snapshot")
      #expect(run["requests"]["made"].int == 1)
      #expect(try #require(run["requests"]["saved"].int) > 11)
      #expect(Self.counts(run) == [0, 0, 0])
      #expect(run["changes"]["skipped"].int == 1)
      #expect(Self.gaps(run) == ["null_element": 1, "not_visible": 1, "not_found": 1])
      #expect(run["progress"]["unit"].string == "pages")
      #expect(world.simulator.counts.count(.playlistItems) == 0)
      #expect(try await Self.rows(world) == before, "a row was rewritten")
    }
  }

  @Test func `A playlist, its items and a page of them have the contract's names`() async throws {
    try await withMira { world, mira in
      let names: Set = [
        "spotify_id", "uri", "name", "description", "owner", "public", "collaborative", "snapshot_id",
        "total_items", "contents", "image_url",
      ]
      let listed = try await mira.get("/api/me/playlists/?limit=1")
      let playlist = listed.json["items"][0]
      #expect(
        playlist.names.isSuperset(of: names) && playlist["owner"].names == ["spotify_id", "display_name"])
      #expect(listed.header("link")?.contains(#"rel="next""#) == true && listed.header("etag") != nil)
      let id = try #require(playlist["spotify_id"].string)
      #expect(try await mira.get("/api/me/playlists/\(id)/").json == playlist)

      let mixed = try #require(
        try world.simulator.playlists(of: "mira").first { truth in
          truth.contents == .visible && truth.uris.contains { $0?.hasPrefix("spotify:episode:") == true }
        })
      let items = try await mira.get("/api/me/playlists/\(mixed.id)/items/?limit=200").json["items"].array
      #expect(Set(items.map(\.["type"].string)) == ["track", "episode", "unavailable"])
      #expect(items.allSatisfy { $0.names.isSuperset(of: ["position", "added_at", "type", "item"]) })
      let track = try #require(items.first { $0["type"].string == "track" })["item"]
      #expect(track.names.isSuperset(of: ["spotify_id", "uri", "name", "artists", "album", "is_local"]))
      #expect(items.first { $0["type"].string == "unavailable" }?["item"] == .null)
      #expect(items.contains { $0["item"]["is_local"].bool == true })

      let foreign = try #require(
        try world.simulator.playlists(of: "mira").first { $0.contents == .foreign }?.id)
      let hidden = try await mira.get("/api/me/playlists/\(foreign)/items/").json
      #expect(hidden["items"].array.isEmpty && hidden["contents"].string == "not_visible")
      for path in ["nobody", "%7F", String(repeating: "x", count: 90)] {
        let answer = try await mira.get("/api/me/playlists/\(path)/items/")
        #expect(answer.status == 404 && answer.code == "playlist_not_found")
      }
      #expect(try await mira.get("/api/me/playlists/?cursor=x").code == "invalid_cursor")
      #expect(try await mira.get("/api/me/playlists/\(id)/items/?limit=201").code == "invalid_parameter")
      let word = try #require(playlist["name"].string)
      let found = try await mira.get("/api/me/playlists/?q=\(Browser.escape(word.lowercased()))").json[
        "items"]
      #expect(found.array.contains(playlist))
    }
  }

  @Test func `A new name moves the snapshot: the playlist is read again, and not an item is written`()
    async throws
  {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 60...98)
      let before = try await Self.rows(world)
      try world.simulator.edit("mira", PlaylistEdit(.id(playlist.id)) { $0.rename = "Another <name>" })
      let run = try await mira.syncPlaylists(in: world)
      #expect(Self.counts(run) == [0, 1, 0] && run["mode"].string == "snapshot")
      #expect(run["requests"]["made"].int == 3, "the list and two pages")
      #expect(try await Self.rows(world) == before, "an item was rewritten")
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }

  @Test func `Items that come, go and move are brought over, and nothing else is written`() async throws {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 60...120)
      let others = try await Self.rows(world).filter { !$0.contains(playlist.id) }
      try world.simulator.edit(
        "mira",
        PlaylistEdit(.id(playlist.id)) {
          ($0.add, $0.at, $0.remove) = (2, 50, [.position(55), .position(58)])
          $0.move = .init(from: 0, to: 3)
        })
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && Self.counts(run) == [2, 0, 2], "\(run)")
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
      #expect(try await Self.rows(world).filter { !$0.contains(playlist.id) } == others)
      try world.simulator.edit("mira", PlaylistEdit(.id(playlist.id)) { $0.remove = [.position(0)] })
      #expect(Self.counts(try await mira.syncPlaylists(in: world)) == [0, 0, 1])
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }

  @Test func `Playlists come and go; one that the list hides stays`() async throws {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 1...60)
      let hidden = try #require(try world.simulator.playlists(of: "mira").last { $0.isListed })
      try world.simulator.edit("mira", PlaylistEdit(.id(playlist.id)) { $0.delete = true })
      try world.simulator.edit(
        "mira", PlaylistEdit(create: .init(name: "New", items: 51, kind: .collaborative, mixed: true)))
      try world.simulator.edit(
        "mira", PlaylistEdit(.id(hidden.id)) { ($0.isListed, $0.keepSnapshot) = (false, true) })
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["removed"].int == 1, "\(run)")
      let shown = try await mira.playlists()
      #expect(shown.filter { $0.id != hidden.id } == (try world.playlists(of: "mira")))
      #expect(shown.contains { $0.id == hidden.id }, "what a null may be was removed")
      #expect(try await mira.get("/api/me/playlists/\(playlist.id)/").status == 404)
      #expect(shown.first?.uris.count == 51)
    }
  }

  @Test func `An edit while a playlist is read starts that one again, and the copy is right`() async throws {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 200...300)
      try world.simulator.edit("mira", PlaylistEdit(.id(playlist.id)))
      try world.simulator.edit(
        "mira", PlaylistEdit(.id(playlist.id)) { ($0.add, $0.at) = (1, 0) }, before: 3, of: .playlistItems)
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && Self.gaps(run)["changing"] == nil)
      #expect(
        try await mira.uris(of: playlist.id)
          == world.simulator.playlists(of: "mira").first { $0.id == playlist.id }?.uris)
      _ = try await mira.syncPlaylists(in: world)
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }

  @Test(arguments: [EndpointGroup.playlistItems, .myPlaylists])
  func `A page that can't be had puts the run off and changes nothing`(_ group: EndpointGroup) async throws {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 60...120)
      let before = try await mira.playlists()
      try world.simulator.edit(
        "mira", PlaylistEdit(.id(playlist.id)) { $0.remove = (0..<30).map { .position($0) } })
      world.simulator.add(Fault(.status, group: group, times: 0, status: 500))
      let id = try await mira.requestPlaylists()
      let waiting = try await mira.run(id, on: world.reactor) { $0["status"].string == "waiting" }
      #expect(waiting["error"]["code"].string == "spotify_unavailable")
      #expect(try await mira.playlists() == before)
      world.simulator.dropFaults()
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded" && Self.counts(run) == [0, 0, 30])
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }

  @Test func `A run whose worker dies goes on from its staged pages`() async throws {
    try await withWorld {
      $0.environment["PAGES_IN_PARALLEL"] = "2"
      $0.environment["SPOTIFY_SCOPES"] = Self.scopes
    } _: { world in
      let service = try await world.start(.serve)
      let worker = try await world.start(.worker)
      let mira = world.browser(at: service)
      world.simulator.hold(.playlistItems, fromNth: 9)
      try await mira.signIn(as: "mira")
      try await world.simulator.waitUntilHeld(.playlistItems, atLeast: 2)
      try await world.until("eight pages and the list are staged") {
        try await world.count("SELECT count(*) FROM staged_list_page WHERE list = '' OR elements ? 'slots'")
          == 9
      }
      await worker.process.kill9()
      world.simulator.release(.playlistItems)
      try await world.until("the dead worker's requests are over") {
        world.simulator.counts.inFlight.now == 0
      }
      let pages = try world.simulator.playlists(of: "mira").filter(\.isListed).reduce(0) { sum, truth in
        // A full page is looked behind.
        sum + (truth.contents == .visible ? max(0, truth.uris.count - 1) / 49 + 1 : 1)
      }
      world.simulator.resetCounts()
      try await world.outliveLease()
      _ = try await world.start(.worker)
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && run["trigger"].string == "connect")
      #expect(world.simulator.counts.count(.playlistItems) == pages - 8, "the rest alone")
      #expect(world.simulator.counts.count(.myPlaylists) == 0)
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
      #expect(try await world.count("SELECT count(*) FROM staged_list_page") == 0)
    }
  }

  @Test
  func
    `An unchanged list costs a request per fifty playlists and writes nothing; a changed one is read whole`()
    async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = Self.scopes
      // Without oddities every place of the list has its playlist.
      $0.simulator.hasOddities = false
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 1, playlists: 120)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      try await mira.signIn(as: "mira")
      let first = try await mira.syncPlaylists(in: world)
      #expect(first["mode"].string == "full" && first["requests"]["saved"].int == 0)
      let pages = try #require(first["requests"]["made"].int)
      let tables = ["playlist", "playlist_item", "track", "album", "artist", "episode"]
      let rows = try await world.content(of: tables)
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["mode"].string == "snapshot" && run["requests"]["made"].int == 3, "\(run)")
      // The first run asked for three pages of the list and the head again, the rest is what was saved.
      #expect(run["requests"]["saved"].int == pages - 4 && run["gaps"].array.isEmpty)
      #expect(Self.counts(run) == [0, 0, 0])
      #expect(try await world.content(of: tables) == rows, "a row was rewritten")

      // Deep down the list: three pages in vain at most.
      let last = try #require(try world.simulator.playlists(of: "mira").last)
      try world.simulator.edit("mira", PlaylistEdit(.id(last.id)) { $0.delete = true })
      let changed = try await mira.syncPlaylists(in: world)
      #expect(
        changed["changes"]["removed"].int == 1 && (changed["requests"]["made"].int ?? 99) <= 7, "\(changed)")
      #expect(try await mira.get("/api/me/").json["counts"]["playlists"].int == 119)
    }
  }

  @Test func `A refusal without a cause doesn't outlast the day`() async throws {
    try await withMira { world, mira in
      let playlist = try Self.own(world, items: 1...60)
      let pages = (playlist.uris.count - 1) / 49 + 1
      let path = "/v1/playlists/\(playlist.id)"
      try world.simulator.edit("mira", PlaylistEdit(.id(playlist.id)))
      world.simulator.add(Fault(.status, group: .playlistItems, path: path, times: 0, status: 403))
      let refused = try await mira.syncPlaylists(in: world)
      #expect(refused["status"].string == "succeeded" && Self.gaps(refused)["not_visible"] == 2)
      #expect(Self.counts(refused) == [0, 0, 0], "what can't be seen is not empty")
      #expect(try await mira.playlists().first { $0.id == playlist.id }?.contents == "not_visible")
      world.simulator.dropFaults()
      world.simulator.resetCounts()
      _ = try await mira.syncPlaylists(in: world)
      #expect(world.simulator.counts.count(.playlistItems) == 0, "asked again on the same day")
      _ = try await world.rows("UPDATE playlist SET refused_at = refused_at - interval '1 day'")
      let next = try await mira.syncPlaylists(in: world)
      // Somebody else's is refused for good in Development Mode: nobody asks for that again.
      #expect(world.simulator.counts.count(.playlistItems) == pages && Self.gaps(next)["not_visible"] == 1)
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }

  @Test func `Disconnecting takes the playlists away`() async throws {
    try await withMira { world, mira in
      let answer = try await mira.post("/spotify/disconnect/")
      #expect(answer.json["erased"]["playlists"].int == 11)
      #expect(try await mira.playlists().isEmpty)
      #expect(try await world.count("SELECT count(*) FROM playlist_item") == 0)
    }
  }
}
