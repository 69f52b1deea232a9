import SpotifySimulator
import Testing

@Suite struct FollowingTests {
  @Test(arguments: [QuotaMode.development, .extended])
  func `the cursor leads through all followed artists, and is null at the end`(mode: QuotaMode) async throws {
    try await withSimulator(.following(120) { $0.mode = mode }) { simulator, client in
      let token = try await client.token(scope: "user-follow-read")
      let truth = try simulator.follows(of: "mira")
      var (ids, pages): ([String], Int) = ([], 0)
      var next: String? = "\(simulator.apiURL)/me/following?type=artist&limit=50"
      while let url = next {
        let page = try await client.api(url, token).json["artists"]
        #expect(page["total"].int == 120 && page["limit"].int == 50)
        let found = page["items"].array
        ids += found.compactMap { $0["id"].string }
        for artist in found {
          #expect(artist["type"].string == "artist" && artist["name"].string != nil)
          #expect(artist.keys.contains("followers") == (mode == .extended))
        }
        next = page["next"].string
        pages += 1
        #expect(
          next == nil
            ? page["cursors"]["after"].isNull && page["next"].isNull
            : page["cursors"]["after"].string == ids.last && next?.contains("after=\(ids.last ?? "")") == true
        )
      }
      #expect(pages == 3 && ids == truth.ids && Set(ids).count == 120)
    }
  }

  @Test func `nobody followed is an empty page`() async throws {
    try await withSimulator(.following(0)) { _, client in
      let token = try await client.token(scope: "user-follow-read")
      let page = try await client.api("/v1/me/following?type=artist", token).json["artists"]
      #expect(page["items"].array.isEmpty && page["total"].int == 0 && page["limit"].int == 20)
      #expect(page["next"].isNull && page["cursors"]["after"].isNull)
    }
  }

  @Test(arguments: ["", "type=user", "type=artist&limit=0", "type=artist&limit=51", "type=artist&limit=x"])
  func `what makes no sense is refused`(query: String) async throws {
    try await withSimulator(.following(3)) { _, client in
      let token = try await client.token(scope: "user-follow-read")
      #expect(try await client.api("/v1/me/following?\(query)", token).status == 400)
    }
  }

  @Test func `without the scope nobody's follows are shown`() async throws {
    try await withSimulator(.following(3)) { _, client in
      let answer = try await client.api("/v1/me/following?type=artist", try await client.token())
      #expect(answer.status == 403 && answer.message == "Insufficient client scope")
      #expect(
        try await client.api("/v1/me/following?type=artist", try await client.appToken()).status == 401)
    }
  }

  @Test func `a cursor finds its place when its artist is gone`() async throws {
    try await withSimulator(.following(60)) { simulator, client in
      let token = try await client.token(scope: "user-follow-read")
      let before = try simulator.follows(of: "mira").ids
      try simulator.edit("mira", FollowEdit(unfollow: [.id(before[19])]), before: 2, of: .following)
      let first = try await client.api("/v1/me/following?type=artist", token).json["artists"]
      #expect(first["cursors"]["after"].string == before[19])
      let second = try await client.api(first["next"].string ?? "", token).json["artists"]
      #expect(second["total"].int == 59 && second["items"][0]["id"].string == before[20])
    }
  }

  @Test func `follows come and go on order`() async throws {
    try await withSimulator(.following(10)) { simulator, client in
      let before = try simulator.follows(of: "mira").ids
      let body = #"{"user":"mira","follow":3,"unfollow":[0,"\#(before[5])"],"total_offset":2}"#
      let outcome = try await client.control("POST", "edit/following", body)
      #expect(outcome.json["followed"].array.count == 3 && outcome.json["total"].int == 13)
      let after = try simulator.follows(of: "mira")
      #expect(after.ids.count == 11 && after.ids == after.ids.sorted() && after.total == 13)
      #expect(!after.ids.contains(before[0]) && !after.ids.contains(before[5]))
      try simulator.edit("mira", FollowEdit(followIds: [before[0]]))
      #expect(try simulator.follows(of: "mira").ids.contains(before[0]))
      for wrong in [
        #"{"user":"mira","unfollow":[99]}"#, #"{"user":"mira","follow":5000}"#,
        #"{"user":"mira","follow_ids":["x"]}"#, #"{"user":"nobody","follow":1}"#,
      ] { #expect(try await client.control("POST", "edit/following", wrong).status == 400, "\(wrong)") }
    }
  }

  @Test func `a cursor loops, a page repeats, a total lies and a big page fails on order`() async throws {
    try await withSimulator(.following(60)) { simulator, client in
      let token = try await client.token(scope: "user-follow-read")
      let truth = try simulator.follows(of: "mira").ids
      func page(_ query: String) async throws -> JSON {
        try await client.api("/v1/me/following?type=artist&\(query)", token).json["artists"]
      }
      simulator.add(Fault(.loopCursor, group: .following, nth: 2))
      _ = try await page("limit=25")
      let looped = try await page("limit=25&after=\(truth[24])")
      #expect(looped["items"][0]["id"].string == truth[25])
      #expect(
        looped["cursors"]["after"].string == truth[0] && looped["next"].string?.contains(truth[0]) == true)

      simulator.add(Fault(.repeatPage, group: .following))
      let repeated = try await page("limit=25&after=\(truth[24])")
      #expect(repeated["items"][0]["id"].string == truth[0])
      #expect(repeated["cursors"]["after"].string == truth[24])

      simulator.add(Fault(.total, group: .following, value: 9_999))
      #expect(try await page("limit=50")["total"].int == 9_999)

      simulator.add(Fault(.status, group: .following, limitAbove: 25, times: 0, status: 502))
      let refused = try await client.api("/v1/me/following?type=artist&limit=50", token)
      #expect(refused.status == 502 && refused.message == "Failed to get followed artists")
      #expect(try await page("limit=25")["items"].array.count == 25)
      #expect(simulator.counts.count(.following, status: 502) == 1)
    }
  }

  @Test func `the truth over HTTP holds the follows`() async throws {
    try await withSimulator(.following(7)) { simulator, client in
      let truth = try await client.control("GET", "library?user=mira").json
      #expect(
        truth["following"]["ids"].array.map(\.string) == (try simulator.follows(of: "mira").ids)
          && truth["following"]["total"].int == 7)
      #expect(truth["ids"].array.count == 175 && truth["playlists"].array.count == 12)
    }
  }
}

extension SimulatorConfiguration {
  /// Mira, who follows `count` artists.
  static func following(
    _ count: Int, _ change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) -> SimulatorConfiguration {
    with {
      $0.users = [.init(id: "mira", name: "Mira", tracks: 175, seed: 11, artists: count)]
      change(&$0)
    }
  }
}
