import Domain
import Secrets
import SpotifyAPI
import SpotifySimulator
import Testing

@Suite("Follows, albums of artists and searches")
struct FollowingTests {
  private static func page(_ body: String) async throws -> (page: FollowedArtistsPage, query: String) {
    try await withCannedSpotify(200, body) { spotify in
      let page = try await spotify.api.followedArtists(
        after: "x y", limit: 25, token: SecretBytes(copying: "t".utf8))
      return (page, spotify.requests.withLock { $0.first?.query } ?? "")
    }
  }

  @Test("a page is read slot by slot, with total and cursor as far as they are told")
  func slots() async throws {
    let whole = #"{"id":"a1","name":"Ida","images":[{"url":"u","width":640}],"genres":["folk"]}"#
    let items = "[\(whole),null,7,{\"id\":\"a2\"},{\"name\":\"n\"},{\"id\":\"\",\"name\":\"n\"}]"
    let (page, query) = try await Self.page(
      #"{"artists":{"items":\#(items),"total":6.0,"cursors":{"after":"a2"},"next":"https://x"}}"#)
    #expect(query == "type=artist&limit=25&after=x%20y")
    #expect(page.total == 6 && page.cursor == "a2" && page.slots.count == 6)
    guard case .artist(let artist) = page.slots[0], case .null = page.slots[1],
      case .malformed(nil) = page.slots[2], case .malformed(ArtistID("a2")) = page.slots[3],
      case .malformed(nil) = page.slots[4], case .malformed(nil) = page.slots[5]
    else {
      Issue.record("other slots: \(page.slots)")
      return
    }
    #expect(artist == Artist(id: ArtistID("a1"), name: "Ida", imageURL: "u", genres: ["folk"]))
  }

  @Test(
    "no cursor is an end, in whatever form; a total that is none counts as none",
    arguments: [
      #""cursors":{"after":null},"total":null"#, #""cursors":null,"total":-1"#, #""cursors":{},"total":"5""#,
      #""cursors":{"after":""}"#, #""next":null"#,
    ])
  func ends(_ fields: String) async throws {
    let (page, _) = try await Self.page(#"{"artists":{"items":[],\#(fields)}}"#)
    #expect(page.cursor == nil && page.total == nil && page.slots.isEmpty)
  }

  @Test("every page of the simulator's list leads to the next, and all of it comes")
  func simulated() async throws {
    var configuration = SimulatorConfiguration()
    configuration.users = [.init(id: "ada.quill", name: "Ada", tracks: 1, artists: 120)]
    try await withSimulatedSpotify(scopes: "user-follow-read", configuration) { spotify in
      let token = try await spotify.token()
      var ids: [String] = []
      var cursor: String?
      repeat {
        let page = try await spotify.api.followedArtists(
          after: cursor, limit: 50, token: SecretBytes(copying: token.utf8))
        #expect(page.total == 120)
        for case .artist(let artist) in page.slots {
          ids.append(artist.id.rawValue)
          #expect(!artist.name.isEmpty && artist.genres != nil)
        }
        cursor = page.cursor
      } while cursor != nil
      #expect(ids == (try spotify.simulator.follows(of: "ada.quill").ids))
    }
  }

  @Test("an artist's albums come by group, ten at once or, in Extended, fifty")
  func albums() async throws {
    try await withSimulatedSpotify { spotify in
      let token = Spotify.text(try await spotify.accounts.appToken().accessToken)
      let artist = try #require(try spotify.simulator.follows(of: "ada.quill").ids.first)
      let truth = try spotify.simulator.releases(of: artist)
      for group in ["album", "single"] {
        let page = try await spotify.api.albums(
          of: ArtistID(artist), group: group, limit: 10, token: SecretBytes(copying: token.utf8))
        let expected = zip(truth.ids, truth.groups).filter { $0.1 == group }.map(\.0)
        #expect(page.albums.map(\.id.rawValue) == Array(expected.prefix(10)))
        #expect(page.total == expected.count)
      }
      let large = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.albums(
          of: ArtistID(artist), group: "album", limit: 50, token: SecretBytes(copying: token.utf8))
      }
      #expect(large?.code == .badRequest)
    }
  }

  @Test("a search finds what its type says, whole elements only")
  func search() async throws {
    try await withSimulatedSpotify { spotify in
      let token = Spotify.text(try await spotify.accounts.appToken().accessToken)
      for type in SearchType.allCases {
        let items = try await spotify.api.search(
          "a", for: type, limit: 10, token: SecretBytes(copying: token.utf8))
        switch (type, items) {
        case (.artist, .artists(let found)): #expect(found.count == 10 && found[0].genres != nil)
        case (.album, .albums(let found)): #expect(found.count == 10 && !found[0].artists.isEmpty)
        case (.track, .tracks(let found)): #expect(found.count == 10 && found[0].album != nil)
        default: Issue.record("\(type) found \(items)")
        }
      }
    }
    let body = #"{"artists":{"items":[null,{"id":"a","name":"A"},{"name":"B"}]},"tracks":null}"#
    try await withCannedSpotify(200, body) { spotify in
      let found = try await spotify.api.search(
        "a&b", for: .artist, limit: 10, token: SecretBytes(copying: "t".utf8))
      #expect(found == .artists([Artist(id: ArtistID("a"), name: "A", imageURL: nil, genres: nil)]))
      #expect(spotify.requests.withLock { $0.first?.query } == "q=a%26b&type=artist&limit=10")
      let other = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.search("a", for: .track, limit: 10, token: SecretBytes(copying: "t".utf8))
      }
      #expect(other?.code == .malformed)
    }
  }
}
