import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("New releases")
struct ReleasesTests {
  private static let day = Duration.seconds(86_400)
  private static let lease = Duration.seconds(60)

  private func claim(_ db: ServiceDatabase) async throws -> Releases.RefreshClaim? {
    try await db.releases.claimRefresh(maximumAge: Self.day, lease: Self.lease)
  }

  /// A refresh that finds `albums`; the version afterwards.
  private func refresh(_ db: ServiceDatabase, _ albums: [Album]) async throws -> Int64 {
    _ = try await db.owner.query("UPDATE catalogue_copy SET fetched_at = fetched_at - interval '2 days'")
    let claim = try #require(try await claim(db))
    return try await db.releases.finishRefresh(claim, albums: albums, source: .browse)
  }

  @Test("one of many gets the refresh, and nobody another one while the copy is fresh")
  func claims() async throws {
    try await withServiceDatabase { db in
      let state = try await db.releases.state()
      #expect(state.version == 0 && state.fetchedAt == nil)
      #expect(try await db.releases.load() == nil)
      let claims = try await atOnce(10) { _ in try await claim(db) }.compactMap { $0 }
      #expect(claims.map(\.attempt) == [1])
      _ = try await db.releases.finishRefresh(
        claims[0], albums: [Sample.album("a")], source: .search)
      #expect(try await claim(db) == nil)
      _ = try await db.owner.query("UPDATE catalogue_copy SET fetched_at = now() - interval '25 hours'")
      #expect(try await claim(db) != nil)
    }
  }

  @Test("many who ask for a refresh get one, also of a fresh copy")
  func requests() async throws {
    try await withServiceDatabase { db in
      _ = try await refresh(db, [Sample.album("a")])
      #expect(try await claim(db) == nil)
      _ = try await db.owner.query("UPDATE catalogue_copy SET fetched_at = now() - interval '1 minute'")
      _ = try await atOnce(5) { _ in try await db.releases.requestRefresh() }
      let claims = try await atOnce(5) { _ in try await claim(db) }.compactMap { $0 }
      #expect(claims.count == 1)
      _ = try await db.releases.finishRefresh(
        claims[0], albums: [Sample.album("a")], source: .browse)
      #expect(try await claim(db) == nil)
    }
  }

  @Test("the version moves with the content and with nothing else")
  func versions() async throws {
    try await withServiceDatabase { db in
      let two = [Sample.album("a", date: "2026-11-20"), Sample.album("b", date: "2026-11-13")]
      #expect(try await refresh(db, two) == 1)
      let fetchedAt = try #require(try await db.releases.state().fetchedAt)
      #expect(try await refresh(db, two.reversed()) == 1)
      #expect(try #require(try await db.releases.state().fetchedAt) > fetchedAt)
      #expect(try await refresh(db, two + two) == 1)
      #expect(try await refresh(db, [two[0], Sample.album("b", name: "Renamed", date: "2026-11-13")]) == 2)
      #expect(try await refresh(db, [two[0]]) == 3)
      #expect(try await refresh(db, []) == 4)
      #expect(try await refresh(db, []) == 4)
      let empty = try #require(try await db.releases.load())
      #expect(empty.version == 4 && empty.releases.isEmpty)
    }
  }

  @Test("the copy is listed newest release first, with albums as they came")
  func load() async throws {
    try await withServiceDatabase { db in
      let albums = [
        Sample.album("b", date: "2026-11-13"), Sample.album("z", date: nil),
        Sample.album("a", date: "2026-11-13"),
        Sample.album(
          "c", date: "2026-11-20",
          artists: [ArtistCredit(id: "1", name: "One"), ArtistCredit(id: "2", name: "Two")]),
      ]
      #expect(try await refresh(db, albums) == 1)
      let copy = try #require(try await db.releases.load())
      #expect(copy.releases.map(\.id.rawValue) == ["c", "a", "b", "z"])
      #expect(copy.releases[0] == albums[3] && copy.releases[3] == albums[1])
      #expect(copy.version == 1)
    }
  }

  @Test("who has been overtaken changes nothing")
  func fence() async throws {
    try await withServiceDatabase { db in
      _ = try await refresh(db, [Sample.album("a")])
      _ = try await db.owner.query("UPDATE catalogue_copy SET fetched_at = now() - interval '2 days'")
      let old = try #require(try await claim(db))
      #expect(try await claim(db) == nil)
      _ = try await db.owner.query("UPDATE catalogue_copy SET lease_until = now() - interval '1 second'")
      let new = try #require(try await claim(db))
      let tables = ["catalogue_copy", "new_release", "album", "artist"]
      var before: [[String]] = []
      for table in tables { before.append(try await db.content(of: table)) }
      let code = await storageCode {
        try await db.releases.finishRefresh(
          old, albums: [Sample.album("late")], source: .browse)
      }
      #expect(code == .fenced)
      try await db.releases.postponeRefresh(old, for: .seconds(900), error: "late")
      for (table, content) in zip(tables, before) {
        #expect(try await db.content(of: table) == content, "\(table)")
      }
      #expect(
        try await db.releases.finishRefresh(
          new, albums: [Sample.album("b")], source: .browse) == 2)
    }
  }

  @Test("a refresh that failed is tried again when its time has come, and the copy stays")
  func postponed() async throws {
    try await withServiceDatabase { db in
      _ = try await refresh(db, [Sample.album("a")])
      _ = try await db.owner.query("UPDATE catalogue_copy SET fetched_at = now() - interval '2 days'")
      let first = try #require(try await claim(db))
      try await db.releases.postponeRefresh(first, for: .seconds(900), error: "Spotify is away")
      #expect(try await claim(db) == nil)
      #expect(try await db.releases.load()?.releases.count == 1)
      _ = try await db.owner.query("UPDATE catalogue_copy SET not_before = now()")
      #expect(try await claim(db)?.attempt == 2)
    }
  }

  // MARK: Artists

  @Test(
    "an artist is found by id and by name in any case",
    arguments: ["the-id", "Étoile du Nord", "étoile du nord", "ÉTOILE DU NORD"])
  func artist(_ text: String) async throws {
    try await withServiceDatabase { db in
      let credit = ArtistCredit(id: "the-id", name: "Étoile du Nord")
      _ = try await refresh(
        db, [Sample.album("a", artists: [ArtistCredit(id: "x", name: "X"), credit]), Sample.album("b")])
      let page = try #require(try await db.releases.artist(idOrName: text))
      #expect(page.artist.id == ArtistID("the-id") && page.artist.name == credit.name)
      #expect(!page.isComplete)
      #expect(page.releases.map(\.id.rawValue) == ["a"])
      #expect(try await db.releases.artist(idOrName: "nobody") == nil)
      #expect(try await db.releases.artist(idOrName: "étoile") == nil)
    }
  }

  @Test("of artists of one name the one with new releases is meant, and an id before a name")
  func sameName() async throws {
    try await withServiceDatabase { db in
      _ = try await refresh(db, [Sample.album("a", artists: [ArtistCredit(id: "zz", name: "Twin")])])
      try await db.releases.store(Artist(id: ArtistID("aa"), name: "Twin", imageURL: nil, genres: []))
      try await db.releases.store(Artist(id: ArtistID("Twin"), name: "Other", imageURL: nil, genres: []))
      #expect(try await db.releases.artist(idOrName: "twin")?.artist.id == ArtistID("zz"))
      #expect(try await db.releases.artist(idOrName: "Twin")?.artist.id == ArtistID("Twin"))
    }
  }

  @Test("an artist that is wanted is taken once, by the order of the wishes, and complete afterwards")
  func wanted() async throws {
    try await withServiceDatabase { db in
      let credits = (0..<6).map { ArtistCredit(id: "artist\($0)", name: "Artist \($0)") }
      _ = try await refresh(db, [Sample.album("a", artists: credits)])
      for credit in credits.reversed() { try await db.releases.want(ArtistID(credit.id ?? "")) }
      #expect(try await db.releases.takeWantedArtist() == ArtistID("artist5"))
      let taken = try await atOnce(8) { _ in try await db.releases.takeWantedArtist() }.compactMap { $0 }
      #expect(taken.count == 5 && Set(taken).count == 5)
      let known = Artist(
        id: ArtistID("artist0"), name: "Artist 0", imageURL: "https://i/0", genres: ["a", "b"])
      try await db.releases.store(known)
      let page = try #require(try await db.releases.artist(idOrName: "artist0"))
      #expect(page.artist == known && page.isComplete)
      try await db.releases.want(known.id)
      try await db.releases.want(ArtistID("nobody"))
      #expect(try await db.releases.takeWantedArtist() == nil)
    }
  }

  @Test("what the followed artists released asks for a refresh, unless the copy is Spotify's own list")
  func requestsFromFollowed() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.follow(["a"], for: user)
      let today: String = try await db.owner.query(
        "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')")[0].decode(0)
      let first = try #require(try await claim(db))
      try await db.releases.postponeRefresh(first, for: .seconds(900), error: "Spotify is away")
      // Nothing of followed artists is known: the copy's pause stays.
      try await db.releases.requestRefreshFromFollowed(weeks: 4)
      #expect(try await claim(db) == nil)
      _ = try await db.artistAlbums.keep([
        ArtistAlbums.Found(
          artist: ArtistID("a"), albums: [(album: Sample.album("1", date: today), group: "album")],
          pause: Self.day)
      ])
      try await db.releases.requestRefreshFromFollowed(weeks: 4)
      let second = try #require(try await claim(db))
      #expect(second.source == nil)
      // Asked for while a refresh is on its way, which may have missed it.
      try await db.releases.requestRefreshFromFollowed(weeks: 4)
      let known = try await db.releases.albumsOfFollowed(weeks: 4, most: 9)
      #expect(try await db.releases.finishRefresh(second, known: known, source: .followed) == 1)
      #expect(try await db.releases.load()?.releases.map(\.id.rawValue) == ["1"])
      let third = try #require(try await claim(db))
      #expect(third.source == .followed && third.attempt == 1)
      _ = try await db.releases.finishRefresh(third, albums: [Sample.album("9")], source: .browse)
      try await db.releases.requestRefreshFromFollowed(weeks: 4)
      #expect(try await claim(db) == nil)
    }
  }

  @Test("a refusal is remembered for as long as it is told, a permission for ever")
  func capabilities() async throws {
    try await withServiceDatabase { db in
      let capabilities = AppCapabilities(db.database)
      let app = try await db.grants.registerApp(clientID: "an app")
      let other = try await db.grants.registerApp(clientID: "another")
      #expect(try await capabilities.mayTry(.newReleases, app: app))
      try await capabilities.refuse(.newReleases, app: app, for: Self.day)
      #expect(try await !capabilities.mayTry(.newReleases, app: app))
      #expect(try await capabilities.mayTry(.newReleases, app: other))
      _ = try await db.owner.query("UPDATE app_capability SET retry_at = now()")
      #expect(try await capabilities.mayTry(.newReleases, app: app))
      try await capabilities.allow(.newReleases, app: app)
      #expect(try await capabilities.mayTry(.newReleases, app: app))
    }
  }

  @Test("the size of pages is remembered per app and endpoint, for as long as it is told")
  func pageSizes() async throws {
    try await withServiceDatabase { db in
      let capabilities = AppCapabilities(db.database)
      let app = try await db.grants.registerApp(clientID: "an app")
      let other = try await db.grants.registerApp(clientID: "another")
      #expect(try await capabilities.pageSize(of: .search, app: app) == nil)
      try await capabilities.limitPages(of: .search, to: 10, app: app, for: Self.day)
      try await capabilities.limitPages(of: .search, to: 5, app: app, for: Self.day)
      #expect(try await capabilities.pageSize(of: .search, app: app) == 5)
      #expect(try await capabilities.pageSize(of: .search, app: other) == nil)
      #expect(try await capabilities.pageSize(of: .artistAlbums, app: app) == nil)
      _ = try await db.owner.query("UPDATE app_page_size SET retry_at = now()")
      #expect(try await capabilities.pageSize(of: .search, app: app) == nil)
    }
  }
}
