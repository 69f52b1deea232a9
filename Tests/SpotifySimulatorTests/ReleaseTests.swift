import SpotifySimulator
import Testing

@testable import struct SpotifySimulator.Catalogue

@Suite struct ReleaseTests {
  /// The id of an artist with more releases than fit a page.
  static func prolific(_ simulator: Simulator) throws -> String {
    let catalogue = Catalogue(seed: 1, today: 1_795_132_800)
    let id = catalogue.artistIDs.text(1)
    #expect(try simulator.releases(of: id).ids.count > 50)
    return id
  }

  @Test(arguments: [QuotaMode.development, .extended])
  func `pages are grouped, and newest first in each group`(mode: QuotaMode) async throws {
    try await withSimulator(.with { $0.mode = mode }) { simulator, client in
      let token = try await client.appToken()
      let artist = try ReleaseTests.prolific(simulator)
      let truth = try simulator.releases(of: artist)
      let limit = mode == .extended ? 50 : 10
      var (ids, groups): ([String?], [String?]) = ([], [])
      var next: String? = "\(simulator.apiURL)/artists/\(artist)/albums?limit=\(limit)"
      while let url = next {
        let page = try await client.api(url, token).json
        #expect(page["total"].int == truth.ids.count && page["limit"].int == limit)
        ids += page["items"].array.map { $0["id"].string }
        groups += page["items"].array.map { $0["album_group"].string }
        next = page["next"].string
      }
      #expect(ids == truth.ids && Set(ids).count == ids.count)
      #expect(groups == (mode == .extended ? truth.groups : truth.groups.map { _ in nil }))
      let order = ["album", "single", "appears_on", "compilation"]
      let places = truth.groups.compactMap { order.firstIndex(of: $0) }
      #expect(places == places.sorted() && Set(places).count > 2)
      for group in order {
        let dates = zip(truth.groups, truth.dates).filter { $0.0 == group }.map { $0.1 ?? "" }
        #expect(dates == dates.sorted(by: >))
      }
    }
  }

  @Test func `groups are chosen, and stay in the links`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.appToken()
      let artist = try ReleaseTests.prolific(simulator)
      let truth = try simulator.releases(of: artist)
      let path = "/v1/artists/\(artist)/albums?include_groups=album%2Ccompilation&limit=10"
      let page = try await client.api(path, token).json
      #expect(page["total"].int == truth.groups.filter { $0 == "album" || $0 == "compilation" }.count)
      #expect(page["items"].array.map { $0["id"].string } == Array(truth.ids.prefix(10)))
      #expect(page["next"].string?.contains("include_groups=album%2Ccompilation&offset=10&") == true)
      let standard = try await client.api("/v1/artists/\(artist)/albums", token).json
      #expect(standard["items"].array.count == 5 && standard["limit"].int == 5)
      for item in standard["items"].array {
        #expect(item["artists"].array.contains { $0["id"].string == artist })
      }
    }
  }

  @Test(arguments: [QuotaMode.development, .extended])
  func `limits depend on the mode`(mode: QuotaMode) async throws {
    try await withSimulator(.with { $0.mode = mode }) { simulator, client in
      let token = try await client.appToken()
      let path = "/v1/artists/\(try ReleaseTests.prolific(simulator))/albums?"
      let most = mode == .extended ? 50 : 10
      #expect(try await client.api(path + "limit=\(most)", token).json["items"].array.count == most)
      for query in ["limit=\(most + 1)", "limit=0", "include_groups=album,ep", "offset=-1"] {
        #expect(try await client.api(path + query, token).status == 400, "\(query)")
      }
      let unknown = try await client.api("/v1/artists/0000000000000000000000/albums", token)
      #expect(unknown.status == 404)
      #expect(try await client.send("GET", path).status == 401)
      #expect(simulator.counts.count(.artistAlbums, status: 400) == 4)
    }
  }

  @Test func `an album that comes out is on top, in every list that has new ones`() async throws {
    try await withSimulator(.with { $0.mode = .extended }) { simulator, client in
      let token = try await client.appToken()
      let ids = try simulator.follows(of: "mira").ids
      let body = #"{"artist":"\#(ids[0])","with":"\#(ids[1])","type":"single","count":2}"#
      let outcome = try await client.control("POST", "edit/releases", body)
      let new = outcome.json["ids"].array.map(\.string)
      #expect(new.count == 2, "\(outcome.text)")
      for artist in ids.prefix(2) {
        let path = "/v1/artists/\(artist)/albums?include_groups=single&limit=2"
        let page = try await client.api(path, token).json
        #expect(page["items"].array.map { $0["id"].string } == new)
        #expect(page["items"][0]["album_type"].string == "single")
        #expect(page["items"][0]["artists"].array.map { $0["id"].string } == Array(ids.prefix(2)))
      }
      let releases = try await client.api("/v1/browse/new-releases?limit=2", token).json["albums"]
      #expect(releases["items"].array.map { $0["id"].string } == new && releases["total"].int == 100)
      let search = try await client.api("/v1/search?q=tag:new&type=album&limit=2", token).json["albums"]
      #expect(Set(search["items"].array.map { $0["id"].string }) == Set(new))
      let older = try simulator.release(ReleaseEdit(artist: ids[2], type: "ep", date: "1999-12-31"))
      let truth = try simulator.releases(of: ids[2])
      let place = try #require(truth.ids.firstIndex(of: older.ids[0]))
      #expect(truth.dates[place] == "1999-12-31" && truth.groups[place] == "single")
      for wrong in [
        #"{"artist":"x"}"#, #"{"artist":"\#(ids[0])","type":"tape"}"#,
        #"{"artist":"\#(ids[0])","date":"soon"}"#, #"{"artist":"\#(ids[0])","count":0}"#, "{}",
      ] { #expect(try await client.control("POST", "edit/releases", wrong).status == 400, "\(wrong)") }
    }
  }

  @Test func `an album comes out while a scan runs`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.appToken()
      let artist = try ReleaseTests.prolific(simulator)
      let before = try simulator.releases(of: artist)
      let when = #"{"artist":"\#(artist)","when":{"group":"artists/albums","nth":2}}"#
      #expect(try await client.control("POST", "edit/releases", when).status == 200)
      let path = "/v1/artists/\(artist)/albums?limit=10&offset="
      let first = try await client.api(path + "0", token).json
      let second = try await client.api(path + "10", token).json
      #expect(first["total"].int == before.ids.count && second["total"].int == before.ids.count + 1)
      #expect(second["items"][0]["id"].string == before.ids[9], "everything has moved down by one")
      simulator.add(Fault(.rateLimit, group: .artistAlbums, retryAfter: 3))
      #expect(try await client.api(path + "0", token).response.header("retry-after") == "3")
    }
  }

  @Test func `the truth over HTTP tells releases artist by artist`() async throws {
    try await withSimulator(.following(5)) { simulator, client in
      let ids = try simulator.follows(of: "mira").ids
      let all = try await client.control("GET", "library?user=mira").json
      #expect(all["releases"].array.map { $0["artist"].string } == ids && all["releases_next"].isNull)
      let part = try await client.control("GET", "library?user=mira&releases_from=1&releases_count=2").json
      #expect(part["releases"].array.map { $0["artist"].string } == Array(ids[1..<3]))
      #expect(part["releases_next"].int == 3)
      let truth = try simulator.releases(of: ids[1])
      #expect(part["releases"][0]["ids"].array.map(\.string) == truth.ids)
    }
  }
}
