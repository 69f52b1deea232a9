import Domain
import FoundationEssentials

/// A row of the local copy, as far as it can differ from Spotify's.
package struct LocalRow: Hashable, Sendable {
  package let key: TrackKey
  package let addedAt: Date
  package let ordinal: Int64
  package let isPlayable: Bool?
  /// Whether Spotify's list showed it when it was read last. What isn't shown is kept until it is known to be gone.
  package let isListed: Bool

  package init(
    key: TrackKey, addedAt: Date, ordinal: Int64, isPlayable: Bool? = nil, isListed: Bool = true
  ) {
    self.key = key
    self.addedAt = addedAt
    self.ordinal = ordinal
    self.isPlayable = isPlayable
    self.isListed = isListed
  }

  var unlisted: LocalRow {
    LocalRow(key: key, addedAt: addedAt, ordinal: ordinal, isPlayable: isPlayable, isListed: false)
  }

  package var identity: SavedRowIdentity { SavedRowIdentity(key: key, addedAt: addedAt) }

  static func byIdentity(_ rows: [LocalRow]) -> [SavedRowIdentity: LocalRow] {
    Dictionary(rows.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What makes the local copy equal to what was read. A pure value; whether the missing rows may be removed is
/// decided by ``RemovalPlan``.
package struct SavedTracksChange: Sendable, Equatable {
  package let inserts: [LocalRow]
  /// Rows that are kept, with what they are to become.
  package let updates: [LocalRow]
  /// Rows that are gone, though their track was met under another time: it was saved again.
  package let savedAgain: [SavedRowIdentity]
  /// Rows that were not met at all: candidates, not yet removals.
  package let missing: [SavedRowIdentity]
  /// Listed rows that were not met, whatever becomes of them.
  private let unmet: [LocalRow]

  /// What a scan of the whole list says.
  ///
  /// - Parameter local: the rows that are present locally, in any order.
  package init(local: [LocalRow], scanned: ScannedLibrary) {
    let known = LocalRow.byIdentity(local)
    let met = Set(scanned.rows.map(\.identity))
    let unmet = local.filter { !met.contains($0.identity) }
    self.init(
      known, rows: scanned.rows, gone: unmet.filter { !scanned.malformedKeys.contains($0.key) }, unmet: unmet)
  }

  /// What the search for removals found.
  ///
  /// - Parameters:
  ///   - local: the rows that are present locally, in any order; their top is enough where nothing has gone.
  ///   - isWhole: whether that is all of them.
  /// - Returns: nil when rows of equal time stand in another order and not all of them were read, or a row was met
  ///   that is said to be gone.
  package init?(
    local: [LocalRow], isWhole: Bool, findings: RemovalSearch.Findings, removed: [SavedRowIdentity]
  ) {
    let known = LocalRow.byIdentity(local)
    guard Set(removed).isDisjoint(with: findings.rows.map(\.identity)) else { return nil }
    let gone = removed.compactMap { known[$0] }
    self.init(known, rows: findings.rows, gone: gone, unmet: gone)
    let moved = updates.filter { $0.ordinal != known[$0.identity]?.ordinal }
    if moved.isEmpty { return }
    let accounted = Dictionary(grouping: findings.rows.map(\.identity) + removed, by: \.addedAt)
    let oldest = local.map(\.addedAt).min()
    for row in moved {
      let kept = local.filter { $0.addedAt == row.addedAt && $0.isListed }
      let isAccounted = Set(kept.map(\.identity)).isSubset(of: accounted[row.addedAt] ?? [])
      guard isAccounted, isWhole || row.addedAt != oldest else { return nil }
    }
  }

  private init(
    _ known: [SavedRowIdentity: LocalRow], rows: [SavedRow], gone: [LocalRow], unmet: [LocalRow]
  ) {
    var inserts: [LocalRow] = []
    var updates: [LocalRow] = []
    for group in SavedTracksChange.groupsOfEqualTime(rows) {
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
    let metKeys = Set(rows.map(\.key))
    self.inserts = inserts
    self.updates = updates
    savedAgain = gone.filter { metKeys.contains($0.key) }.map(\.identity)
    missing = gone.filter { !metKeys.contains($0.key) }.map(\.identity)
    self.unmet = unmet.filter(\.isListed)
  }

  /// Rows that stay though Spotify's list doesn't show them, as they are to become.
  package func unlisted(removing removals: [SavedRowIdentity]) -> [LocalRow] {
    let removals = Set(removals)
    return unmet.filter { !removals.contains($0.identity) }.map(\.unlisted)
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
