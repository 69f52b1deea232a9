import Foundation
import SpotifySimulator
import TestSupport
import Testing

/// Where the new releases come from, by what the app may call; and that artists are asked for at their own pace.
@Suite struct LadderTests {
  @Test
  func
    `In Development Mode the new releases are the followed artists', each asked for once for all who follow it`()
    async throws
  {
    try await withFollowers { world, artists in
      let new = try world.simulator.release(ReleaseEdit(artist: artists[2])).ids[0]
      let service = try await world.start(.all)
      // Nobody has connected: the search has something for everybody.
      #expect(try await world.browser(at: service).get("/api/artists/").json.array.count == 100)
      #expect(try await world.source == "search")
      var browsers: [Browser] = []
      for name in names {
        let browser = world.browser(at: service)
        try await browser.signIn(as: name)
        browsers.append(browser)
      }
      for browser in browsers {
        let run = try await browser.newestRun("releases", in: world)
        #expect(run["status"].string == "succeeded", "\(run)")
      }
      let stranger = world.browser(at: service)
      try await world.until("the copy is the followed artists'") { try await world.source == "followed" }
      try await world.until("and has what is new") { try await stranger.releaseIDs().contains(new) }
      #expect(
        try await world.count(
          """
          SELECT count(*) FROM new_release
          WHERE NOT EXISTS (
            SELECT FROM artist_album JOIN followed_artist USING (artist_id)
            WHERE artist_album.album_id = new_release.album_id)
          """) == 0)
      #expect(world.simulator.counts.count(.artistAlbums, status: 200) == 2 * artists.count)
      // Each run that began before any had learned it.
      #expect((1...3).contains(world.simulator.counts.count(.artistAlbums, status: 400)))
      #expect(world.simulator.counts.count(.newReleases) == 1)
      #expect(world.simulator.counts.count(.search, status: 200) == 10, "never again since somebody follows")

      // When their turn comes, the background asks, and nobody's run.
      let newer = try world.simulator.release(ReleaseEdit(artist: artists[5])).ids[0]
      _ = try await world.rows("UPDATE artist_check SET next_check_at = now()")
      try await world.until("the background has asked") {
        try await stranger.releaseIDs().contains(newer)
      }
      try await world.until("nobody is due") {
        try await world.count("SELECT count(*) FROM artist_check WHERE next_check_at <= now()") == 0
      }
      #expect(world.simulator.counts.count(.artistAlbums, status: 200) == 4 * artists.count)
      for browser in browsers {
        let listed = try await browser.get("/api/me/releases/?limit=5").json["items"].array
        #expect(listed.contains { $0["release_spotify_id"].string == newer })
        let runs = try await browser.get("/spotify/sync/?kind=releases").json["items"].array
        #expect(runs.count == 1)
      }
      // The pace is the artist's own: bounded, and not the same for all.
      #expect(
        try await world.count(
          """
          SELECT count(*) FROM artist_check
          WHERE next_check_at - checked_at NOT BETWEEN interval '21 hours' AND interval '16 days'
          """) == 0)
    }
  }

  @Test func `An artist whose turn comes later keeps no run open`() async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = scopes
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 5, artists: 230)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      try await mira.signIn(as: "mira")
      let run = try await mira.newestRun("releases", in: world)
      #expect(run["status"].string == "succeeded")
      #expect(run["gaps"].description == #"[{count: 30, reason: "deferred"}]"#)
      #expect(run["progress"].description == #"{done: 200, total: 230, unit: "artists"}"#)
      #expect(try await mira.get("/api/me/releases/?limit=200").json["items"].array.count == 200)
      // Left over by the run, they are the background's after a while.
      _ = try await world.rows("UPDATE artist_check SET next_check_at = now() WHERE checked_at IS NULL")
      try await world.until("the background has asked for the rest") {
        try await world.count("SELECT count(*) FROM artist_check WHERE checked_at IS NOT NULL") == 230
      }
      let again = try await mira.sync("releases", in: world)
      #expect(again["requests"].description == "{made: 0, saved: 460}" && again["gaps"].array.isEmpty)
      // Nobody asks for artists whom nobody follows.
      try world.simulator.edit("mira", FollowEdit(unfollow: (0..<30).map { .position($0) }))
      _ = try await mira.sync("following", in: world)
      world.simulator.resetCounts()
      _ = try await world.rows(
        """
        UPDATE artist_check SET next_check_at = now()
        WHERE artist_id IN (SELECT artist_id FROM followed_artist WHERE removed_at IS NOT NULL)
        """)
      try await world.until("they are forgotten") {
        try await world.count("SELECT count(*) FROM artist_check") == 200
      }
      #expect(world.simulator.log(.artistAlbums).isEmpty)
    }
  }

  @Test
  func `Everything refused: 503 with a time to come back, and content as soon as somebody follows anybody`()
    async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = scopes
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 5, artists: 3)]
    } _: { world in
      world.simulator.add(
        Fault(.status, group: .newReleases, times: 0, status: 403),
        Fault(.status, group: .search, times: 0, status: 403))
      let new = try world.simulator.release(
        ReleaseEdit(artist: try world.simulator.follows(of: "mira").ids[0])
      ).ids[0]
      let browser = world.browser(at: try await world.start(.all))
      let answer = try await browser.get("/api/artists/")
      #expect(answer.status == 503 && answer.code == "catalogue_empty")
      #expect(answer.header("retry-after").flatMap { Int($0) } ?? 0 > 0)
      // What fails everywhere says nothing of one route.
      #expect(try await world.count("SELECT count(*) FROM app_capability") == 0)
      try await browser.signIn(as: "mira")
      try await world.until("the copy is there") {
        try await browser.get("/api/artists/").status == 200
      }
      #expect(try await browser.releaseIDs().contains(new))
      #expect(try await world.source == "followed")
      #expect(try await world.count("SELECT count(*) FROM app_capability WHERE NOT is_allowed") == 1)
    }
  }

  @Test func `With extended quota Spotify's own list stays, whoever follows whomever`() async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = scopes
      $0.simulator.mode = .extended
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 5, artists: 3)]
    } _: { world in
      _ = try world.simulator.release(ReleaseEdit(artist: try world.simulator.follows(of: "mira").ids[0]))
      let mira = world.browser(at: try await world.start(.all))
      #expect(try await mira.get("/api/artists/").json.array.count == 100)
      try await mira.signIn(as: "mira")
      let run = try await mira.newestRun("releases", in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["added"].int ?? 0 > 0)
      #expect(world.simulator.counts.count(.artistAlbums, status: 200) == 6)
      #expect(
        try await world.count(
          """
          SELECT count(*) FROM catalogue_copy
          WHERE source = 'browse' AND (requested_at IS NULL OR requested_at <= fetched_at)
          """) == 1)
      #expect(world.simulator.counts.count(.newReleases) == 2)
    }
  }

  @Test func `A limit that doesn't clear on one route is stepped over, remembered, and tried again later`()
    async throws
  {
    try await withWorld {
      $0.simulator.mode = .extended
    } _: { world in
      world.simulator.add(Fault(.quotaExceeded, group: .newReleases, times: 0))
      let browser = world.browser(at: try await world.start(.all))
      #expect(try await browser.get("/api/artists/").json.array.count == 100)
      #expect(try await world.source == "search")
      #expect(world.simulator.counts.count(.newReleases) == 1)
      try await world.refetchReleases()
      #expect(world.simulator.counts.count(.newReleases) == 1, "what was refused is remembered")
      world.simulator.dropFaults()
      try await world.forgetPauses()
      _ = try await world.rows("UPDATE app_capability SET retry_at = now()")
      try await world.refetchReleases()
      #expect(try await world.source == "browse")
      // Its list is waited for, for a while, before another takes its place.
      world.simulator.add(Fault(.quotaExceeded, group: .newReleases, times: 0))
      for attempt in 1...2 {
        _ = try await world.rows(
          """
          UPDATE catalogue_copy
          SET fetched_at = now() - interval '2 days', not_before = now()
          """)
        try await world.until("it was tried \(attempt) times") {
          try await world.count(
            "SELECT count(*) FROM catalogue_copy WHERE attempt = \(Int32(attempt)) AND lease_until IS NULL")
            == 1
        }
        #expect(try await world.source == "browse")
      }
      _ = try await world.rows("UPDATE catalogue_copy SET not_before = now()")
      try await world.until("another source takes its place") { try await world.source == "search" }
    }
  }

  @Test func `Pages are as large as the settings say, and smaller where Spotify allows less`() async throws {
    try await withWorld {
      $0.simulator.mode = .extended
      $0.environment["SPOTIFY_PAGE_SIZE_NEW_RELEASES"] = "25"
      $0.environment["SPOTIFY_PAGE_SIZE_SEARCH"] = "20"
    } _: { world in
      let browser = world.browser(at: try await world.start(.all))
      #expect(try await browser.get("/api/artists/").json.array.count == 100)
      #expect(world.simulator.counts.count(.newReleases, status: 200) == 4)
      world.simulator.add(
        Fault(.status, group: .newReleases, times: 0, status: 404),
        Fault(.status, group: .search, limitAbove: 5, times: 0, status: 400, message: "Invalid limit"))
      try await world.refetchReleases()
      #expect(try await world.source == "search")
      #expect(world.simulator.counts.count(.search, status: 400) == 2, "20 and 10")
      #expect(world.simulator.counts.count(.search, status: 200) == 20)
      try await world.refetchReleases()
      #expect(world.simulator.counts.count(.search, status: 400) == 2)
    }
  }
}

private let scopes = "user-library-read user-follow-read"
private let names = ["mira", "noor", "ilse"]

/// Runs a test with three who follow the same artists, and whose scopes allow to ask whom they follow.
private func withFollowers(
  _ body: @escaping @Sendable (World, [String]) async throws -> Void
) async throws {
  try await withWorld {
    $0.environment["SPOTIFY_SCOPES"] = scopes
    $0.simulator.users = names.map { .init(id: $0, name: $0, tracks: 5, artists: $0 == "mira" ? 12 : 0) }
  } _: { world in
    let artists = try world.simulator.follows(of: "mira").ids
    for name in names where name != "mira" {
      try world.simulator.edit(name, FollowEdit(followIds: artists))
    }
    try await body(world, artists)
  }
}

extension World {
  /// Where the copy of the new releases comes from.
  fileprivate var source: String? {
    get async throws { try await rows("SELECT source FROM catalogue_copy")[0].decode(0) }
  }

  /// Asks for a fetch of the new releases and waits for its end.
  fileprivate func refetchReleases() async throws {
    _ = try await rows(
      "UPDATE catalogue_copy SET requested_at = now(), fetched_at = now() - interval '1 second'")
    try await until("the new releases were fetched again") {
      try await self.count("SELECT count(*) FROM catalogue_copy WHERE fetched_at > requested_at") == 1
    }
  }
}

extension Browser {
  fileprivate func releaseIDs() async throws -> Set<String> {
    Set(try await get("/api/artists/").json.array.compactMap { $0["release_spotify_id"].string })
  }
}
