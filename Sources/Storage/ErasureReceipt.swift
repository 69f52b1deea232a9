/// What was erased of a person, thing by thing: every row that went is counted under one of them.
package struct ErasureReceipt: Sendable, Equatable {
  package enum Thing: Sendable, CaseIterable {
    /// The two tokens of a connection.
    case tokens
    /// Rows of saved tracks, those that were unsaved meanwhile included; likewise the next three.
    case tracks
    case artists
    case playlists
    case playlistItems
    case runs
    /// Answers of Spotify's that runs had put aside.
    case stagedPages
    /// When a kind of run is due next.
    case schedules
    /// What the next reading of a list would have expected.
    case listNotes
    case apiTokens
    case sessions
    case connections
    case accounts
  }

  /// In the order in which things went; the ones of an account are missing where it stays.
  package private(set) var counts: [(thing: Thing, count: Int)] = []

  /// How many rows went of a thing; 0 for one that was not to go.
  package subscript(thing: Thing) -> Int {
    counts.first { $0.thing == thing }?.count ?? 0
  }

  mutating func add(_ count: Int, _ thing: Thing) {
    if let index = counts.firstIndex(where: { $0.thing == thing }) {
      counts[index].count += count
    } else {
      counts.append((thing: thing, count: count))
    }
  }

  package static func == (one: ErasureReceipt, other: ErasureReceipt) -> Bool {
    one.counts.elementsEqual(other.counts) { $0 == $1 }
  }
}
