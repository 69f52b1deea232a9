import Domain
import Foundation
import Secrets
import SpotifyAPI
import TestSupport
import Testing

@Suite("What Spotify sends")
struct PayloadTests {
  private func savedTracks(_ body: String, offset: Int = 0, limit: Int = 50) async throws -> SavedTracksPage {
    try await withCannedSpotify(200, body) { spotify in
      try await spotify.api.savedTracks(offset: offset, limit: limit, token: SecretBytes(copying: "t".utf8))
    }
  }

  @Test("a page of saved tracks is read slot by slot, whatever stands in them")
  func page() async throws {
    let page = try await savedTracks(Recorded.savedTracks, limit: 6)
    #expect((page.offset, page.total, page.slots.count) == (0, 6, 6))

    guard case .track(let whole, let addedAt, true) = page.slots[0] else {
      Issue.record("the first is a track")
      return
    }
    #expect(addedAt == Timestamp.date("2016-10-24T15:03:07Z"))
    let artist = ArtistCredit(id: "aR1", name: "The Walnut Zephyrs")
    #expect(
      whole
        == Track(
          key: TrackKey("tR1"), spotifyID: "tR1", uri: "spotify:track:tR1", name: "A Lantern in the Loft",
          artists: [artist],
          album: Album(
            id: AlbumID("aL1"), name: "The Best of The Walnut Zephyrs", type: "album",
            releaseDate: "2002-01-01", releaseDatePrecision: "day", totalTracks: 17,
            imageURL: "https://i.example/300", artists: [artist]),
          durationMilliseconds: 204_053, isExplicit: false, isrc: "XX0000000001", isLocal: false))

    guard case .track(let local, _, nil) = page.slots[1] else {
      Issue.record("the second is a track")
      return
    }
    let uri = "spotify:local:Garage+Nobodies:Demo+Tape:Track+01:121"
    #expect(
      local
        == Track(
          key: TrackKey(uri), spotifyID: nil, uri: uri, name: "Track 01",
          artists: [ArtistCredit(id: nil, name: "Garage Nobodies")], album: nil,
          durationMilliseconds: 121_000,
          isExplicit: false, isrc: nil, isLocal: true))

    guard case .track(let linked, _, false) = page.slots[2] else {
      Issue.record("the third is a track")
      return
    }
    #expect(
      linked.key == TrackKey("saved") && linked.spotifyID == "saved" && linked.uri == "spotify:track:saved")
    #expect(linked.album?.name == "" && linked.album?.releaseDate == "0000" && linked.album?.type == "ep")
    #expect(linked.album?.imageURL == "https://i.example/only")
    #expect(linked.album?.artists == [ArtistCredit(id: "aR2", name: "Ida Fenn")])

    guard case .null = page.slots[3], case .null = page.slots[4],
      case .malformed(TrackKey("tR6")) = page.slots[5]
    else {
      Issue.record("two are null, the last has no time")
      return
    }
  }

  @Test(
    "an element that can't be kept keeps its place, and its key where that can be read",
    arguments: [
      (#"5"#, nil), (#"[]"#, nil), (#""x""#, nil), (#"{}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":7}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{}}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{"id":"","name":"n","uri":"u"}}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{"id":7,"name":"n","uri":"u"}}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{"id":"a\u0000b","name":"n","uri":"u"}}"#, nil),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{"id":"k","uri":"u"}}"#, "k"),
      (#"{"added_at":"2016-10-24T15:03:07Z","track":{"id":"k","name":"n"}}"#, "k"),
      (#"{"added_at":"yesterday","track":{"id":"k","name":"n","uri":"u"}}"#, "k"),
      (#"{"track":{"id":"k","name":"n","uri":"u"}}"#, "k"),
      (#"{"added_at":"2016-10-24T17:03:07+02:00","track":{"id":"k","name":"n","uri":"u"}}"#, "k"),
    ] as [(String, String?)])
  func malformed(_ element: String, _ key: String?) async throws {
    let page = try await savedTracks(Recorded.page(of: element))
    switch page.slots[0] {
    case .malformed(let found): #expect(found == key.map { TrackKey($0) })
    // An element without a track is told from one with a track that is null.
    case .null: #expect(element == "{}")
    case .track: Issue.record("kept")
    }
  }

  @Test(
    "a page that is another than was asked for, or impossible, is refused",
    arguments: [
      Recorded.page(of: "null", offset: "50"), Recorded.page(of: "null", total: "-1"),
      Recorded.page(of: "null", total: "1e300"), Recorded.page(of: "null", total: "1e12"),
      Recorded.page(of: "null", total: "null"),
      Recorded.page(of: "null", total: "\"1\""), Recorded.page(of: "null,null,null"),
      #"{"items":null,"offset":0,"total":0}"#, #"{"items":{},"offset":0,"total":0}"#, #"{"total":0}"#, "[]",
      "null",
      "", "<!doctype html>", #"{"items":[],"offset":0,"total":0"#,
    ])
  func impossible(_ body: String) async throws {
    let error = await #expect(throws: SpotifyError.self) { try await savedTracks(body, limit: 2) }
    #expect(error?.code == .malformed)
  }

  @Test("a list of releases keeps what it can and counts what came")
  func releases() async throws {
    let page = try await withCannedSpotify(200, Recorded.newReleases) { spotify in
      try await spotify.api.newReleases(offset: 0, limit: 4, token: SecretBytes(copying: "t".utf8))
    }
    #expect((page.total, page.received) == (100, 4))
    #expect(page.albums.map(\.id.rawValue) == ["aL1", "aL4"])
    #expect(page.albums.map(\.imageURL) == ["https://i.example/640", nil])
    #expect(page.albums.map(\.releaseDatePrecision) == ["day", "month"])
    #expect(page.albums.map(\.totalTracks) == [1, nil])
  }

  @Test(
    "who a token belongs to is read from little, and not from nothing",
    arguments: [
      (#"{"id":"mx$kestrel [archive]","display_name":null,"images":[]}"#, "mx$kestrel [archive]"),
      (#"{"id":"a"}"#, "a"), (#"{"id":""}"#, nil), (#"{"id":null}"#, nil), (#"{"display_name":"x"}"#, nil),
      (#"{"id":"a\u0000"}"#, nil),
    ] as [(String, String?)])
  func profile(_ body: String, _ id: String?) async throws {
    try await withCannedSpotify(200, body) { spotify in
      do {
        let profile = try await spotify.api.profile(token: SecretBytes(copying: "t".utf8))
        #expect(profile.id.rawValue == id)
        #expect(profile.displayName == nil && profile.imageURL == nil)
      } catch {
        #expect(id == nil)
        #expect((error as? SpotifyError)?.code == .malformed)
      }
    }
  }

  @Test("an artist is the one that was asked for; genres that it has none of aren't genres that nobody told")
  func artist() async throws {
    for (body, genres) in [
      (#"{"id":"aR1","name":"Ida Fenn","genres":["folk"],"images":[]}"#, ["folk"]),
      (#"{"id":"aR1","name":"Ida Fenn"}"#, nil),
    ] as [(String, [String]?)] {
      try await withCannedSpotify(200, body) { spotify in
        let artist = try await spotify.api.artist(ArtistID("aR1"), token: SecretBytes(copying: "t".utf8))
        #expect(artist == Artist(id: ArtistID("aR1"), name: "Ida Fenn", imageURL: nil, genres: genres))
        let other = await spotifyError { () async throws(SpotifyError) in
          try await spotify.api.artist(ArtistID("../me"), token: SecretBytes(copying: "t".utf8))
        }
        #expect(other?.code == .malformed)
        #expect(spotify.requests.withLock { $0.map(\.path) } == ["/artists/aR1", "/artists/..%2Fme"])
      }
    }
  }

  @Test("as many answers as questions, or none")
  func contains() async throws {
    try await withCannedSpotify(200, "[true,false]") { spotify in
      let uris = ["spotify:track:a", "spotify:track:b,c&d"]
      let answers = try await spotify.api.contains(uris: uris, token: SecretBytes(copying: "t".utf8))
      #expect(answers == [true, false])
      #expect(
        spotify.requests.withLock { $0[0].query } == "uris=spotify%3Atrack%3Aa%2Cspotify%3Atrack%3Ab%2Cc%26d")
      #expect(spotify.requests.withLock { $0[0].headers["authorization"] } == "Bearer t")
      let fewer = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.contains(uris: ["x"], token: SecretBytes(copying: "t".utf8))
      }
      #expect(fewer?.code == .malformed)
    }
  }
}
