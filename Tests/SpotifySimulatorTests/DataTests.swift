import Testing

@testable import SpotifySimulator

@Suite struct DataTests {
  @Test(arguments: [0, 1, 2_002, 64 * 2_000_243, Int(UInt32.max)])
  func `an id says which number it was made from`(number: Int) throws {
    for kind in [SpotifyID.Kind.artist, .album, .track] {
      let ids = SpotifyID(kind, seed: 3)
      let text = ids.text(number)
      #expect(text.utf8.count == 22)
      #expect(ids.index(text) == number)
    }
  }

  @Test func `an id of another kind, another seed or by hand stands for nothing`() {
    let tracks = SpotifyID(.track, seed: 3)
    #expect(tracks.index(SpotifyID(.album, seed: 3).text(5)) == nil)
    #expect(tracks.index(SpotifyID(.track, seed: 4).text(5)) == nil)
    #expect(tracks.index(String(repeating: "Z", count: 22)) == nil)
    #expect(tracks.index("0000000000000000000000") == nil)
    #expect(tracks.index("short") == nil)
  }

  @Test func `the S256 challenge is that of RFC 7636, appendix B`() {
    let challenge = TokenBook.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    #expect(challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
  }

  @Test func `times are written and read as Spotify does`() {
    #expect(Timestamp.text(1_795_132_799) == "2026-11-19T23:59:59Z")
    #expect(Timestamp.seconds("2026-11-19T23:59:59Z") == 1_795_132_799)
    #expect(Timestamp.seconds("2024-02-29") == 1_709_164_800)
    for wrong in ["2026-02-29", "2026-11-19T24:00:00Z", "2026-11-19 23:59:59", "yesterday", ""] {
      #expect(Timestamp.seconds(wrong) == nil, "\(wrong)")
    }
  }

  @Test func `names are escaped in JSON and in HTML`() {
    var json = JSONWriter()
    json.value("a\"b\\c\nd\u{1}é🦊")
    #expect(String(decoding: json.bytes, as: UTF8.self) == "\"a\\\"b\\\\c\\nd\\u0001é🦊\"")
    #expect(ConsentPage.escape("<a href='\"&'>") == "&lt;a href=&#39;&quot;&amp;&#39;&gt;")
  }

  @Test func `libraries of any size have distinct tracks, newest first, some in the same second`() {
    let catalogue = Catalogue(seed: 1, today: 1_795_132_800)
    for count in [0, 1, 49, 12_000, 60_000] {
      let library = Library(seed: 5, count: count, catalogue: catalogue, oddities: true)
      let tracks = library.entries.compactMap { if case .track(let number) = $0.item { number } else { nil } }
      #expect(library.entries.count == count)
      #expect(Set(tracks).count == tracks.count)
      let times = library.entries.map(\.addedAt)
      #expect(times == times.sorted(by: >))
      guard count >= 12_000 else { continue }
      #expect(Set(times).count < count)
      #expect(tracks.count < count, "a local file in every thousand")
      #expect(times.last.map { $0 > 1_200_000_000 } == true, "nobody saved a track before Spotify existed")
    }
  }

  @Test func `the catalogue has what breaks careless readers`() {
    let catalogue = Catalogue(seed: 1, today: 1_795_132_800)
    let artists = (0..<Catalogue.artistCount).map { catalogue.artist($0).name }
    #expect(artists.contains { $0.contains("<script>") })
    #expect(artists.contains { $0.contains("\"") })
    #expect(artists.contains { $0.unicodeScalars.contains { $0.properties.isEmojiPresentation } })
    #expect(artists.contains { $0.contains("é") } && artists.contains { $0.contains("の") })
    let albums = (0..<5_000).map(catalogue.album)
    #expect(Set(albums.map(\.releaseDatePrecision)) == ["day", "month", "year"])
    #expect(albums.contains { $0.name.isEmpty })
    #expect(albums.contains { $0.artists.count > 1 } && albums.contains { $0.totalTracks > 10 })
  }
}
