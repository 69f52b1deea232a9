import SpotifySimulator
import Testing

/// Where a process dies by `kill -9` in the course of a run, from its first moment to its last.
enum CrashStep: String, CaseIterable, Sendable {
  /// The run's row is there, and Redis doesn't know it. It is the server that dies.
  case accepted
  /// Taken from Redis, and not yet claimed in Postgres.
  case dispatched
  /// Claimed, before the first request.
  case claimed
  /// While Spotify is asked for a token.
  case refreshing
  /// A page, half of them, all of them are kept.
  case firstPage, middlePage, lastPage
  /// Everything is read, and Spotify is asked once more about what seems gone.
  case confirming
  /// In the transaction that merges and closes the run.
  case merging
  /// Behind that transaction's commit, with the lease still in Redis.
  case committed
}

/// A request at Spotify that a run is stopped at.
struct Gate {
  let group: EndpointGroup
  let nth: Int
  /// What is kept of the run by then.
  let kept: Int

  init(_ group: EndpointGroup, _ nth: Int, kept: Int) {
    self.group = group
    self.nth = nth
    self.kept = kept
  }
}

extension SyncCase {
  /// A request in the middle of a run whose answer is kept at once.
  var middle: Gate? {
    // The second of an artist's two requests: what follows is kept.
    self == .releases ? Gate(.artistAlbums, 10, kept: 4) : CrashPoint(kind: self, step: .middlePage).gate
  }
}

/// A step of a run of some kind.
struct CrashPoint: Sendable, CustomTestStringConvertible {
  let kind: SyncCase
  let step: CrashStep

  var testDescription: String { "\(kind.rawValue), \(step.rawValue)" }

  /// Releases are only ever added: nothing is to be confirmed.
  static let all = SyncCase.allCases.flatMap { kind in
    CrashStep.allCases.filter { kind != .releases || $0 != .confirming }.map {
      CrashPoint(kind: kind, step: $0)
    }
  }

  /// Nil for a step that isn't a request for something to keep.
  var gate: Gate? {
    switch (kind, step) {
    case (.tracks, .firstPage): Gate(.savedTracks, 2, kept: 1)
    case (.tracks, .middlePage): Gate(.savedTracks, 3, kept: 2)
    case (.tracks, .lastPage): Gate(.savedTracks, 4, kept: 3)
    case (.tracks, .confirming): Gate(.libraryContains, 1, kept: 4)
    // The list of playlists is kept, too.
    case (.playlists, .firstPage): Gate(.playlistItems, 1, kept: 1)
    case (.playlists, .middlePage): Gate(.playlistItems, 2, kept: 2)
    case (.playlists, .lastPage): Gate(.playlistItems, 4, kept: 4)
    case (.playlists, .confirming): Gate(.libraryContains, 1, kept: 1)
    case (.following, .firstPage): Gate(.following, 2, kept: 1)
    case (.following, .middlePage): Gate(.following, 3, kept: 2)
    case (.following, .lastPage): Gate(.following, 4, kept: 3)
    // The second scan, which has to agree.
    case (.following, .confirming): Gate(.following, 5, kept: 4)
    // Two requests for each of the eight.
    case (.releases, .firstPage): Gate(.artistAlbums, 3, kept: 1)
    case (.releases, .middlePage): Gate(.artistAlbums, 9, kept: 4)
    case (.releases, .lastPage): Gate(.artistAlbums, 15, kept: 7)
    default: nil
    }
  }

  /// How often an answer may be asked for in all, as far as it wasn't kept.
  func mostAnswers(to target: String) -> Int {
    if target.hasPrefix("/v1/me/library/contains") { return 2 }
    // The head is read again by whoever goes on behind it.
    if target.hasPrefix("/v1/me/tracks?offset=0&") { return 3 }
    return kind == .following && step == .confirming ? 2 : 1
  }
}
