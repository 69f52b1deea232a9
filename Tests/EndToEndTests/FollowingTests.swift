import SpotifySimulator
import TestSupport
import Testing

@Suite struct FollowingTests {
  @Test
  func `Whom somebody follows comes by itself, by name, and goes along with every change`() async throws {
    try await withFollower(artists: 120) { world, mira in
      let first = try await mira.newestRun("following", in: world)
      #expect(first["status"].string == "succeeded" && first["trigger"].string == "connect")
      #expect(first["changes"]["added"].int == 120 && first["gaps"].array.isEmpty)
      #expect(first["progress"].description == #"{done: 3, total: 3, unit: "pages"}"#)
      #expect(try await mira.followed() == Set(try world.follows))
      // What other letters become in lower case is Postgres' business.
      let names = try await mira.get("/api/me/artists/?limit=200").json["items"].array
        .compactMap { $0["name"].string?.lowercased() }.filter { $0.utf8.allSatisfy { $0 < 0x80 } }
      #expect(names.count > 50 && names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      #expect(try await mira.get("/api/me/").json["counts"]["artists"].int == 120)

      try world.simulator.edit("mira", FollowEdit(follow: 3, unfollow: [.position(7), .position(60)]))
      let second = try await mira.sync("following", in: world)
      #expect(second["changes"]["added"].int == 3 && second["changes"]["removed"].int == 2)
      #expect(try await mira.followed() == Set(try world.follows))
      #expect(try await mira.followed("state=removed").count == 2)

      let artist = try await mira.get("/api/me/artists/?limit=1").json["items"][0]
      #expect(
        artist.names == [
          "spotify_id", "uri", "name", "image_url", "genres", "first_seen_at", "removed_at",
        ])
      #expect(artist["uri"].string == "spotify:artist:\(artist["spotify_id"].string ?? "")")
      let gone = try await mira.post("/spotify/disconnect/")
      #expect(gone.json["erased"]["artists"].int == 123)
      #expect(try await world.count("SELECT count(*) FROM sync_schedule") == 0)
    }
  }

  @Test func `A list that goes in circles ends the run with an error and changes nothing`() async throws {
    try await withFollower(artists: 120) { world, mira in
      _ = try await mira.newestRun("following", in: world)
      for fault in [
        Fault(.loopCursor, group: .following, times: 0), Fault(.repeatPage, group: .following, times: 0),
      ] {
        world.simulator.add(fault)
        let run = try await mira.sync("following", in: world)
        #expect(run["status"].string == "failed" && run["error"]["code"].string == "list_loops")
        #expect((run["requests"]["made"].int ?? 99) <= 4)
        world.simulator.dropFaults()
      }
      #expect(try await mira.followed() == Set(try world.follows))
    }
  }

  @Test func `A page of fifty that answers 502 is asked again with twenty-five`() async throws {
    try await withFollower(artists: 60) { world, mira in
      _ = try await mira.newestRun("following", in: world)
      world.simulator.add(Fault(.status, group: .following, limitAbove: 25, times: 0, status: 502))
      try world.simulator.edit("mira", FollowEdit(follow: 1))
      let run = try await mira.sync("following", in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["added"].int == 1)
      #expect(run["requests"]["made"].int == 4)
      #expect(try await mira.followed() == Set(try world.follows))
    }
  }

  @Test func `A wrong total only adds until Spotify confirms who has gone, or two scans agree, and says so`()
    async throws
  {
    try await withFollower(artists: 60) { world, mira in
      _ = try await mira.newestRun("following", in: world)
      try world.simulator.edit("mira", FollowEdit(follow: 1, unfollow: [.position(3)], totalOffset: 2))
      let run = try await mira.sync("following", in: world)
      #expect(run["changes"]["added"].int == 1 && run["changes"]["removed"].int == 1)
      #expect(run["gaps"].description == #"[{count: 2, reason: "missing"}]"#)
      #expect(run["requests"]["made"].int == 3, "two pages, one question")
      // Where the question isn't allowed, a second scan has to meet the same.
      world.simulator.add(Fault(.status, group: .libraryContains, times: 0, status: 403))
      try world.simulator.edit("mira", FollowEdit(follow: 1, unfollow: [.position(5)]))
      let twice = try await mira.sync("following", in: world)
      #expect(twice["changes"]["added"].int == 1 && twice["changes"]["removed"].int == 1)
      #expect(world.simulator.log(.libraryContains).filter { $0.status == 403 }.count >= 1)
      #expect(try await mira.followed() == Set(try world.follows))
      world.simulator.dropFaults()
      // One who hides behind a null is not removed.
      world.simulator.add(Fault(.nullElement, group: .following, index: 5))
      let odd = try await mira.sync("following", in: world)
      #expect(odd["changes"]["removed"].int == 0 && odd["changes"]["skipped"].int == 1)
      #expect(try await mira.followed() == Set(try world.follows))
    }
  }

  @Test func `Pages whose borders are known are asked for at once, and as many as one after the other`()
    async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = "user-library-read user-follow-read"
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 1, artists: 500)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      world.simulator.setLatency(.milliseconds(50), group: .following)
      try await mira.signIn(as: "mira")
      let first = try await mira.newestRun("following", in: world)
      #expect(first["mode"].string == "full" && first["requests"]["made"].int == 10)
      let tables = ["followed_artist", "followed_order", "artist"]
      let rows = try await world.content(of: tables)
      world.simulator.resetCounts()
      let second = try await mira.sync("following", in: world)
      #expect(second["mode"].string == "parallel", "\(second)")
      #expect(second["requests"].description == "{made: 10, saved: 0}")
      #expect(second["progress"].description == #"{done: 10, total: 10, unit: "pages"}"#)
      #expect(world.simulator.counts.inFlight.max == 8)
      #expect(try await world.content(of: tables) == rows, "a row was rewritten")
      let seconds = try await world.rows(
        """
        SELECT extract(epoch FROM finished_at - started_at)::float8
        FROM sync_run
        WHERE kind = 'following'
        ORDER BY finished_at
        """
      ).map { try $0.decode(0, as: Double.self) }
      print(
        "500 followed artists at 50 ms a page: \(seconds[0]) s one after the other, \(seconds[1]) s at once")

      // Two pages more than fifty have room for: what is behind them is kept.
      try world.simulator.edit("mira", FollowEdit(follow: 2, unfollow: []))
      world.simulator.resetCounts()
      let third = try await mira.sync("following", in: world)
      #expect(third["mode"].string == "parallel" && third["changes"]["added"].int == 2)
      #expect((11...13).contains(third["requests"]["made"].int ?? 0), "\(third)")
      #expect(try await mira.followed() == Set(try world.follows))
      // One question confirms who has gone.
      try world.simulator.edit("mira", FollowEdit(unfollow: [.position(0), .position(251)]))
      world.simulator.resetCounts()
      let fourth = try await mira.sync("following", in: world)
      #expect(fourth["changes"]["removed"].int == 2 && fourth["gaps"].array.isEmpty)
      #expect(world.simulator.counts.count(.libraryContains) == 1)
      #expect((11...13).contains(fourth["requests"]["made"].int ?? 0), "\(fourth)")
      #expect(try await mira.followed() == Set(try world.follows))
    }
  }

  @Test func `A run that is cut off goes on from the last page it kept`() async throws {
    try await withFollower(artists: 120) { world, mira in
      _ = try await mira.newestRun("following", in: world)
      world.simulator.resetCounts()
      world.simulator.add(Fault(.rateLimit, group: .following, nth: 3, retryAfter: 90))
      let id = try await mira.requestSync("following")
      try await world.until("it waits") {
        try await mira.get("/spotify/sync/\(id)/").json["status"].string == "waiting"
      }
      try await world.endPauses()
      #expect(try await mira.run(id, on: world.reactor)["status"].string == "succeeded")
      // The one beside it may have been answered and not been kept yet.
      #expect((3...4).contains(world.simulator.log(.following).filter { $0.status == 200 }.count))
      #expect(try await mira.followed() == Set(try world.follows))
    }
  }
}

@Suite struct FollowedReleasesTests {
  @Test func `Releases of followed artists come newest first, each artist asked for once for everybody`()
    async throws
  {
    try await withFollower(artists: 30) { world, mira in
      // It waits for the list of whom to ask for.
      let run = try await mira.newestRun("releases", in: world)
      #expect(run["status"].string == "succeeded" && run["mode"].string == "due")
      #expect(run["progress"].description == #"{done: 30, total: 30, unit: "artists"}"#)
      let shown = try await mira.releases()
      let expected = try Set(
        world.follows.flatMap { artist in
          let truth = try world.simulator.releases(of: artist)
          return ["album", "single"].flatMap { group in
            zip(truth.ids, truth.groups).filter { $0.1 == group }.map(\.0).prefix(10)
          }
        })
      #expect(Set(shown.map(\.id)) == expected && shown.count == expected.count)
      #expect(shown.map(\.date) == shown.map(\.date).sorted(by: >))

      let asked = world.simulator.log(.artistAlbums).count
      // Two each, and one that found out that fifty are too many.
      #expect(asked == 61)
      let again = try await mira.sync("releases", in: world)
      #expect(again["requests"].description == "{made: 0, saved: 60}")
      try world.simulator.edit("noor", FollowEdit(followIds: try world.follows))
      let noor = Browser(world.http, base: mira.base)
      try await noor.signIn(as: "noor")
      _ = try await noor.newestRun("releases", in: world)
      let own = try world.simulator.follows(of: "noor").total - 30
      #expect(world.simulator.log(.artistAlbums).count == asked + 2 * own)

      let new = try world.simulator.release(ReleaseEdit(artist: try world.follows[3])).ids[0]
      // Asked for anew by a run; those who are merely due may be the background's.
      _ = try await world.rows("UPDATE artist_check SET checked_at = NULL")
      let fresh = try await mira.sync("releases", in: world)
      #expect(fresh["changes"]["added"].int == 1)
      #expect(try await mira.releases().contains { $0.id == new })
    }
  }

  @Test func `A limit puts the run off and keeps what is done, and an artist that can't be had stops nobody`()
    async throws
  {
    try await withFollower(artists: 12) { world, mira in
      _ = try await mira.newestRun("releases", in: world)
      _ = try await world.rows("UPDATE artist_check SET checked_at = NULL")
      let broken = try world.follows[4]
      world.simulator.add(
        Fault(.status, path: "/v1/artists/\(broken)/albums", times: 0, status: 500))
      let run = try await mira.sync("releases", in: world)
      #expect(run["status"].string == "succeeded")
      #expect(run["gaps"].description == #"[{count: 1, reason: "unanswered"}]"#)
      #expect(run["progress"]["done"].int == 11 && run["progress"]["total"].int == 12)

      _ = try await world.rows("UPDATE artist_check SET checked_at = NULL, lease_until = NULL")
      world.simulator.dropFaults()
      world.simulator.add(Fault(.quotaExceeded, group: .artistAlbums, nth: 10, retryAfter: 40_000))
      let id = try await mira.requestSync("releases")
      try await world.until("it waits") {
        try await mira.get("/spotify/sync/\(id)/").json["status"].string == "waiting"
      }
      let waiting = try await mira.get("/spotify/sync/\(id)/").json
      #expect(waiting["error"]["code"].string == "quota_exceeded")
      let kept = try await world.count("SELECT count(*) FROM artist_check WHERE checked_at IS NOT NULL")
      #expect(kept >= 1 && kept < 12 && waiting["progress"]["done"].int == kept)
      world.simulator.resetCounts()
      try await world.endPauses()
      #expect(try await mira.run(id, on: world.reactor)["status"].string == "succeeded")
      #expect(world.simulator.log(.artistAlbums).count == 2 * (12 - kept))
    }
  }
}

@Suite struct SearchTests {
  @Test func `A search asks Spotify, keeps what it finds, and finds it here when Spotify can't be asked`()
    async throws
  {
    try await withFollower(artists: 3) { world, mira in
      for run in ["tracks", "following", "releases", "playlists"] {
        _ = try await mira.newestRun(run, in: world)
      }
      var found: [String: [JSONValue]] = [:]
      for type in ["artist", "album", "track"] {
        let answer = try await mira.get("/api/search/?q=the&type=\(type)")
        #expect(answer.status == 200 && answer.json["source"].string == "spotify", "\(answer.text)")
        found[type] = answer.json["items"].array
        #expect(found[type]?.count == 10, "\(type)")
      }
      #expect(found["artist"]?[0].names == ["spotify_id", "name", "url", "image_url", "genres"])
      #expect(found["album"]?[0]["release_spotify_id"].string != nil)
      #expect(found["track"]?[0]["album"]["name"].string != nil)
      #expect(found["track"]?[0].names.isDisjoint(with: ["added_at", "removed_at"]) == true)

      world.simulator.add(Fault(.status, group: .search, times: 0, status: 503))
      for type in ["artist", "album", "track"] {
        let item = try #require(found[type]?[0])
        let name = try #require(item["name"].string ?? item["release_name"].string)
        let answer = try await mira.get("/api/search/?q=\(Browser.escape(name))&type=\(type)")
        #expect(answer.json["source"].string == "local", "\(answer.text)")
        #expect(answer.json["items"].array.contains(item), "\(type) \(name)")
      }
      world.simulator.dropFaults()
      // A long limit is not waited for.
      world.simulator.add(Fault(.rateLimit, group: .search, retryAfter: 3_000))
      for _ in 0..<2 {
        let answer = try await mira.get("/api/search/?q=the&type=artist")
        #expect(answer.status == 200 && answer.json["source"].string == "local")
      }
      for (query, word) in [
        ("type=artist", "q"), ("q=&type=artist", "q"), ("q=%20&type=artist", "q"), ("q=a", "type"),
        ("q=a&type=playlist", "type"), ("q=a%00&type=artist", "q"),
        ("q=\(String(repeating: "%C3%A9", count: 201))&type=artist", "q"),
      ] {
        let answer = try await mira.get("/api/search/?\(query)")
        #expect(answer.status == 400 && answer.code == "invalid_parameter", "\(query)")
        #expect(answer.json["detail"].string?.hasPrefix("\(word):") == true, "\(query)")
      }
      let long = try await mira.get(
        "/api/search/?q=\(String(repeating: "%C3%A9", count: 200))&type=artist")
      #expect(long.status == 200)
      let stranger = Browser(world.http, base: mira.base)
      #expect(try await stranger.get("/api/search/?q=a&type=artist").status == 401)
    }
  }
}

@Suite struct AutomaticRunTests {
  @Test
  func `What is due runs by itself, never for a connection that is gone, and one's trouble is one's own`()
    async throws
  {
    let environment = [
      "SPOTIFY_SCOPES": allScopes, "SYNC_INTERVAL_TRACKS": "1", "SYNC_INTERVAL_FOLLOWING": "1",
      "SYNC_INTERVAL_SHORTEST": "1", "SYNC_INTERVAL_LONGEST": "2", "SYNC_INTERVAL_PLAYLISTS": "0",
      "SYNC_INTERVAL_RELEASES": "0",
    ]
    try await withWorld {
      $0.environment = environment
      $0.simulator.users = [
        .init(id: "mira", name: "Mira", tracks: 20, artists: 5),
        .init(id: "noor", name: "Noor", tracks: 20, artists: 5),
      ]
    } _: { world in
      let service = try await world.start(.all)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      for (browser, name) in [(mira, "mira"), (noor, "noor")] {
        try await browser.signIn(as: name)
        for kind in ["tracks", "following"] { _ = try await browser.newestRun(kind, in: world) }
      }
      func scheduled(_ browser: Browser, _ kind: String) async throws -> Int {
        try await browser.get("/spotify/sync/?kind=\(kind)&status=succeeded&limit=200").json["items"].array
          .filter { $0["trigger"].string == "schedule" }.count
      }
      // Everything of one of them fails; the other's runs go on.
      world.simulator.add(Fault(.status, user: "mira", times: 0, status: 500))
      for kind in ["tracks", "following"] {
        try await world.until("three \(kind) runs by themselves") {
          try await scheduled(noor, kind) >= 3
        }
      }
      #expect(try await scheduled(noor, "playlists") == 0)
      #expect(try await scheduled(noor, "releases") == 0)
      // A new follow arrives without anybody asking.
      try world.simulator.edit("noor", FollowEdit(follow: 1))
      try await world.until("the new artist") { try await noor.followed().count == 6 }

      _ = try await noor.post("/spotify/disconnect/")
      _ = try await world.rows("UPDATE spotify_grant SET status = 'dead' WHERE status = 'healthy'")
      _ = try await world.rows("DELETE FROM sync_run")
      _ = try await world.rows("UPDATE sync_schedule SET next_check_at = '2000-01-01'")
      // Of mira those of the two kinds that never run by themselves; of noor nothing.
      try await world.until("the round has met them") {
        try await world.count("SELECT count(*) FROM sync_schedule WHERE next_check_at = '2000-01-01'") == 2
      }
      #expect(try await world.count("SELECT count(*) FROM sync_run") == 0)
    }
  }
}

private let allScopes = "user-library-read user-follow-read playlist-read-private playlist-read-collaborative"

/// Runs a test with mira, who follows so many artists and has just connected.
private func withFollower(
  artists: Int, _ body: @escaping @Sendable (World, Browser) async throws -> Void
) async throws {
  try await withWorld {
    $0.environment["SPOTIFY_SCOPES"] = allScopes
    $0.simulator.users = [
      .init(id: "mira", name: "Mira", tracks: 20, artists: artists, playlists: 2),
      .init(id: "noor", name: "Noor", tracks: 20, artists: 4, playlists: 2),
    ]
  } _: { world in
    let service = try await world.start(.all)
    let mira = world.browser(at: service)
    try await mira.signIn(as: "mira")
    try await body(world, mira)
  }
}

extension World {
  /// Whom mira follows at Spotify.
  fileprivate var follows: [String] { get throws { try simulator.follows(of: "mira").ids } }
}
