import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Followed artists")
struct FollowedArtistsTests {
  private static let progress = SyncRun.Progress(done: 1, total: 2, unit: "pages")

  private static func artist(_ id: String, _ name: String, genres: [String]? = ["folk"]) -> Artist {
    Artist(id: ArtistID(id), name: name, imageURL: "https://i.example/\(id)", genres: genres)
  }

  private static func page(_ ids: [String], cursor: String? = nil) -> FollowsPage {
    FollowsPage(slots: ids.map { .artist(ArtistID($0)) }, total: ids.count, cursor: cursor)
  }

  @Test("pages come back as they were kept, scan by scan in order, and artists are in the catalogue")
  func staged() async throws {
    try await withServiceDatabase { db in
      let claim = try await db.claim(try await db.user(), .following)
      let odd = FollowsPage(
        slots: [.artist(ArtistID("a")), .null, .malformed(nil), .malformed(ArtistID("m"))], total: nil,
        cursor: "a")
      let first = [
        AskedFollows(number: 0, after: nil, page: odd),
        AskedFollows(number: 3, after: "a", page: Self.page(["b"])),
      ]
      let second = [AskedFollows(number: 0, after: nil, page: Self.page(["c"], cursor: "c"))]
      for (scan, pages) in [(1, first), (1, first), (2, second)] {
        _ = try await db.stagedFollows.keep(
          pages, artists: [Self.artist("a", "Ada")], scan: scan, of: claim, progress: Self.progress,
          requestsMade: 3)
      }
      #expect(try await db.stagedFollows.pages(of: claim) == [1: first, 2: second])
      let known = try #require(try await db.releases.artist(idOrName: "a"))
      #expect(known.artist == Self.artist("a", "Ada") && known.isComplete)
      let run = try #require(try await db.runs.load(claim.run, of: claim.user))
      #expect(run.progress == Self.progress && run.requests.made == 3)
    }
  }

  @Test("genres that nobody told stay, and what hasn't changed isn't rewritten")
  func genres() async throws {
    try await withServiceDatabase { db in
      try await db.releases.store(Self.artist("a", "Ada", genres: ["folk", "new\nage", ""]))
      let before = try await db.content(of: "artist")
      try await db.releases.store(Self.artist("a", "Ada", genres: nil))
      #expect(try await db.content(of: "artist") == before)
      let known = try #require(try await db.releases.artist(idOrName: "a"))
      #expect(known.artist.genres == ["folk", "new age", ""])
      try await db.releases.store(Self.artist("a", "Ada", genres: []))
      #expect(try await db.releases.artist(idOrName: "a")?.artist.genres == [])
    }
  }

  @Test("a merge adds, marks who has gone, brings back who returned, and ends the run with what it said")
  func merge() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.follow(["a", "b"], for: user)
      let firstSeen = try await db.followed(user).map(\.firstSeenAt)
      try await db.follow(["c"], removing: ["a"], for: user)
      #expect(try await db.followed(user).map(\.artist.id.rawValue) == ["b", "c"])
      #expect(try await db.followed(user, .removed).map(\.artist.id.rawValue) == ["a"])
      #expect(try await db.users.profile(of: user).artistCount == 2)
      let untouched = try await db.content(of: "followed_artist").filter { !$0.contains(",a,") }
      try await db.follow(["a"], for: user)
      #expect(try await db.content(of: "followed_artist").filter { !$0.contains(",a,") } == untouched)
      #expect(try await db.followed(user).map(\.artist.id.rawValue) == ["a", "b", "c"])
      #expect(try await db.followed(user).map(\.firstSeenAt).prefix(2) == firstSeen[...])
      let runs = try await db.runs.list(of: user, kind: .following, status: nil, after: nil, limit: 5)
      #expect(runs.count == 3 && runs.allSatisfy { $0.status == .succeeded })
      #expect(runs[1].changes == SyncRun.Changes(added: 1, removed: 1))
      #expect(try await db.value("SELECT count(*) FROM staged_list_page") == 0)
    }
  }

  @Test("where the pages end is kept with the run, for each user, and replaced by the next")
  func borders() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      #expect(try await db.followedArtists.order(of: ada) == nil)
      let orders = [
        FollowOrder(count: 120, borders: [ArtistID("b"), ArtistID("d")]), FollowOrder(count: 3, borders: []),
      ]
      for order in orders {
        let claim = try await db.claim(ada, .following)
        try await db.followedArtists.finish(
          FollowedArtists.Outcome(run: Sample.run(), inserts: [], removals: [], order: order), of: claim)
        #expect(try await db.followedArtists.order(of: ada) == order)
        let before = try await db.content(of: "followed_order")
        try await db.follow(["a"], for: ada)
        #expect(try await db.content(of: "followed_order") == before, "nothing was said of it")
      }
      #expect(try await db.followedArtists.order(of: bert) == nil)
      _ = try await Erasure(db.database).disconnect(ada)
      #expect(try await db.followedArtists.order(of: ada) == nil)
    }
  }

  @Test("who has been overtaken writes nothing")
  func fence() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.follow(["a"], for: user)
      let old = try await db.claim(user, .following)
      let new = try #require(try await db.runs.claim(old.run, of: user))
      let before = try await db.content(of: "followed_artist")
      let outcome = FollowedArtists.Outcome(
        run: Sample.run(), inserts: [ArtistID("x")], removals: [ArtistID("a")])
      #expect(await storageCode { try await db.followedArtists.finish(outcome, of: old) } == .fenced)
      let code = await storageCode {
        try await db.stagedFollows.keep(
          [AskedFollows(number: 0, after: nil, page: Self.page(["x"]))], artists: [Self.artist("x", "X")],
          scan: 1, of: old,
          progress: Self.progress, requestsMade: 1)
      }
      #expect(code == .fenced)
      #expect(try await db.content(of: "followed_artist") == before)
      #expect(try await db.stagedFollows.pages(of: new).isEmpty)
      #expect(try await db.releases.artist(idOrName: "x") == nil)
      try await db.followedArtists.finish(outcome, of: new)
      #expect(try await db.followedArtists.present(of: user) == [ArtistID("x")])
    }
  }

  @Test(
    "the list is by name without regard to case, page by page, found by its words, and the caller's alone")
  func listing() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      let names = ["ödland", "Zed", "alpha", "Alpha", "beta%", "beta_", "Ωmega", "10cc"]
      let artists = names.enumerated().map { Self.artist("id\($0.offset)", $0.element) }
      try await db.follow(artists, for: ada)
      try await db.follow([artists[1]], for: bert)
      let all = try await db.followed(ada)
      #expect(
        all.map(\.artist.name) == ["10cc", "alpha", "Alpha", "beta%", "beta_", "Zed", "ödland", "Ωmega"])
      var paged: [String] = []
      var position: FollowedArtists.Position?
      repeat {
        let page = try await db.followedArtists.list(
          for: .user(ada), filter: .present, matching: nil, after: position, limit: 3)
        paged += page.map(\.artist.name)
        position = page.last.map { FollowedArtists.Position(name: $0.artist.name, artist: $0.artist.id) }
      } while position != nil
      #expect(paged == all.map(\.artist.name))
      for (word, found) in [("ALPHA", ["alpha", "Alpha"]), ("%", ["beta%"]), ("_", ["beta_"]), ("zz", [])] {
        let page = try await db.followedArtists.list(
          for: .user(ada), filter: .all, matching: word, after: nil, limit: 10)
        #expect(page.map(\.artist.name) == found, "\(word)")
      }
      #expect(try await db.followed(bert).map(\.artist.name) == ["Zed"])
    }
  }
}

extension ServiceDatabase {
  var followedArtists: FollowedArtists { FollowedArtists(database) }
  var stagedFollows: StagedFollows { StagedFollows(database) }

  func followed(_ user: UserID, _ filter: PresenceFilter = .present) async throws -> [FollowedArtist] {
    try await followedArtists.list(for: .user(user), filter: filter, matching: nil, after: nil, limit: 200)
  }

  /// Follows artists as a run does.
  func follow(_ ids: [String], removing gone: [String] = [], for user: UserID) async throws {
    let artists = ids.map { Artist(id: ArtistID($0), name: "Artist \($0)", imageURL: nil, genres: []) }
    try await follow(artists, removing: gone, for: user)
  }

  func follow(_ artists: [Artist], removing gone: [String] = [], for user: UserID) async throws {
    let claim = try await claim(user, .following)
    for artist in artists { try await releases.store(artist) }
    let run = Sample.run(SyncRun.Changes(added: artists.count, removed: gone.count))
    try await followedArtists.finish(
      FollowedArtists.Outcome(run: run, inserts: artists.map(\.id), removals: gone.map { ArtistID($0) }),
      of: claim)
  }
}
