import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Lists of saved tracks")
struct ListingTests {
  @Test("pages behind each other are the whole list, also among hundreds of equal times")
  func pages() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      var random = SeededRandom(seed: 11)
      let entries = (0..<600).map { number in
        // Some equal in everything but the key.
        Sample.entry("t\(number)", at: random.below(6), ordinal: Int64(random.below(80)))
      }
      try await db.save(entries, for: user)
      let claim = try await db.claim(user)
      try await db.savedTracks.finish(
        Sample.outcome(removals: entries.prefix(40).map { (key: $0.key, addedAt: $0.addedAt) }), of: claim)
      for filter in PresenceFilter.allCases {
        let whole = try await db.savedTracks.list(
          for: .user(user), filter: filter, matching: nil, after: nil, limit: 1_000)
        #expect(whole.count == [.present: 560, .removed: 40, .all: 600][filter])
        let sorted = whole.sorted {
          ($1.addedAt, $1.ordinal, $0.track.key.rawValue) < ($0.addedAt, $0.ordinal, $1.track.key.rawValue)
        }
        #expect(whole.map(\.track.key) == sorted.map(\.track.key))
        for limit in [1, 7, 50, 600] where limit > 1 || filter == .removed {
          var paged: [TrackKey] = []
          var position: SavedTracks.Position?
          while true {
            let page = try await db.savedTracks.list(
              for: .user(user), filter: filter, matching: nil, after: position, limit: limit)
            guard let last = page.last else { break }
            paged += page.map(\.track.key)
            position = SavedTracks.Position(addedAt: last.addedAt, ordinal: last.ordinal, key: last.track.key)
          }
          #expect(paged == whole.map(\.track.key), "\(filter), pages of \(limit)")
        }
      }
    }
  }

  @Test("a track is listed with all that is known of it")
  func whole() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let local = Track(
        key: TrackKey("spotify:local:a:b:c:1"), spotifyID: nil, uri: "spotify:local:a:b:c:1", name: "Mine",
        artists: [ArtistCredit(id: nil, name: "Me")], album: nil, durationMilliseconds: 1, isExplicit: true,
        isrc: nil, isLocal: true)
      try await db.save(
        [Sample.entry("a", at: 2, playable: true), Sample.entry(local.key.rawValue, at: 1)],
        tracks: [Sample.track("a"), local], for: user)
      let listed = try await db.savedTracks.list(
        for: .user(user), filter: .present, matching: nil, after: nil, limit: 10)
      let expected = Sample.track("a")
      #expect(listed[0].track.name == expected.name && listed[0].track.artists == expected.artists)
      #expect(
        listed[0].track.album?.id == expected.album?.id && listed[0].track.album?.releaseDate == "2026-11-20")
      #expect(listed[0].addedAt == Sample.time(2) && listed[0].isPlayable == true)
      #expect(listed[1].track == local)
    }
  }

  @Test(
    "a search finds its letters anywhere in track, artist and album, and its wildcards mean themselves",
    arguments: [
      ("100%", ["percent"]), ("%", ["percent"]), ("_", ["under"]), ("a_b", ["under"]), ("'", ["quote"]),
      ("\"", ["quote"]), ("\\", ["slash"]), ("c\\d", ["slash"]), ("BJÖRK", ["artist"]),
      ("nachtmusik", ["album"]),
      ("🦉", ["owl"]), ("'; DROP TABLE track; --", []), ("  ", []), ("$1", []),
      ("plain", ["plain"]), ("", ["album", "artist", "owl", "percent", "plain", "quote", "slash", "under"]),
    ])
  func search(_ text: String, _ expected: [String]) async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let plain = [ArtistCredit(id: "x", name: "Somebody")]
      func track(_ key: String, _ name: String, artists: [ArtistCredit]? = nil, album: String = "Record")
        -> Track
      {
        Sample.track(
          key, name: name, artists: artists ?? plain, album: Sample.album("al-\(key)", name: album))
      }
      let tracks = [
        track("percent", "100% Pure"), track("under", "a_b"), track("quote", "Rock 'n' \"Roll\""),
        track("slash", "c\\d"), track("plain", "Plain"), track("owl", "Eule 🦉"),
        track("artist", "Song", artists: plain + [ArtistCredit(id: nil, name: "Björk")]),
        track("album", "Song", album: "Eine kleine Nachtmusik"),
      ]
      try await db.save(
        tracks.enumerated().map { Sample.entry($1.key.rawValue, at: $0) }, tracks: tracks, for: user)
      let found = try await db.savedTracks.list(
        for: .user(user), filter: .present, matching: text, after: nil, limit: 100)
      #expect(found.map(\.track.key.rawValue).sorted() == expected)
    }
  }
}
