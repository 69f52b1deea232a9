/// How often each kind runs by itself: the interval that everybody begins with, and how far it may go.
package struct SyncIntervals: Sendable, Equatable {
  /// A kind without an interval, or with zero, never runs by itself.
  private let beginnings: [SyncKind: Duration]
  /// From the end of any run, also one that was asked for, to the next one by itself.
  package let shortest: Duration
  package let longest: Duration

  package init(
    _ beginnings: [SyncKind: Duration], shortest: Duration = standard.shortest,
    longest: Duration = standard.longest
  ) {
    self.beginnings = beginnings
    self.shortest = shortest
    self.longest = longest
  }

  /// What everybody begins with; zero means never.
  package subscript(_ kind: SyncKind) -> Duration { beginnings[kind] ?? .zero }

  /// The kinds that run by themselves.
  package var automatic: [SyncKind] { SyncKind.allCases.filter { self[$0] > .zero } }

  /// - Parameter interval: what somebody's has come to; nil when it is what it began with.
  /// - Returns: nil for a kind that never runs by itself.
  package func pace(of kind: SyncKind, interval: Duration?) -> CheckPace? {
    guard self[kind] > .zero else { return nil }
    return CheckPace(interval: interval ?? self[kind], shortest: shortest, longest: longest)
  }

  /// Tracks and playlists often, as a check of an unchanged library costs next to nothing. Releases ask only for
  /// artists that nobody asked for within a day, so looking more often than that spreads the requests.
  package static let standard = SyncIntervals(
    [
      .tracks: .seconds(1_800), .playlists: .seconds(1_800), .following: .seconds(21_600),
      .releases: .seconds(21_600),
    ], shortest: .seconds(900), longest: .seconds(86_400))
}
