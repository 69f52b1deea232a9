import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Playlists")
struct PlaylistsTests {
  private static let progress = SyncRun.Progress(done: 1, total: 2, unit: "pages")
  private static let tables = [
    "playlist", "playlist_item", "staged_list_page", "track", "album", "artist", "episode",
  ]

  private static func held(
    _ id: String, at position: Int = 0, name: String? = nil, contents: PlaylistContents = .synced,
    owner: Playlist.Owner? = Playlist.Owner(id: SpotifyUserID("o$"), displayName: "Owner")
  ) -> HeldPlaylist {
    HeldPlaylist(
      playlist: Playlist(
        id: PlaylistID(id), uri: "spotify:playlist:\(id)", name: name ?? "List \(id)", description: "d",
        owner: owner, isPublic: nil, isCollaborative: true, snapshotID: "snap", totalItems: 7,
        imageURL: "https://i.example/1"),
      position: position, contents: contents, syncedSnapshotID: contents == .synced ? "snap" : nil,
      isPresent: true)
  }

  private static func place(_ playlist: String, _ position: Int, _ key: String?) -> PlaylistPlace {
    let entry =
      key.map {
        PlaylistEntry(
          kind: $0.hasPrefix("e") ? .episode : .track, key: $0, addedAt: Sample.time(position),
          isPlayable: true)
      } ?? .unavailable(addedAt: nil)
    return PlaylistPlace(playlist: PlaylistID(playlist), position: position, entry: entry)
  }

  private static func outcome(
    playlists: [HeldPlaylist] = [], removals: [String] = [], inserts: [PlaylistPlace] = [],
    updates: [PlaylistPlace] = [], cuts: [(String, Int)] = []
  ) -> Playlists.Outcome {
    Playlists.Outcome(
      run: RunOutcome(
        mode: .snapshot, changes: SyncRun.Changes(added: 1, updated: 2, removed: 3, skipped: 4),
        gaps: [Gap(reason: .notVisible, count: 2)], progress: progress,
        requests: SyncRun.Requests(made: 5, saved: 6)),
      playlists: playlists, removals: removals.map(PlaylistID.init), inserts: inserts, updates: updates,
      cuts: cuts.map { (playlist: PlaylistID($0.0), length: $0.1) })
  }

  private static func episode(_ id: String, name: String = "Talk", show: String? = "Show") -> Episode {
    Episode(
      id: EpisodeID(id), uri: "spotify:episode:\(id)", name: name, showID: show, showName: show,
      durationMilliseconds: 9, isExplicit: true, releaseDate: "2020", imageURL: nil)
  }

  private static func page(_ list: String, scan: Int = 1, start: Int = 0, _ text: String)
    -> StagedLists.Page<[String]>
  {
    StagedLists.Page(list: list, scan: scan, start: start, total: 3, content: [text])
  }

  private static func contents(_ db: ServiceDatabase) async throws -> [[String]] {
    var contents: [[String]] = []
    for table in tables { contents.append(try await db.content(of: table)) }
    return contents
  }

  // MARK: Staged pages

  @Test("pages come back as they were kept, each list's newest scan alone")
  func stagedPages() async throws {
    try await withServiceDatabase { db in
      let claim = try await db.claim(try await db.user(), .playlists)
      let pages = [
        Self.page("", "old"), Self.page("", scan: 2, "new"), Self.page("a", start: 49, "a2"),
        Self.page("a", "a\u{0}1 \\u0000 \"\\"), Self.page("b", "b1"), Self.page("b", scan: 3, "b3"),
      ]
      #expect(
        try await !db.lists.keep(pages, of: claim, progress: Self.progress, requestsMade: 2))
      // Once more, as after an answer that was lost on its way.
      _ = try await db.lists.keep([pages[0]], of: claim, progress: Self.progress, requestsMade: 3)
      let first: [StagedLists.Page<[String]>] = try await db.lists.first(of: claim)
      #expect(first.map(\.content) == [["new"]] && first.map(\.scan) == [2])
      let others: [StagedLists.Page<[String]>] = try await db.lists.others(of: claim)
      #expect(
        others.map { "\($0.list) \($0.scan) \($0.start) \($0.total ?? -1)" } == [
          "a 1 0 3", "a 1 49 3", "b 3 0 3",
        ])
      #expect(others.map(\.content) == [["a1 \\u0000 \"\\"], ["a2"], ["b3"]])
      let run = try #require(try await db.runs.load(claim.run, of: claim.user))
      #expect(run.progress == Self.progress && run.requests.made == 3)
      _ = try await db.runs.cancel(claim.run, of: claim.user)
      #expect(
        try await db.lists.keep([Self.page("c", "")], of: claim, progress: Self.progress, requestsMade: 4))
    }
  }

  @Test("episodes are brought up to date, and nothing is written when nothing changed")
  func episodes() async throws {
    try await withServiceDatabase { db in
      let claim = try await db.claim(try await db.user(), .playlists)
      func keep(_ episodes: Episode...) async throws -> [String] {
        let none: [StagedLists.Page<[String]>] = []
        _ = try await db.lists.keep(
          none, tracks: [Sample.track("t")], episodes: episodes, of: claim, progress: Self.progress,
          requestsMade: 1)
        return try await db.content(of: "episode")
      }
      let first = try await keep(Self.episode("e1"), Self.episode("e2", show: nil), Self.episode("e1"))
      #expect(first.count == 2)
      #expect(try await keep(Self.episode("e2", show: nil), Self.episode("e1")) == first)
      let renamed = try await keep(Self.episode("e1", name: "New\u{0} name"))
      #expect(Set(renamed).subtracting(first).count == 1)
      #expect(try await db.value("SELECT name FROM episode WHERE episode_id = 'e1'") == "New name")
      #expect(try await db.value("SELECT count(*) FROM track") == 1)
    }
  }

  // MARK: The end of a run

  @Test("a run's end writes playlists and places, and says what it did")
  func finish() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user, .playlists)
      _ = try await db.lists.keep(
        [Self.page("", "x")], tracks: [Sample.track("a"), Sample.track("b")], episodes: [Self.episode("e")],
        of: claim, progress: Self.progress, requestsMade: 1)
      let playlists = [
        Self.held("p", at: 1), Self.held("q", at: 0, contents: .pending, owner: nil),
        Self.held("r", at: 2, contents: .notVisible),
      ]
      let places = ["a", "e", nil, "a"].enumerated().map { Self.place("p", $0, $1) }
      try await db.playlists.finish(Self.outcome(playlists: playlists, inserts: places), of: claim)
      #expect(Set(try await db.playlists.held(of: user)) == Set(playlists))
      let kept = try await db.playlists.entries(of: user, in: [PlaylistID("p"), PlaylistID("r")])
      #expect(
        kept == [PlaylistID("p"): Dictionary(uniqueKeysWithValues: places.map { ($0.position, $0.entry) })])
      #expect(try await db.value("SELECT count(*) FROM staged_list_page") == 0)
      #expect(try await db.users.profile(of: user).playlistCount == 3)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .succeeded && run.mode == .snapshot && run.progress == Self.progress)
      #expect(run.changes == SyncRun.Changes(added: 1, updated: 2, removed: 3, skipped: 4))
      #expect(run.requests == SyncRun.Requests(made: 5, saved: 6))
      #expect(run.gaps == [Gap(reason: .notVisible, count: 2)])
    }
  }

  @Test("only what differs is written: other rows, and all of them in an unchanged run, stay as they are")
  func differences() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.finishPlaylists(
        Self.outcome(
          playlists: [Self.held("p"), Self.held("q", at: 1), Self.held("r", at: 2)],
          inserts: ["a", "b", "c", "d"].enumerated().map { Self.place("p", $0, $1) }
            + [Self.place("q", 0, "a"), Self.place("q", 1, "b")]), user)
      let before = try await Self.contents(db)
      try await db.finishPlaylists(Self.outcome(), user)
      #expect(try await Self.contents(db) == before)

      try await db.finishPlaylists(
        Self.outcome(
          playlists: [Self.held("p", name: "New")], removals: ["r"], updates: [Self.place("p", 1, "x")],
          cuts: [("p", 3)]), user)
      let after = try await Self.contents(db)
      #expect(Set(before[0]).intersection(after[0]).count == 1, "one playlist is as it was")
      #expect(Set(before[1]).intersection(after[1]).count == 4, "four places are as they were")
      #expect(after[1].count == 5)
      #expect(try await db.playlists.held(of: user).filter(\.isPresent).count == 2)
      let p = try await db.playlists.entries(of: user, in: [PlaylistID("p")])[PlaylistID("p")]
      #expect(p?.sorted { $0.key < $1.key }.map(\.value.key) == ["a", "x", "c"])

      try await db.finishPlaylists(Self.outcome(playlists: [Self.held("r", at: 2)]), user)
      #expect(try await db.playlists.held(of: user).allSatisfy(\.isPresent))
    }
  }

  @Test("who has been overtaken writes nothing, and a run ends once")
  func fence() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.finishPlaylists(
        Self.outcome(playlists: [Self.held("p")], inserts: [Self.place("p", 0, "a")]), user)
      let old = try await db.claim(user, .playlists)
      let new = try #require(try await db.runs.claim(old.run, of: user))
      _ = try await db.lists.keep([Self.page("", "x")], of: new, progress: Self.progress, requestsMade: 1)
      let before = try await Self.contents(db)
      let late = Self.outcome(
        playlists: [Self.held("q")], removals: ["p"], inserts: [Self.place("q", 0, "a")],
        updates: [Self.place("p", 0, "z")], cuts: [("p", 0)])
      #expect(await storageCode { try await db.playlists.finish(late, of: old) } == .fenced)
      #expect(
        await storageCode {
          try await db.lists.keep(
            [Self.page("", scan: 2, "y")], tracks: [Sample.track("t")], episodes: [Self.episode("e")],
            of: old, progress: Self.progress, requestsMade: 9)
        } == .fenced)
      #expect(try await Self.contents(db) == before)
      try await db.playlists.finish(Self.outcome(), of: new)
      #expect(await storageCode { try await db.playlists.finish(late, of: new) } == .fenced)
    }
  }

  // MARK: Lists

  @Test("playlists are listed in the person's order, page by page, and found by name")
  func listing() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      var random = SeededRandom(seed: 5)
      // Some share a place: one that a list didn't show keeps what it had.
      let playlists = (0..<60).map {
        Self.held("p\($0)", at: random.below(40), name: $0 % 10 == 0 ? "100% _\($0)" : "Plain \($0)")
      }
      try await db.finishPlaylists(Self.outcome(playlists: playlists), ada)
      try await db.finishPlaylists(Self.outcome(playlists: [Self.held("his")]), bert)
      try await db.finishPlaylists(Self.outcome(removals: ["p7"]), ada)
      let expected = playlists.filter { $0.playlist.id.rawValue != "p7" }.sorted {
        ($0.position, $0.playlist.id.rawValue) < ($1.position, $1.playlist.id.rawValue)
      }
      for limit in [1, 7, 100] {
        var paged: [HeldPlaylist] = []
        while true {
          let last = paged.last.map { Playlists.Position(position: $0.position, playlist: $0.playlist.id) }
          let page = try await db.playlists.list(for: .user(ada), matching: nil, after: last, limit: limit)
          if page.isEmpty { break }
          paged += page
        }
        #expect(paged == expected, "pages of \(limit)")
      }
      let found = try await db.playlists.list(for: .user(ada), matching: "% _", after: nil, limit: 50)
      #expect(found.count == 6)
      #expect(try await db.playlists.show(PlaylistID("p3"), for: .user(ada)) == playlists[3])
      #expect(try await db.playlists.show(PlaylistID("p7"), for: .user(ada)) == nil)
      #expect(try await db.playlists.show(PlaylistID("his"), for: .user(ada)) == nil)
    }
  }

  @Test("items come in order with what the catalogue knows; of what may not be seen none come")
  func items() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let claim = try await db.claim(user, .playlists)
      let none: [StagedLists.Page<[String]>] = []
      _ = try await db.lists.keep(
        none, tracks: [Sample.track("a")], episodes: [Self.episode("e")], of: claim,
        progress: Self.progress, requestsMade: 1)
      try await db.playlists.finish(
        Self.outcome(
          playlists: [Self.held("p"), Self.held("hidden", contents: .notVisible)],
          inserts: ["a", nil, "e"].enumerated().map { Self.place("p", $0, $1) }
            + [Self.place("hidden", 0, "a")]), of: claim)
      let (playlist, all) = try #require(
        try await db.playlists.items(of: PlaylistID("p"), for: .user(user), after: nil, limit: 10))
      #expect(playlist == Self.held("p") && all.map(\.position) == [0, 1, 2])
      guard case .track(let track) = all[0].content, case .unavailable = all[1].content,
        case .episode(let episode) = all[2].content
      else {
        Issue.record("\(all)")
        return
      }
      #expect(track.name == "Track a" && track.album?.id == AlbumID("album-a"))
      #expect(episode == Self.episode("e"))
      #expect(all.map(\.addedAt) == [Sample.time(0), nil, Sample.time(2)])
      #expect(all.map(\.isPlayable) == [true, nil, true])
      let rest = try await db.playlists.items(of: PlaylistID("p"), for: .user(user), after: 0, limit: 1)
      #expect(rest?.items.map(\.position) == [1])
      let hidden = try await db.playlists.items(
        of: PlaylistID("hidden"), for: .user(user), after: nil, limit: 10)
      #expect(hidden?.items.isEmpty == true && hidden?.playlist.contents == .notVisible)
      #expect(
        try await db.playlists.items(of: PlaylistID("x"), for: .user(user), after: nil, limit: 10) == nil)
      let other = try await db.user("bert")
      #expect(
        try await db.playlists.items(of: PlaylistID("p"), for: .user(other), after: nil, limit: 10) == nil)
    }
  }

  @Test("a disconnection takes playlists, their items and staged pages, and counts them")
  func disconnection() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.connectedUser("ada"), try await db.connectedUser("bert"))
      for user in [ada, bert] {
        try await db.finishPlaylists(
          Self.outcome(
            playlists: [Self.held("p"), Self.held("q", at: 1)], inserts: [Self.place("p", 0, "a")]), user)
        let claim = try await db.claim(user, .playlists)
        _ = try await db.lists.keep([Self.page("", "x")], of: claim, progress: Self.progress, requestsMade: 1)
      }
      #expect(try await Erasure(db.database).disconnect(ada)[.playlists] == 2)
      for table in ["playlist", "playlist_item", "staged_list_page"] {
        let owners = try await db.evaluate("SELECT DISTINCT user_id::text FROM \(table)")
        #expect(owners == [bert.description], "\(table)")
      }
      #expect(try await db.users.profile(of: ada).playlistCount == 0)
    }
  }
}

extension ServiceDatabase {
  var lists: StagedLists { StagedLists(database) }
  var playlists: Playlists { Playlists(database) }

  /// Ends a run of its own with `outcome`.
  fileprivate func finishPlaylists(_ outcome: Playlists.Outcome, _ user: UserID) async throws {
    try await playlists.finish(outcome, of: try await claim(user, .playlists))
  }
}
