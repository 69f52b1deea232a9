import SpotifySimulator
import TestSupport
import Testing

/// Every route of the table, as one person against another's things, and as nobody.
@Suite struct RouteIsolationTests {
  /// So that two answers differ in nothing but what they tell.
  private static let plain = ["X-Request-Id": "same"]
  /// The catalogue is everybody's: what is in it, and never who has what.
  private static let shared: Set = [
    "/api/artists/", "/api/artists/{artist}/", "/api/artist/{artist}/", "/api/search/",
  ]

  @Test func `Another's ids are nobody's ids, on every route, and change nothing of the other's`()
    async throws
  {
    try await withWorld(Self.prepare) { world in
      let service = try await world.start(.all)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      let (account, ids) = try await Self.fill(mira, as: "mira", in: world)
      let (noorsAccount, _) = try await Self.fill(noor, as: "noor", in: world)
      let hers = try await world.rows(of: account)
      #expect(hers.count > 6, "too little of hers is there")
      let marks = try await Self.marks(of: account, in: world)
      #expect(marks.count > 100)

      let program = world.browser(at: service)
      var token = try await noor.token("a program")
      for (call, nobodys) in zip(EveryRoute.calls(ids), EveryRoute.calls(.nobodys)) {
        if try await noor.get("/api/me/").status != 200 {
          try await noor.signIn(as: "noor")
          token = try await noor.token("a program")
        }
        let callers = [
          (browser: program, headers: Self.plain.merging(["Authorization": "Bearer \(token)"]) { $1 }),
          (browser: noor, headers: Self.plain),
        ]
        for (browser, headers) in callers {
          let answer = try await browser.send(call, headers)
          if !Self.shared.contains(call.route.path) { Self.expectNothing(of: marks, in: answer, "\(call)") }
          guard call.path != nobodys.path else { continue }
          let isForSessions = headers["Authorization"] != nil && call.route.access == .session
          let refusal = isForSessions ? 403 : call.route.access.isSignIn ? 400 : 404
          #expect(answer.status == refusal, "\(call): \(answer.status) \(answer.text)")
          let other = try await browser.send(nobodys, headers)
          #expect(answer.status == other.status && answer.text == other.text, "\(call): \(answer.text)")
          #expect(Self.fields(answer) == Self.fields(other), "\(call)")
        }
      }
      #expect(try await world.rows(of: account) == hers)
      #expect(
        try await world.tablesWithRows(of: noorsAccount) == [], "every route was called, the last one too")
      #expect(try await mira.get("/api/me/").status == 200)
    }
  }

  @Test func `A cursor of another's list shows what is one's own`() async throws {
    try await withWorld(Self.prepare) { world in
      let service = try await world.start(.all)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      let (account, ids) = try await Self.fill(mira, as: "mira", in: world)
      let (_, noors) = try await Self.fill(noor, as: "noor", in: world)
      let marks = try await Self.marks(of: account, in: world)
      var lists = 0
      for (hers, his) in zip(EveryRoute.calls(ids), EveryRoute.calls(noors))
      where hers.method == "GET" && hers.route.access.needsUser && !hers.path.hasSuffix("/events/") {
        let separator = hers.path.contains("?") ? "&" : "?"
        let first = try await mira.get(hers.path + separator + "limit=1")
        guard first.status == 200, let cursor = first.json["next_cursor"].string else { continue }
        lists += 1
        #expect(marks.contains { first.text.contains($0) }, "\(hers): nothing of hers")
        let answer = try await noor.get(his.path + separator + "limit=200&cursor=\(cursor)")
        #expect(answer.status == 200 || answer.code == "invalid_cursor", "\(hers): \(answer.text)")
        Self.expectNothing(of: marks, in: answer, "\(hers)")
        let own = try await noor.get(his.path + separator + "limit=200").json["items"].array
        #expect(answer.json["items"].array.allSatisfy(own.contains), "\(hers)")
      }
      #expect(lists >= 6, "tracks, artists, playlists, items, releases, runs")
    }
  }

  @Test func `Without a living session every route that needs somebody says so, and no other`() async throws {
    try await withWorld(Self.prepare) { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      let (account, ids) = try await Self.fill(mira, as: "mira", in: world)
      let hers = try await world.rows(of: account)
      let strangers = [
        (cookie: String?.none, authorization: String?.none), (String(repeating: "A", count: 43), nil),
        ("short", nil), (nil, "Bearer " + String(repeating: "A", count: 43)), (nil, "Basic YTpi"),
      ]
      for (cookie, authorization) in strangers {
        let stranger = world.browser(at: service)
        for call in EveryRoute.calls(ids) {
          stranger.setCookie("session", cookie)
          let answer = try await stranger.send(call, authorization.map { ["Authorization": $0] } ?? [:])
          let who = "\(call) with \(cookie ?? authorization ?? "nothing"): \(answer.status)"
          // A session that has ended by itself may be ended once more.
          if call.route.path == "/auth/logout/", answer.status == 204, cookie != nil { continue }
          #expect((answer.status == 401) == call.route.access.needsUser, "\(who)")
          if call.route.access.needsUser { #expect(answer.code == "unauthenticated", "\(who)") }
        }
      }
      #expect(try await world.rows(of: account) == hers)
    }
  }

  // MARK: What there is of somebody

  private static func prepare(_ options: inout World.Options) {
    options.simulator.hasOddities = false
    options.simulator.users = [
      .init(id: "mira", name: "Mira Moss", tracks: 60, artists: 5, playlists: 3),
      .init(id: "noor", name: "Noor", tracks: 55, seed: 77, artists: 4, playlists: 3),
    ]
    options.environment["SPOTIFY_SCOPES"] =
      "user-library-read user-follow-read playlist-read-private playlist-read-collaborative"
  }

  /// Signs somebody in, brings everything over, and gives the account with an id of each thing.
  private static func fill(
    _ browser: Browser, as name: String, in world: World
  ) async throws -> (account: Int, ids: RouteIDs) {
    try await browser.signIn(as: name)
    for kind in ["tracks", "playlists", "following", "releases"] {
      let run = try await browser.newestRun(kind, in: world)
      try #require(run["status"].string == "succeeded", "\(run)")
    }
    let playlist = try await browser.get("/api/me/playlists/?limit=200").json["items"].array
      .first { $0["contents"].string == "synced" && ($0["total_items"].int ?? 0) > 1 }
    let account = try await browser.account
    let session = try await world.rows("SELECT session_id::text FROM session WHERE user_id = \(account)")
    _ = try await browser.token("of \(name)")
    let token = try await browser.get("/api/me/tokens/").json["items"][0]["id"].string
    return (
      account,
      RouteIDs(
        run: try await browser.newestID("tracks"), playlist: try #require(playlist?["spotify_id"].string),
        session: try session[0].decode(0), token: try #require(token),
        state: try #require(Browser.parameter("state", of: try await browser.authorizePage())))
    )
  }

  /// Words that stand in what is Mira's, and in nothing that is anybody else's or everybody's.
  private static func marks(of account: Int, in world: World) async throws -> Set<String> {
    let rows = try await world.rows(
      """
      WITH word AS (
        SELECT user_id, track_key AS text FROM saved_track
        UNION SELECT user_id, playlist_id FROM playlist
        UNION SELECT user_id, item_key FROM playlist_item WHERE item_key IS NOT NULL
        UNION SELECT user_id, artist_id FROM followed_artist
        UNION SELECT user_id, run_id::text FROM sync_run
        UNION SELECT user_id, session_id::text FROM session
      )
      SELECT text FROM word GROUP BY text HAVING bool_and(user_id = \(account))
      """)
    return Set(try rows.map { try $0.decode(0, as: String.self) }).union(["Mira Moss", "\"mira\""])
  }

  private static func expectNothing(
    of marks: Set<String>, in answer: Browser.Answer, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = marks.filter { answer.text.contains($0) }
    #expect(found.isEmpty, "\(what): \(found.sorted())", sourceLocation: sourceLocation)
  }

  private static func fields(_ answer: Browser.Answer) -> [String] {
    answer.response.headers.map { "\($0.name.lowercased()): \($0.value)" }.filter { !$0.hasPrefix("date:") }
      .sorted()
  }
}
