/// How long after a run's end the next one of its kind is due by itself; zero means never.
package struct SyncIntervals: Sendable, Equatable {
  private var intervals: [SyncKind: Duration]

  package init(_ intervals: [SyncKind: Duration]) {
    self.intervals = intervals
  }

  package subscript(_ kind: SyncKind) -> Duration { intervals[kind] ?? .zero }

  /// The kinds that run by themselves.
  package var automatic: [SyncKind] { SyncKind.allCases.filter { self[$0] > .zero } }

  /// Tracks and playlists often, as a check of an unchanged library costs next to nothing. Releases ask only for
  /// artists that nobody asked for within a day, so looking more often than that spreads the requests.
  package static let standard = SyncIntervals([
    .tracks: .seconds(1_800), .playlists: .seconds(1_800), .following: .seconds(21_600),
    .releases: .seconds(21_600),
  ])
}
