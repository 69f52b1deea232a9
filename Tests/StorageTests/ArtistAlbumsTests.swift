import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Albums of followed artists")
struct ArtistAlbumsTests {
  private static let day = Duration.seconds(86_400)
  private static let lease = Duration.seconds(60)
  private static let progress = SyncRun.Progress(done: 1, total: 2, unit: "artists")

  private static func take(
    _ limit: Int, _ claim: RunClaim, _ db: ServiceDatabase, besides hand: [String] = [],
    lease: Duration = lease
  ) async throws -> [String] {
    try await db.artistAlbums.take(
      limit, for: claim, besides: hand.map { ArtistID($0) }, lease: lease
    ).map(\.rawValue).sorted()
  }

  private static func found(_ artist: String, _ albums: [Album]) -> ArtistAlbums.Found {
    ArtistAlbums.Found(
      artist: ArtistID(artist), albums: albums.map { (album: $0, group: "album") }, pause: day)
  }

  private static func keep(
    _ artist: String, _ albums: [Album], _ claim: RunClaim, _ db: ServiceDatabase
  ) async throws -> Int {
    try await db.artistAlbums.keep(
      [found(artist, albums)], for: claim, progress: progress, requestsMade: 2
    ).added
  }

  private static func standing(_ claim: RunClaim, _ db: ServiceDatabase) async throws -> [Int] {
    let standing = try await db.artistAlbums.standing(of: claim)
    return [standing.followed, standing.settled, standing.added]
  }

  @Test("an artist is taken by one run at a time, and by none before its turn comes")
  func onceForEverybody() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.follow(["a", "b", "c"], for: ada)
      try await db.follow(["b", "c", "d"], for: bert)
      let (hers, his) = (try await db.claim(ada, .releases), try await db.claim(bert, .releases))
      #expect(try await Self.take(2, hers, db) == ["a", "b"])
      #expect(try await Self.take(9, his, db) == ["c", "d"])
      // Its own again, as after a crash; nobody else's.
      #expect(try await Self.take(9, hers, db) == ["a", "b"])
      #expect(try await Self.keep("b", [Sample.album("1")], hers, db) == 1)
      #expect(try await Self.standing(hers, db) == [3, 1, 1])
      #expect(try await Self.standing(his, db) == [3, 1, 0])
      #expect(try await Self.take(9, hers, db) == ["a"])
      #expect(try await Self.take(9, his, db) == ["c", "d"])
      // In hand already.
      #expect(try await Self.take(9, his, db, besides: ["c"]) == ["d"])
      _ = try await db.owner.query("UPDATE artist_check SET next_check_at = now() WHERE artist_id = 'b'")
      #expect(try await Self.standing(his, db) == [3, 0, 0])
      // Nobody has asked for c and d yet: they come first.
      #expect(try await Self.take(2, his, db) == ["c", "d"])
      #expect(try await Self.take(9, his, db) == ["b", "c", "d"])
    }
  }

  @Test("two who take at once share the artists out")
  func twoTakers() async throws {
    try await withServiceDatabase(connections: 8) { db in
      var claims: [RunClaim] = []
      for name in ["ada", "bert", "cleo", "dora"] {
        let user = try await db.user(name)
        try await db.follow((0..<40).map { "a\($0)" }, for: user)
        claims.append(try await db.claim(user, .releases))
      }
      var taken: [String] = []
      // Nobody finds all rows locked for ever: a few rounds take everything.
      for _ in 0..<20 where taken.count < 40 {
        let rounds = try await atOnce(4) { [claims] number in try await Self.takeOnce(claims[number], db) }
        taken += rounds.flatMap { $0 }
      }
      #expect(taken.count == 40 && Set(taken).count == 40)
    }
  }

  /// Takes artists and answers for them at once, so that the same run doesn't get them again.
  private static func takeOnce(_ claim: RunClaim, _ db: ServiceDatabase) async throws -> [String] {
    let artists = try await take(3, claim, db)
    for artist in artists { _ = try await keep(artist, [], claim, db) }
    return artists
  }

  @Test(
    "a lease that has ended is anybody's, one that was given back at once, one put off nobody's for a while")
  func leases() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      for user in [ada, bert] { try await db.follow(["a", "b"], for: user) }
      let (hers, his) = (try await db.claim(ada, .releases), try await db.claim(bert, .releases))
      #expect(try await Self.take(9, hers, db) == ["a", "b"])
      #expect(try await Self.take(9, his, db) == [])
      try await db.artistAlbums.release([ArtistID("a")], of: hers, for: .zero)
      try await db.artistAlbums.release([ArtistID("b")], of: hers, for: .seconds(3_600))
      #expect(try await Self.take(9, his, db) == ["a"])
      // What isn't its own it can't give back.
      try await db.artistAlbums.release([ArtistID("a")], of: hers, for: .zero)
      #expect(try await Self.take(9, hers, db) == [])
      _ = try await db.owner.query("UPDATE artist_check SET lease_until = now() - interval '1 second'")
      #expect(try await Self.take(9, hers, db) == ["a", "b"])
    }
  }

  @Test("what was found is counted once, over all claims of a run, and fenced")
  func keeping() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.follow(["a", "b"], for: user)
      let old = try await db.claim(user, .releases)
      #expect(try await Self.take(1, old, db) == ["a"])
      #expect(
        try await Self.keep("a", [Sample.album("1"), Sample.album("2"), Sample.album("1")], old, db) == 2)
      #expect(try await Self.keep("a", [Sample.album("1"), Sample.album("3")], old, db) == 3)
      let new = try #require(try await db.runs.claim(old.run, of: user))
      let before = try await db.content(of: "artist_album")
      #expect(await storageCode { try await Self.keep("b", [Sample.album("9")], old, db) } == .fenced)
      #expect(try await db.content(of: "artist_album") == before)
      #expect(try await Self.take(9, new, db) == ["b"])
      #expect(try await Self.keep("b", [Sample.album("1")], new, db) == 4)
      #expect(try await Self.standing(new, db) == [2, 2, 4])
      try await db.artistAlbums.finish(Sample.run(SyncRun.Changes(added: 4)), of: new)
      #expect(try await db.runs.load(new.run, of: user)?.changes.added == 4)
    }
  }

  @Test("what is due is taken once by whoever asks, and forgotten when nobody follows it any more")
  func due() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.follow(["a", "b", "c"], for: ada)
      try await db.follow(["b", "c", "d"], for: bert)
      for user in [ada, bert] { _ = try await Self.take(0, try await db.claim(user, .releases), db) }
      @Sendable func takeDue(_ limit: Int = 9) async throws -> [String] {
        try await db.artistAlbums.takeDue(limit, holder: UUID(), lease: Self.lease).map(\.rawValue).sorted()
      }
      // Those whom nobody asked for yet are the runs' for a while.
      #expect(try await takeDue() == [])
      _ = try await db.owner.query("UPDATE artist_check SET next_check_at = now() - interval '1 minute'")
      _ = try await db.owner.query(
        "UPDATE artist_check SET next_check_at = now() - interval '1 hour' WHERE artist_id = 'c'")
      try await db.follow([] as [String], removing: ["a", "b"], for: ada)
      #expect(try await takeDue(1) == ["c"])
      let shares = try await atOnce(4) { _ in try await takeDue(1) }.flatMap { $0 }
      let rest = try await takeDue()
      #expect((shares + rest).sorted() == ["b", "d"])
      #expect(try await db.content(of: "artist_check").count == 3)
      let added = try await db.artistAlbums.keep(["b", "d"].map { Self.found($0, [Sample.album("1")]) })
      #expect(added == 2)
      #expect(
        try await db.artistAlbums.keep([Self.found("b", [Sample.album("1"), Sample.album("2")])]) == 1)
      _ = try await db.owner.query("UPDATE artist_check SET lease_until = NULL")
      #expect(try await takeDue() == ["c"])
    }
  }

  @Test("new of followed artists is what came out in the last weeks, of anybody's artists, newest first")
  func newOfFollowed() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.follow(["a"], for: ada)
      try await db.follow(["b"], for: bert)
      func day(_ ago: Int) async throws -> String {
        try await db.owner.query(
          "SELECT to_char((now() AT TIME ZONE 'UTC') - make_interval(days => \(Int32(ago))), 'YYYY-MM-DD')"
        )[0].decode(0)
      }
      let (new, recent, old) = (try await day(0), try await day(13), try await day(15))
      _ = try await db.artistAlbums.keep([
        Self.found("a", [Sample.album("1", date: recent), Sample.album("2", date: old)]),
        Self.found("b", [Sample.album("3", date: new), Sample.album("1", date: recent)]),
        Self.found("c", [Sample.album("4", date: new)]),
        Self.found("a", [Sample.album("5", date: nil), Sample.album("6", date: try await day(-9))]),
      ])
      func ids(_ most: Int = 9) async throws -> [String] {
        try await db.releases.albumsOfFollowed(weeks: 2, most: most).map(\.rawValue)
      }
      #expect(try await ids() == ["3", "1"])
      #expect(try await ids(1) == ["3"])
      try await db.follow([] as [String], removing: ["b"], for: bert)
      #expect(try await ids() == ["1"])
    }
  }

  @Test("releases come newest first, each once, page by page, of the caller's own artists alone")
  func listing() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.follow(["a", "b"], for: ada)
      try await db.follow(["b", "c"], for: bert)
      let claim = try await db.claim(ada, .releases)
      let dates: [(String, String?)] = [
        ("m1", "2026-11-20"), ("m2", "2026-11-20"), ("m3", "2026-11"), ("m4", "2026"), ("m5", nil),
        ("m6", "2025-12-31"), ("m7", "2026-02-01"),
      ]
      let albums = dates.map { Sample.album($0.0, date: $0.1) }
      _ = try await Self.keep("a", albums, claim, db)
      _ = try await Self.keep("b", [albums[1]], claim, db)
      _ = try await Self.keep("c", [Sample.album("other", date: "2026-12-01")], claim, db)
      var paged: [String] = []
      var position: ArtistAlbums.Position?
      repeat {
        let page = try await db.artistAlbums.list(for: .user(ada), after: position, limit: 2)
        paged += page.map(\.id.rawValue)
        position = page.last.map { ArtistAlbums.Position($0) }
      } while position != nil
      #expect(paged == ["m1", "m2", "m3", "m7", "m4", "m6", "m5"])
      let his = try await db.artistAlbums.list(for: .user(bert), after: nil, limit: 10)
      #expect(his.map(\.id.rawValue) == ["other", "m2"])
      try await db.follow([] as [String], removing: ["a"], for: ada)
      let left = try await db.artistAlbums.list(for: .user(ada), after: nil, limit: 10)
      #expect(left.map(\.id.rawValue) == ["m2"])
    }
  }
}

@Suite("Searching the catalogue")
struct CatalogueSearchTests {
  @Test("what was kept is found by its name: the name itself first, then what begins with it, then the rest")
  func closeness() async throws {
    try await withServiceDatabase { db in
      let search = CatalogueSearch(db.database)
      let names = ["The Moon Band", "moonlight", "MOON", "Sun", "Moon%"]
      func artist(_ name: String) -> Artist {
        Artist(id: ArtistID("id \(name)"), name: name, imageURL: nil, genres: ["g"])
      }
      try await search.keep(.artists(names.map(artist)))
      let found = ["MOON", "Moon%", "moonlight", "The Moon Band"]
      #expect(try await search.find("moon", .artist, limit: 10) == .artists(found.map(artist)))
      try await search.keep(.albums(names.map { Sample.album("al \($0)", name: $0) }))
      try await search.keep(.tracks(names.map { Sample.track("t \($0)", name: $0) }))
      guard case .albums(let albums) = try await search.find("moon", .album, limit: 3),
        case .tracks(let tracks) = try await search.find("moon%", .track, limit: 3)
      else {
        Issue.record("other items")
        return
      }
      #expect(albums.map(\.name) == Array(found.prefix(3)))
      #expect(tracks == [Sample.track("t Moon%", name: "Moon%").withoutAlbumDetails])
      #expect(try await search.find("nothing", .artist, limit: 3) == .artists([]))
      try await search.keep(.artists([]))
    }
  }
}

extension Track {
  /// As lists of tracks give it: of the album only what they show.
  fileprivate var withoutAlbumDetails: Track {
    let album = album.map {
      Album(
        id: $0.id, name: $0.name, type: nil, releaseDate: $0.releaseDate,
        releaseDatePrecision: $0.releaseDatePrecision, totalTracks: nil, imageURL: $0.imageURL, artists: [])
    }
    return Track(
      key: key, spotifyID: spotifyID, uri: uri, name: name, artists: artists, album: album,
      durationMilliseconds: durationMilliseconds, isExplicit: isExplicit, isrc: isrc, isLocal: isLocal)
  }
}

extension ServiceDatabase {
  var artistAlbums: ArtistAlbums { ArtistAlbums(database) }
}
