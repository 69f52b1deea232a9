import SpotifySimulator
import Testing

@Suite struct SavedTracksTests {
  @Test(arguments: [QuotaMode.development, .extended])
  func `pages add up to the library, in order, and lead from one to the next`(mode: QuotaMode) async throws {
    try await withSimulator(.with { $0.mode = mode }) { simulator, client in
      let token = try await client.token()
      var next: String? = "\(simulator.apiURL)/me/tracks?limit=50"
      var (uris, times): ([String], [String]) = ([], [])
      var pages = 0
      while let url = next {
        let page = try await client.api(url, token).json
        #expect(page["total"].int == 175 && page["limit"].int == 50 && page["offset"].int == pages * 50)
        #expect(page["href"].string == "\(simulator.apiURL)/me/tracks?offset=\(pages * 50)&limit=50")
        #expect(
          pages == 0
            ? page["previous"].isNull
            : page["previous"].string?.contains("offset=\(pages * 50 - 50)&") == true)
        uris += page["items"].array.compactMap { $0["track"]["uri"].string }
        times += page["items"].array.compactMap { $0["added_at"].string }
        next = page["next"].string
        pages += 1
      }
      #expect(pages == 4)
      let truth = try simulator.library(of: "mira")
      #expect(uris == truth.uris && times == truth.addedAt && truth.total == 175)
      let beyond = try await client.api("/v1/me/tracks?offset=500&limit=10", token).json
      #expect(beyond["items"].array.isEmpty && beyond["next"].isNull && beyond["total"].int == 175)
    }
  }

  @Test func `Development Mode leaves out what was removed in 2026, Extended shows it`() async throws {
    for mode in [QuotaMode.development, .extended] {
      try await withSimulator(.with { $0.mode = mode }) { _, client in
        let page = try await client.api("/v1/me/tracks?limit=1", try await client.token()).json
        let track = page["items"][0]["track"]
        let isExtended = mode == .extended
        for field in ["available_markets", "popularity"] { #expect(track.keys.contains(field) == isExtended) }
        #expect(track["album"].keys.contains("available_markets") == isExtended)
        #expect(
          track.keys.isSuperset(of: [
            "id", "uri", "name", "artists", "album", "duration_ms", "explicit", "external_ids", "is_local",
            "is_playable", "track_number", "disc_number", "href", "type",
          ]))
        #expect(
          track["album"].keys.isSuperset(of: [
            "id", "uri", "name", "album_type", "release_date", "release_date_precision", "images",
            "total_tracks",
          ]))
        #expect(track["album"]["images"][0]["url"].string?.contains("/image/640-") == true)
      }
    }
  }

  @Test(arguments: ["limit=0", "limit=51", "limit=-1", "limit=ten", "limit="])
  func `a limit outside of 1 to 50 is refused`(query: String) async throws {
    try await withSimulator { _, client in
      let answer = try await client.api("/v1/me/tracks?\(query)", try await client.token())
      #expect(answer.status == 400 && answer.message == "Invalid limit")
      #expect(answer.json["error"]["status"].int == 400)
    }
  }

  @Test func `without limit there are 20, and a negative offset is refused`() async throws {
    try await withSimulator { _, client in
      let token = try await client.token()
      #expect(try await client.api("/v1/me/tracks", token).json["items"].array.count == 20)
      #expect(try await client.api("/v1/me/tracks?offset=-1", token).status == 400)
    }
  }

  @Test func `the same seed makes the same bytes, another seed another library`() async throws {
    let (kept, other) = (Keeper(), Keeper())
    for keeper in [kept, other] {
      try await withSimulator(.with { $0.mode = .extended }) { simulator, client in
        let page = try await client.api("/v1/me/tracks?limit=50&offset=50", try await client.token())
        keeper.set(page.text.replacing(simulator.baseURL, with: "BASE"))
        try simulator.add(.init(id: "nils", name: "Nils", tracks: 175, seed: 12))
        let (mine, theirs) = (try simulator.library(of: "mira"), try simulator.library(of: "nils"))
        #expect(Set(mine.uris).intersection(theirs.uris).count < 20)
      }
    }
    #expect(kept.text == other.text && kept.text.count > 50_000)
  }

  @Test func `a page can be made as big as ordered`() async throws {
    try await withSimulator(.with { $0.pageBytes = 150_000 }) { _, client in
      let page = try await client.api("/v1/me/tracks?limit=50", try await client.token())
      #expect((150_000..<175_000).contains(page.response.body.count), "\(page.response.body.count)")
      #expect(page.json["items"].array.count == 50)
    }
  }

  @Test func `local files have a URI and no ids`() async throws {
    try await withSimulator(.with { $0.users = [.init(id: "mira", name: "Mira", tracks: 5_000, seed: 3)] }) {
      simulator, client in
      let truth = try simulator.library(of: "mira")
      let position = try truth.ids.firstIndex(of: nil).unwrap("no local file in 5,000")
      #expect(truth.uris[position]?.hasPrefix("spotify:local:") == true)
      let token = try await client.token()
      let track = try await client.api("/v1/me/tracks?limit=1&offset=\(position)", token).json["items"][0][
        "track"]
      #expect(track["is_local"].bool == true && track["uri"].string == truth.uris[position])
      #expect(track["id"].isNull && track["href"].isNull && track["album"]["release_date"].isNull)
      #expect(track["album"]["id"].isNull && track["artists"][0]["id"].isNull)
    }
  }

  @Test func `contains tells what is saved, for at most 40 URIs`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      let saved = try simulator.library(of: "mira").uris.compactMap { $0 }
      let other = try simulator.edit("mira", .init(unsave: [3])).unsaved[0] ?? ""
      let uris = [saved[0], "spotify:track:\(other)", saved[9], "spotify:album:4aawyAB9vmqN3uQ7FjRGTy"]
      let answer = try await client.api("/v1/me/library/contains?uris=\(uris.joined(separator: ","))", token)
      #expect(answer.json.array.map(\.bool) == [true, false, true, false])
      let most = saved.prefix(40).joined(separator: "%2C")
      #expect(try await client.api("/v1/me/library/contains?uris=\(most)", token).json.array.count == 40)
      for wrong in [
        saved.prefix(41).joined(separator: ","), "", "spotify:track", "spotify:tune:x", saved[0] + ",",
      ] {
        #expect(
          try await client.api("/v1/me/library/contains?uris=\(wrong)", token).status == 400, "\(wrong)")
      }
    }
  }
}
