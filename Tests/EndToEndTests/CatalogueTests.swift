import SpotifySimulator
import TestSupport
import Testing

/// The copy of the new releases: what it asks Spotify for, and who waits for what.
@Suite struct CatalogueTests {
  @Test func `In Development Mode browsing is tried once, then the search is used, in pages that it allows`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      #expect(try await browser.get("/api/artists/").json.array.count == 100)
      let counts = world.simulator.counts
      #expect(counts.count(.newReleases) == 1 && counts.count(.newReleases, status: 403) == 1)
      #expect(counts.count(.search, status: 200) == 10)
      #expect(counts.tokenRequests("client_credentials") == 1)
      try await world.refetch()
      #expect(world.simulator.counts.count(.newReleases) == 1, "what was refused is remembered")
      #expect(world.simulator.counts.tokenRequests("client_credentials") == 1, "the app's token is kept")
      // Another process knows it as well.
      await service.process.kill9()
      _ = try await world.start(.worker)
      try await world.refetch()
      #expect(world.simulator.counts.count(.newReleases) == 1)
      #expect(world.simulator.counts.count(.search, status: 400) == 1, "so is the size that was refused")
      #expect(world.simulator.counts.tokenRequests("client_credentials") == 2, "each process has its own")
    }
  }

  @Test func `With extended quota browsing is what is asked`() async throws {
    try await withWorld {
      $0.simulator.mode = .extended
    } _: { world in
      let service = try await world.start(.all)
      #expect(try await world.browser(at: service).get("/api/artists/").json.array.count == 100)
      #expect(world.simulator.counts.count(.newReleases, status: 200) == 2)
      #expect(world.simulator.counts.count(.search) == 0)
    }
  }

  @Test func `The very first call waits for the first fetch, and later ones for nobody`() async throws {
    try await withWorld { world in
      world.simulator.hold(.search, fromNth: 5)
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      let first = world.reactor.spawn { try? await browser.get("/api/artists/") }
      try await world.simulator.waitUntilHeld(.search)
      world.simulator.release(.search)
      let answer = try #require(await first.value)
      #expect(answer.status == 200 && answer.json.array.count == 100)
      // Who waited has asked for what was on its way: that is no second fetch.
      #expect(
        try await world.count("SELECT count(*) FROM catalogue_copy WHERE requested_at > fetched_at") == 0)
      #expect(world.simulator.counts.count(.search, status: 200) == 10)
      // Old by now, and Spotify doesn't answer: what is there is given out at once, and a fetch is asked for.
      world.simulator.hold(.search)
      _ = try await world.rows("UPDATE catalogue_copy SET fetched_at = now() - interval '2 days'")
      try await world.simulator.waitUntilHeld(.search)
      let old = try await browser.get("/api/artists/")
      #expect(old.status == 200 && old.json == answer.json)
      world.simulator.release(.search)
      try await world.until("Last-Modified is the new fetch's") {
        try await browser.get("/api/artists/").header("last-modified") != old.header("last-modified")
      }
    }
  }

  @Test func `Spotify down at the first call: 503 after ten seconds, and well when Spotify is`() async throws
  {
    try await withWorld { world in
      world.simulator.add(
        Fault(.status, group: .newReleases, times: 0, status: 503),
        Fault(.status, group: .search, times: 0, status: 503))
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      let answer = try await browser.get("/api/artists/")
      #expect(answer.status == 503 && answer.code == "catalogue_empty")
      #expect(answer.header("retry-after") != nil)
      let page = try await browser.get("/", ["Accept": "text/html"])
      #expect(page.status == 200, "the page doesn't need the copy")
      world.simulator.dropFaults()
      _ = try await world.rows("UPDATE catalogue_copy SET not_before = now()")
      #expect(try await browser.get("/api/artists/").status == 200)
    }
  }

  @Test func `Every instance shows a new version soon, and the tag changes with it`() async throws {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      _ = try await world.start(.worker)
      var tags: [String?] = []
      for service in services {
        let answer = try await world.browser(at: service).get("/api/artists/")
        #expect(answer.json.array.count == 100)
        tags.append(answer.header("etag"))
      }
      #expect(tags[0] == tags[1], "the same content has one tag, wherever it comes from")
      _ = try await world.rows(
        """
        WITH one AS (DELETE FROM new_release WHERE album_id = (SELECT max(album_id) FROM new_release))
        UPDATE catalogue_copy SET version = version + 1, checksum = NULL
        """)
      for total in ["99", "100"] {
        for service in services {
          let browser = world.browser(at: service)
          try await world.until("\(total) are shown", within: .seconds(10)) {
            try await browser.get("/api/artists/").header("x-total-count") == total
          }
          let isOld = try await browser.get("/api/artists/", ["If-None-Match": tags[0] ?? ""]).status == 304
          #expect(isOld == (total == "100"))
        }
        if total == "99" { try await world.refetch() }
      }
    }
  }

  @Test func `An artist is found by id and by name in any case, and what only asking tells comes later`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      let release = try await browser.get("/api/artists/").json[0]
      let id = try #require(release["artists"][0]["spotify_id"].string)
      let name = try #require(release["release_from_artist"].string)
      let page = try await browser.get("/api/artists/\(Browser.escape(name.uppercased()))/")
      #expect(page.status == 200 && page.json["name"].string == name)
      #expect(page.json["spotify_id"].string == id)
      #expect(page.json["url"].string == "https://open.spotify.com/artist/\(id)")
      #expect(page.json["releases"].array.contains(release))
      #expect(
        page.json.names.isSuperset(of: ["spotify_id", "name", "url", "image_url", "genres", "releases"]))
      // Of eight artists, for some have no genres at all.
      let releases = try await browser.get("/api/artists/?limit=20").json.array
      let ids =
        Set(releases.compactMap { $0["artists"][0]["spotify_id"].string }).subtracting([id]).prefix(7) + [id]
      var genres: [JSONValue] = []
      for id in ids {
        try await world.until("the picture is there") {
          try await browser.get("/api/artist/\(id)").json["image_url"].string != nil
        }
        genres += try await browser.get("/api/artist/\(id)").json["genres"].array
      }
      #expect(genres.contains { $0.string?.isEmpty == false })
      #expect(world.simulator.counts.count(.artists) == 8, "one wish, one request")
      let byName = try await browser.get("/api/artist/\(Browser.escape(name.lowercased()))")
      #expect(try await browser.get("/api/artists/\(id)/").text == byName.text)
      #expect(try await browser.get("/api/artists/Nobody%20At%20All").code == "artist_not_found")
      for nobody in ["Nobody%20At%20All", "%25", "_", "'", "%00", String(repeating: "a", count: 5_000)] {
        let answer = try await browser.get("/api/artists/\(nobody)/")
        #expect(answer.status == 404 || answer.status == 400, "\(nobody.prefix(20)): \(answer.status)")
        if answer.status == 404 { #expect(answer.code?.hasSuffix("not_found") == true) }
      }
    }
  }
}

extension World {
  /// Asks for a fetch of the new releases and waits for its end.
  fileprivate func refetch() async throws {
    _ = try await rows(
      "UPDATE catalogue_copy SET requested_at = now(), fetched_at = now() - interval '1 second'")
    try await until("the new releases were fetched again") {
      try await self.count("SELECT count(*) FROM catalogue_copy WHERE fetched_at > requested_at") == 1
    }
  }
}
