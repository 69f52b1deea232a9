import Domain
import FoundationEssentials

/// A row of the local copy, as far as it can differ from Spotify's.
package struct LocalRow: Hashable, Sendable {
  package let key: TrackKey
  package let addedAt: Date
  package let ordinal: Int64
  package let isPlayable: Bool?

  package init(key: TrackKey, addedAt: Date, ordinal: Int64, isPlayable: Bool? = nil) {
    self.key = key
    self.addedAt = addedAt
    self.ordinal = ordinal
    self.isPlayable = isPlayable
  }

  package var identity: SavedRowIdentity { SavedRowIdentity(key: key, addedAt: addedAt) }
}

/// What makes the local copy equal to a scan. A pure value; whether the missing rows may be removed is
/// decided by ``RemovalPlan``.
package struct SavedTracksChange: Sendable, Equatable {
  package let inserts: [LocalRow]
  /// Rows that are kept, with what they are to become.
  package let updates: [LocalRow]
  /// Rows that the scan didn't meet, though their track came under another time: it was saved again.
  package let savedAgain: [SavedRowIdentity]
  /// Rows that the scan didn't meet at all: candidates, not yet removals.
  package let missing: [SavedRowIdentity]

  /// - Parameter local: the rows that are present locally, in any order.
  package init(local: [LocalRow], scanned: ScannedLibrary) {
    let known = Dictionary(local.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
    var inserts: [LocalRow] = []
    var updates: [LocalRow] = []
    for group in SavedTracksChange.groupsOfEqualTime(scanned.rows) {
      for (row, ordinal) in zip(group, SavedTracksChange.ordinals(group, known)) {
        let wanted = LocalRow(
          key: row.key, addedAt: row.addedAt, ordinal: ordinal, isPlayable: row.isPlayable)
        if let old = known[row.identity] {
          if old != wanted { updates.append(wanted) }
        } else {
          inserts.append(wanted)
        }
      }
    }
    let met = Set(scanned.rows.map(\.identity))
    let metKeys = Set(scanned.rows.map(\.key))
    let gone = local.map(\.identity).filter {
      !met.contains($0) && !scanned.malformedKeys.contains($0.key)
    }
    self.inserts = inserts
    self.updates = updates
    savedAgain = gone.filter { metKeys.contains($0.key) }
    missing = gone.filter { !metKeys.contains($0.key) }
  }

  /// Rows of equal time, each group top first. Spotify's list is by time, but nothing here relies on it.
  private static func groupsOfEqualTime(_ rows: [SavedRow]) -> [[SavedRow]] {
    var groups: [Date: Int] = [:]
    var result: [[SavedRow]] = []
    for row in rows {
      if let index = groups[row.addedAt] {
        result[index].append(row)
      } else {
        groups[row.addedAt] = result.count
        result.append([row])
      }
    }
    return result
  }

  /// Ordinals that put a group in Spotify's order and leave alone what is in that order already.
  private static func ordinals(_ group: [SavedRow], _ known: [SavedRowIdentity: LocalRow]) -> [Int64] {
    let old = group.map { known[$0.identity]?.ordinal }
    let newOnTop = old.prefix { $0 == nil }.count
    let kept = old.dropFirst(newOnTop)
    let isInOrder = kept.allSatisfy { $0 != nil } && zip(kept, kept.dropFirst()).allSatisfy { $0! > $1! }
    guard isInOrder else { return (0..<group.count).map { Int64(group.count - $0) } }
    let top = kept.first.flatMap { $0 } ?? 0
    return (0..<newOnTop).map { top + Int64(newOnTop - $0) } + kept.compactMap { $0 }
  }
}
