import SpotifySimulator
import Testing

@Suite struct CatalogueTests {
  @Test func `new releases are gone in Development Mode and a hundred in Extended`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.appToken()
      let gone = try await client.api("/v1/browse/new-releases", token)
      #expect(gone.status == 403 && gone.message == "Forbidden")
      simulator.setMode(.extended)
      var dates: [String] = []
      for offset in [0, 50] {
        let page = try await client.api("/v1/browse/new-releases?limit=50&offset=\(offset)", token).json[
          "albums"]
        #expect(page["total"].int == 100 && page["items"].array.count == 50)
        dates += page["items"].array.compactMap { $0["release_date"].string }
      }
      #expect(dates.count == 100 && dates == dates.sorted(by: >) && dates[0] == "2026-11-20")
      #expect(try await client.api("/v1/browse/new-releases?limit=51", token).message == "Invalid limit")
    }
  }

  @Test func `a search for tag new lists the albums of two weeks in pages`() async throws {
    try await withSimulator { _, client in
      let token = try await client.appToken()
      let first = try await client.api("/v1/search?q=tag%3Anew&type=album", token).json["albums"]
      #expect(first["limit"].int == 5 && first["items"].array.count == 5)
      let total = try first["total"].int.unwrap("no total")
      var ids: Set<String> = []
      var next = first["href"].string?.replacing("limit=5", with: "limit=10")
      while let url = next {
        let page = try await client.api(url, token).json["albums"]
        for album in page["items"].array {
          ids.insert(album["id"].string ?? "")
          #expect(("2026-11-07"..."2026-11-20").contains(album["release_date"].string ?? ""))
        }
        next = page["next"].string
      }
      #expect(ids.count == total && total > 100)
    }
  }

  @Test(arguments: [
    (QuotaMode.development, "q=x&type=album&limit=11", "Invalid limit"),
    (.development, "q=x&type=album&limit=0", "Invalid limit"),
    (.extended, "q=x&type=album&limit=51", "Invalid limit"),
    (.extended, "q=x&type=album&offset=1001", "Invalid offset"),
    (.extended, "type=album", "No search query"),
    (.extended, "q=%20&type=album", "No search query"),
    (.extended, "q=x", "Missing parameter type"),
    (.extended, "q=x&type=album,tune", "Bad search type field tune"),
  ])
  func `a search that Spotify refuses is refused`(mode: QuotaMode, query: String, message: String)
    async throws
  {
    try await withSimulator(.with { $0.mode = mode }) { _, client in
      let answer = try await client.api("/v1/search?\(query)", try await client.appToken())
      #expect(answer.status == 400 && answer.message == message)
    }
  }

  @Test func `names are found by their words, artists by a filter`() async throws {
    try await withSimulator(.with { $0.mode = .extended }) { _, client in
      let token = try await client.appToken()
      let album = try await client.api("/v1/search?q=tag:new&type=album&limit=1", token).json["albums"][
        "items"][0]
      let artist = album["artists"][0]["name"].string ?? ""
      let query = TestClient.form(["q": "artist:\"\(artist)\"", "type": "album,artist,track", "limit": "50"])
      let found = try await client.api("/v1/search?\(query)", token).json
      #expect(found.keys == ["albums", "artists", "tracks"])
      #expect(found["albums"]["items"].array.contains { $0["id"].string == album["id"].string })
      #expect(found["artists"]["items"].array.contains { $0["name"].string == artist })
      let none = try await client.api("/v1/search?q=zzzqqqxxx&type=track", token).json["tracks"]
      #expect(none["total"].int == 0 && none["items"].array.isEmpty && none["next"].isNull)
    }
  }

  @Test func `an artist has genres and images, and followers in Extended alone`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.appToken()
      let album = try await client.api("/v1/search?q=tag:new&type=album&limit=1", token).json["albums"][
        "items"][0]
      let id = album["artists"][0]["id"].string ?? ""
      let artist = try await client.api("/v1/artists/\(id)", token).json
      #expect(artist["id"].string == id && artist["name"].string == album["artists"][0]["name"].string)
      #expect(artist["images"].array.count == 3 && artist.keys.contains("genres"))
      #expect(artist.keys.isDisjoint(with: ["followers", "popularity"]))
      simulator.setMode(.extended)
      #expect(try await client.api("/v1/artists/\(id)", token).json["followers"]["total"].int != nil)
      #expect(try await client.api("/v1/artists/short", token).status == 400)
      #expect(try await client.api("/v1/artists/0000000000000000000000", token).status == 404)
    }
  }

  @Test func `covers are SVG for everybody, the same for the same id`() async throws {
    try await withSimulator { _, client in
      let token = try await client.appToken()
      let album = try await client.api("/v1/search?q=tag:new&type=album&limit=1", token).json["albums"][
        "items"][0]
      let url = try album["images"][0]["url"].string.unwrap("no image")
      let (first, second) = (try await client.send("GET", url), try await client.send("GET", url))
      #expect(first.status == 200 && first.text.hasPrefix("<svg ") && first.text == second.text)
      #expect(first.response.header("content-type") == "image/svg+xml")
      #expect(first.response.header("cross-origin-resource-policy") == "cross-origin")
      #expect(first.response.header("cache-control")?.contains("immutable") == true)
      for wrong in ["641-abc", "640-", "640-%3Cscript%3E", "640", "640-..%2f"] {
        #expect(try await client.send("GET", "/image/\(wrong)").status == 404)
      }
      let other = try await client.send("GET", "/image/640-another")
      #expect(other.text != first.text)
    }
  }
}
