import TestSupport
import Testing

/// What holds for every path: forms, validators, methods, problems.
@Suite struct ContractTests {
  @Test func `GET of artists has exactly the contract's shape, newest release first`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let browser = world.browser(at: service)
      let answer = try await browser.get("/api/artists/")
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "application/json")
      let elements = answer.json.array
      #expect(elements.count == 100)
      #expect(answer.header("x-total-count") == "100")
      for element in elements {
        let id = try #require(element["release_spotify_id"].string)
        #expect(element["release_from_artist"].string != nil && element["release_name"].string != nil)
        #expect(element["release_release_date"].string != nil && element["release_total_tracks"].int != nil)
        #expect(element["release_url"].string == "https://open.spotify.com/album/\(id)")
        let more: Set = [
          "release_type", "release_date_precision", "release_image_url", "artists", "release_from_artist",
          "release_name", "release_release_date", "release_total_tracks", "release_url", "release_spotify_id",
        ]
        #expect(element.names == more)
        #expect(element["artists"][0]["name"] == element["release_from_artist"])
        #expect(element["artists"][0].names == ["spotify_id", "name", "url"])
      }
      let dates = elements.compactMap { $0["release_release_date"].string }
      #expect(dates == dates.sorted(by: >))
      #expect(Set(elements.map(\.["release_spotify_id"].string)).count == 100)

      let page = try await browser.get("/api/artists?limit=10&offset=95")
      #expect(page.json.array == Array(elements[95...]))
      #expect(page.header("x-total-count") == "100")
      #expect(page.header("link")?.contains("rel=\"prev\"") == true)
      let first = try await browser.get("/api/artists/?limit=3")
      #expect(first.header("link")?.contains("offset=3>; rel=\"next\"") == true)
      let wrong = try await browser.get("/api/artists/?limit=501")
      #expect(wrong.status == 400 && wrong.code == "invalid_parameter")
      #expect(wrong.json["detail"].string?.contains("limit") == true)
    }
  }

  @Test func `Data has a validator: what one holds already is not sent again`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let run = try await mira.newestRun(in: world)
      let paths = [
        "/api/artists/", "/api/me/", "/api/me/tracks/?limit=7", "/spotify/sync/\(run["id"].string ?? "")/",
      ]
      for path in paths {
        let answer = try await mira.get(path)
        let tag = try #require(answer.header("etag"), "\(path) has no ETag")
        let again = try await mira.get(path, ["If-None-Match": tag])
        #expect(again.status == 304 && again.response.body.isEmpty, "\(path)")
        #expect(again.header("etag") == tag)
        let other = try await mira.get(path, ["If-None-Match": "\"another\""])
        #expect(other.status == 200 && other.text == answer.text)
      }
      let artists = try await mira.get("/api/artists/")
      let time = try #require(artists.header("last-modified"))
      #expect(try await mira.get("/api/artists/", ["If-Modified-Since": time]).status == 304)
    }
  }

  @Test func `Every path answers with and without its trailing slash, HEAD as GET, and names its methods`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let paths = [
        "/api/artists", "/api/me", "/api/me/tracks", "/spotify/sync", "/spotify/is-authenticated", "/healthz",
        "/readyz", "/",
      ]
      for path in paths {
        let plain = try await mira.get(path)
        #expect(plain.status == 200, "\(path): \(plain.text)")
        if path != "/" { #expect(try await mira.get(path + "/").text == plain.text, "\(path)/") }
        let head = try await mira.send("HEAD", path)
        #expect(head.status == 200 && head.response.body.isEmpty)
        #expect(head.header("content-length") == "\(plain.response.body.count)", "\(path)")
        #expect(head.header("content-type") == plain.header("content-type"))
        let options = try await mira.send("OPTIONS", path)
        #expect(options.status == 204 || options.status == 200)
        #expect(options.header("allow")?.contains("GET") == true, "\(path)")
        let refused = try await mira.send("PATCH", path)
        #expect(refused.status == 405 && refused.code == "method_not_allowed", "\(path)")
        #expect(refused.header("allow")?.contains("HEAD") == true)
      }
    }
  }

  @Test func `Unknown paths are a problem, for people a page`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let browser = world.browser(at: service)
      for path in [
        "/nothing", "/api/me/nothing/", "/spotify/", "/api/artists/a/b/c", "/%2e%2e/etc/passwd", "/a%00b",
      ] {
        let answer = try await browser.get(path)
        #expect(answer.status == 404 || answer.status == 400, "\(path)")
        #expect(answer.header("content-type") == "application/problem+json", "\(path)")
        #expect(answer.json.names.isSuperset(of: ["type", "title", "status", "detail", "code"]))
        #expect(answer.json["status"].int == answer.status)
      }
      #expect(try await browser.get("/nothing").code == "not_found")
      let page = try await browser.get("/nothing", ["Accept": "text/html,*/*;q=0.8"])
      #expect(page.status == 404 && page.header("content-type")?.hasPrefix("text/html") == true)
      let policy = try #require(page.header("content-security-policy"))
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
    }
  }

  @Test func `Lists refuse what is out of range and cursors that were changed`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      for query in ["limit=0", "limit=201", "limit=x", "limit=-1", "state=gone"] {
        let answer = try await mira.get("/api/me/tracks/?\(query)")
        #expect(answer.status == 400 && answer.code == "invalid_parameter", "\(query)")
      }
      let page = try await mira.get("/api/me/tracks/?limit=10")
      let cursor = try #require(page.json["next_cursor"].string)
      #expect(page.header("link")?.contains("rel=\"next\"") == true)
      let changed = String(cursor.dropLast()) + (cursor.hasSuffix("A") ? "B" : "A")
      for bad in [changed, "x", "%00", String(repeating: "A", count: 4_000)] {
        let answer = try await mira.get("/api/me/tracks/?limit=10&cursor=\(bad)")
        #expect(answer.status == 400 && answer.code == "invalid_cursor", "\(bad.prefix(60)): \(answer.text)")
      }
      // A search keeps to its words, whatever they are.
      for words in ["%25", "_", "'", "%5C", "%22%3B--"] {
        let answer = try await mira.get("/api/me/tracks/?q=\(words)&limit=200")
        #expect(answer.status == 200, "\(words)")
        #expect(answer.json["items"].array.count < 175, "\(words) finds everything")
      }
    }
  }
}
