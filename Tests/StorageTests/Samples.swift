import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport

/// What tests put into databases.
enum Sample {
  static let tokens = Grants.SealedTokens(
    accessToken: [1, 2, 3], refreshToken: [4, 5, 6],
    accessTokenExpiresAt: Date(timeIntervalSince1970: 1_900_000_000))

  static func time(_ seconds: Int) -> Date { Date(timeIntervalSince1970: Double(1_600_000_000 + seconds)) }

  static func track(
    _ key: String, name: String? = nil, artists: [ArtistCredit]? = nil, album: Album? = nil
  ) -> Track {
    Track(
      key: TrackKey(key), spotifyID: key, uri: "spotify:track:\(key)", name: name ?? "Track \(key)",
      artists: artists ?? [ArtistCredit(id: "artist-\(key)", name: "Artist of \(key)")],
      album: album ?? Sample.album("album-\(key)"), durationMilliseconds: 180_000, isExplicit: false,
      isrc: "XX0000000001", isLocal: false)
  }

  static func album(
    _ id: String, name: String? = nil, date: String? = "2026-11-20", artists: [ArtistCredit]? = nil,
    imageURL: String? = nil
  ) -> Album {
    Album(
      id: AlbumID(id), name: name ?? "Album \(id)", type: "album", releaseDate: date,
      releaseDatePrecision: date == nil ? nil : "day", totalTracks: 10, imageURL: imageURL,
      artists: artists ?? [ArtistCredit(id: "artist-\(id)", name: "Artist of \(id)")])
  }

  static func entry(_ key: String, at seconds: Int, ordinal: Int64 = 1, playable: Bool? = nil)
    -> SavedTracks.Entry
  {
    SavedTracks.Entry(key: TrackKey(key), addedAt: time(seconds), ordinal: ordinal, isPlayable: playable)
  }

  static func outcome(
    inserts: [SavedTracks.Entry] = [], updates: [SavedTracks.Entry] = [],
    removals: [(key: TrackKey, addedAt: Date)] = [], gaps: [Gap] = []
  ) -> SavedTracks.Outcome {
    SavedTracks.Outcome(
      run: run(
        SyncRun.Changes(added: inserts.count, updated: updates.count, removed: removals.count), gaps: gaps),
      inserts: inserts, updates: updates, removals: removals,
      list: SavedTracks.ListChange(placeholders: [], totalOffset: 0, audit: .done))
  }

  static func run(_ changes: SyncRun.Changes = SyncRun.Changes(), gaps: [Gap] = []) -> RunOutcome {
    RunOutcome(
      mode: .full, changes: changes, gaps: gaps, progress: SyncRun.Progress(done: 3, total: 3, unit: "pages"),
      requests: SyncRun.Requests(made: 4, saved: 0))
  }
}

extension ServiceDatabase {
  var users: Users { Users(database) }
  var sessions: Sessions { Sessions(database) }
  var grants: Grants { Grants(database) }
  var runs: SyncRuns { SyncRuns(database) }
  var pages: StagedPages { StagedPages(database) }
  var savedTracks: SavedTracks { SavedTracks(database) }
  var releases: Releases { Releases(database) }

  func user(_ name: String = "ada") async throws -> UserID {
    try await sessions.account(of: SpotifyUserID(name), displayName: name, imageURL: nil)
  }

  /// A user with a grant of version 1.
  func connectedUser(_ name: String = "ada") async throws -> UserID {
    let user = try await user(name)
    let app = try await grants.registerApp(clientID: "an app")
    _ = try await grants.store(
      Sample.tokens, of: user, app: app, scopes: ["user-library-read"], version: 1,
      firstRuns: [])
    return user
  }

  /// A run of `user` that is at work.
  func claim(_ user: UserID, _ kind: SyncKind = .tracks) async throws -> RunClaim {
    let run = try await runs.request(kind, for: user, trigger: .manual)
    guard let claim = try await runs.claim(run.id, of: user) else { throw CancellationError() }
    return claim
  }

  /// Saves tracks as a run does.
  func save(_ entries: [SavedTracks.Entry], tracks: [Track]? = nil, for user: UserID) async throws {
    let claim = try await claim(user)
    let tracks = tracks ?? entries.map { Sample.track($0.key.rawValue) }
    _ = try await pages.keep(
      [], tracks: tracks, scan: 1, of: claim, progress: SyncRun.Progress(done: 1, total: 1, unit: "pages"),
      requestsMade: 1)
    try await savedTracks.finish(Sample.outcome(inserts: entries), of: claim)
  }

  /// Everything in a table, as text, with what tells whether a row was rewritten.
  func content(of table: String) async throws -> [String] {
    try await evaluate("SELECT xmin::text || ' ' || t::text FROM \(table) AS t ORDER BY 1")
  }

  /// What a statement that was put together here gives, as texts, as the owner.
  func evaluate(_ statement: String) async throws -> [String] {
    try await owner.query("SELECT public.evaluate(\(statement))").map { row throws(PostgreSQLError) in
      try row.decode(0)
    }
  }

  /// The first column of the only row.
  func value<Value: PostgreSQLDecodable>(_ sql: SQL, as: Value.Type = Value.self) async throws -> Value {
    try await owner.query(sql)[0].decode(0)
  }
}

/// The code of the storage error that `body` throws; nil when it throws none.
func storageCode<R>(_ body: () async throws -> R) async -> StorageError.Code? {
  await storageError(body)?.code
}

/// The storage error that `body` throws; nil when it throws none.
func storageError<R>(_ body: () async throws -> R) async -> StorageError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? StorageError }
}
