import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Saved tracks")
struct SavedTracksTests {
  private func keys(_ db: ServiceDatabase, _ user: UserID, _ filter: PresenceFilter = .present) async throws
    -> [String]
  {
    try await db.savedTracks.list(for: .user(user), filter: filter, matching: nil, after: nil, limit: 1_000)
      .map(\.track.key.rawValue)
  }

  // MARK: Staged pages

  @Test("pages come back as they were kept: rows, null slots, malformed ones")
  func stagedPages() async throws {
    try await withServiceDatabase { db in
      let claim = try await db.claim(try await db.user())
      #expect(try await db.pages.newestScan(of: claim).scan == 1)
      #expect(try await db.pages.newestScan(of: claim).pages.isEmpty)
      let first = StagedPages.Page(
        offset: 0, total: 52,
        slots: [
          .row(TrackKey("a"), addedAt: Sample.time(9), isPlayable: true), .null, .malformed(nil),
          .malformed(TrackKey("m")),
          .row(TrackKey("spotify:local:x:y:z:1"), addedAt: Sample.time(8), isPlayable: nil),
          .row(TrackKey("b"), addedAt: Date(timeIntervalSince1970: 1_600_000_000.123_457), isPlayable: false),
        ])
      let second = StagedPages.Page(offset: 49, total: 52, slots: [])
      let progress = SyncRun.Progress(done: 2, total: 2, unit: "pages")
      _ = try await db.pages.keep(
        [second, first], tracks: [], scan: 1, of: claim, progress: progress, requestsMade: 2)
      // Once more, as after an answer that was lost on its way.
      _ = try await db.pages.keep(
        [first], tracks: [], scan: 1, of: claim, progress: progress, requestsMade: 3)
      #expect(try await db.pages.newestScan(of: claim).pages == [first, second])
      #expect(try await db.runs.load(claim.run, of: claim.user)?.progress == progress)

      let third = StagedPages.Page(offset: 0, total: 1, slots: [.null])
      _ = try await db.pages.keep(
        [third], tracks: [], scan: 2, of: claim, progress: progress, requestsMade: 4)
      let newest = try await db.pages.newestScan(of: claim)
      #expect(newest.scan == 2 && newest.pages == [third])
    }
  }

  @Test("what a track is called is brought up to date, and nothing is written when nothing changed")
  func catalogue() async throws {
    try await withServiceDatabase { db in
      let claim = try await db.claim(try await db.user())
      let progress = SyncRun.Progress(done: 1, total: 1, unit: "pages")
      let odd = Track(
        key: TrackKey("spotify:local:a:b:c:1"), spotifyID: nil, uri: "spotify:local:a:b:c:1", name: "",
        artists: [ArtistCredit(id: nil, name: "Only \"a\" name \\ 🦉\t\u{1}")], album: nil,
        durationMilliseconds: 0,
        isExplicit: true, isrc: nil, isLocal: true)
      let tracks = [
        Sample.track("a"), odd, Sample.track("b", album: Sample.album("no-date", date: nil)), odd,
      ]
      func keep(_ tracks: [Track]) async throws -> [[String]] {
        _ = try await db.pages.keep(
          [], tracks: tracks, scan: 1, of: claim, progress: progress, requestsMade: 1)
        return [
          try await db.content(of: "track"), try await db.content(of: "album"),
          try await db.content(of: "artist"),
        ]
      }
      let first = try await keep(tracks)
      #expect(first.map(\.count) == [3, 2, 4])
      #expect(try await keep(tracks.reversed()) == first)
      let renamed = try await keep([Sample.track("a", name: "New name"), odd])
      #expect(Set(renamed[0]).subtracting(first[0]).count == 1)
      #expect(renamed[1] == first[1] && renamed[2] == first[2])
    }
  }

  @Test("numbers beyond what a column holds are cut, not a crash")
  func hugeNumbers() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let album = Album(
        id: AlbumID("al"), name: "Endless", type: nil, releaseDate: nil, releaseDatePrecision: nil,
        totalTracks: .max, imageURL: nil, artists: [])
      let track = Track(
        key: TrackKey("a"), spotifyID: "a", uri: "spotify:track:a", name: "a", artists: [], album: album,
        durationMilliseconds: .max, isExplicit: false, isrc: nil, isLocal: false)
      try await db.save([Sample.entry("a", at: 1)], tracks: [track], for: user)
      #expect(try await db.value("SELECT total_tracks = 2147483647 FROM album") == true)
      let kept = try await db.savedTracks.list(
        for: .user(user), filter: .present, matching: nil, after: nil, limit: 1)
      #expect(kept.map(\.track.durationMilliseconds) == [2_147_483_647])
    }
  }

  @Test("names and messages with a NUL, which Postgres can't hold, are kept without it")
  func withoutNUL() async throws {
    try await withServiceDatabase { db in
      let user = try await db.sessions.account(
        of: SpotifyUserID("x"), displayName: "e\u{0}f", imageURL: "i\u{0}j")
      let profile = try await db.users.profile(of: user)
      #expect(profile.displayName == "ef" && profile.imageURL == "ij")
      let track = Sample.track(
        "a", name: "a\u{0}b", artists: [ArtistCredit(id: "x", name: "c\u{0}d")],
        album: Sample.album("al", name: "g\u{0}h", imageURL: "k\u{0}l"))
      try await db.save([Sample.entry("a", at: 1)], tracks: [track], for: user)
      for search in [nil, "a\u{0}b"] {
        let kept = try await db.savedTracks.list(
          for: .user(user), filter: .present, matching: search, after: nil, limit: 1)
        #expect(kept.map(\.track.name) == ["ab"])
        #expect(kept.map(\.track.artists) == [[ArtistCredit(id: "x", name: "cd")]])
        #expect(kept.map(\.track.album?.name) == ["gh"])
        #expect(kept.map(\.track.album?.imageURL) == ["kl"])
      }
      let claim = try await db.claim(user)
      let failure = RunFailure(code: "malformed", detail: "\u{0}\u{0}binary")
      try await db.runs.end(claim, as: .failed, failure: failure, requestsMade: 1)
      #expect(try await db.runs.load(claim.run, of: user)?.failure?.detail == "binary")
    }
  }

  // MARK: The end of a run

  @Test("a run's end inserts, updates, removes and brings back, and says what it did")
  func finish() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let entries = ["a", "b", "c"].enumerated().map { Sample.entry($1, at: $0) }
      try await db.save(entries, for: user)
      #expect(try await keys(db, user) == ["c", "b", "a"])

      let claim = try await db.claim(user)
      _ = try await db.pages.keep(
        [StagedPages.Page(offset: 0, total: 1, slots: [.null])], tracks: [Sample.track("d")], scan: 1,
        of: claim,
        progress: SyncRun.Progress(done: 1, total: 1, unit: "pages"), requestsMade: 1)
      let gaps = [Gap(reason: .nullElement, count: 2)]
      try await db.savedTracks.finish(
        Sample.outcome(
          inserts: [Sample.entry("d", at: 9)],
          updates: [Sample.entry("a", at: 0, ordinal: 7, playable: false)],
          removals: [(key: TrackKey("b"), addedAt: Sample.time(1))], gaps: gaps), of: claim)
      #expect(try await keys(db, user) == ["d", "c", "a"])
      #expect(try await keys(db, user, .removed) == ["b"])
      #expect(try await keys(db, user, .all) == ["d", "c", "b", "a"])
      let all = try await db.savedTracks.list(
        for: .user(user), filter: .all, matching: nil, after: nil, limit: 10)
      #expect(all.map { $0.removedAt != nil } == [false, false, true, false])
      #expect(all[3].ordinal == 7 && all[3].isPlayable == false)
      #expect(try await db.value("SELECT count(*) FROM staged_page") == 0)
      let run = try #require(try await db.runs.load(claim.run, of: user))
      #expect(run.status == .succeeded && run.mode == .full && run.gaps == gaps)
      #expect(run.changes == SyncRun.Changes(added: 1, updated: 1, removed: 1, skipped: 0))
      #expect(run.requests == SyncRun.Requests(made: 4, saved: 0))
      #expect(run.progress == SyncRun.Progress(done: 3, total: 3, unit: "pages"))

      try await db.save([Sample.entry("b", at: 1, ordinal: 5, playable: true)], for: user)
      let returned = try await db.savedTracks.list(
        for: .user(user), filter: .present, matching: nil, after: nil, limit: 10)
      #expect(returned.map(\.track.key.rawValue) == ["d", "c", "b", "a"])
      #expect(returned[2].ordinal == 5 && returned[2].isPlayable == true && returned[2].removedAt == nil)
    }
  }

  @Test("a track saved again is another row: the old one's removal leaves the new one")
  func savedAgain() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.save([Sample.entry("a", at: 1)], for: user)
      let claim = try await db.claim(user)
      try await db.savedTracks.finish(
        Sample.outcome(
          inserts: [Sample.entry("a", at: 2)], removals: [(key: TrackKey("a"), addedAt: Sample.time(1))]),
        of: claim)
      let present = try await db.savedTracks.present(of: user)
      #expect(present.map(\.addedAt) == [Sample.time(2)])
    }
  }

  @Test("a run that finds everything as it was rewrites no row")
  func unchanged() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let entries = (0..<500).map { Sample.entry("t\($0)", at: $0 / 5, ordinal: Int64($0 % 5)) }
      try await db.save(entries, for: user)
      let tables = ["saved_track", "track", "album", "artist"]
      var before: [[String]] = []
      for table in tables { before.append(try await db.content(of: table)) }
      let claim = try await db.claim(user)
      _ = try await db.pages.keep(
        [], tracks: entries.map { Sample.track($0.key.rawValue) }, scan: 1, of: claim,
        progress: SyncRun.Progress(done: 1, total: 1, unit: "pages"), requestsMade: 1)
      try await db.savedTracks.finish(Sample.outcome(), of: claim)
      for (table, content) in zip(tables, before) {
        #expect(try await db.content(of: table) == content, "\(table)")
      }
    }
  }

  @Test("what is compared with Spotify's list is what was kept, to the microsecond")
  func present() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let times = try ["2016-10-24T15:03:07Z", "2016-10-24T15:03:07.123457Z", "1970-01-01T00:00:00Z"].map {
        try #require(Timestamp.date($0))
      }
      let entries = times.map {
        SavedTracks.Entry(key: TrackKey("a"), addedAt: $0, ordinal: -3, isPlayable: nil)
      }
      try await db.save(entries, for: user)
      let present = try await db.savedTracks.present(of: user)
      #expect(Set(present.map(\.addedAt)) == Set(times))
      #expect(present.allSatisfy { $0.key == TrackKey("a") && $0.ordinal == -3 && $0.isPlayable == nil })
      #expect(try await db.users.profile(of: user).trackCount == 3)
    }
  }
}
