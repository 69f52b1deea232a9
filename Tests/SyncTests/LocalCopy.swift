import Domain
import Foundation
import Sync

/// What the database would hold.
struct LocalCopy {
  private(set) var rows: [SavedRowIdentity: LocalRow] = [:]
  private(set) var placeholders: [Placeholder] = []
  private(set) var totalOffset = 0

  /// As a page of saved tracks lists them.
  var listing: [SavedRow] {
    inOrder.map { SavedRow(key: $0.key, addedAt: $0.addedAt, isPlayable: $0.isPlayable) }
  }

  var whole: KnownList {
    let listed = rows.values.filter(\.isListed)
    return KnownList(
      rows: listed, rowCount: listed.count, placeholders: placeholders, totalOffset: totalOffset)
  }

  /// As a run begins with it: the top rows, with how many there are, and what the list doesn't show.
  func top(_ count: Int) -> (known: KnownList, local: [LocalRow]) {
    let listed = rows.values.filter(\.isListed)
    // Sorts the top alone: there may be many copies, and many rows below.
    let times = listed.map(\.addedAt.timeIntervalSince1970).sorted(by: >)
    let oldest = times.prefix(count).last ?? 0
    let top = Array(
      inOrder(listed.filter { $0.addedAt.timeIntervalSince1970 >= oldest }).prefix(count))
    return (
      KnownList(
        rows: top, rowCount: listed.count, placeholders: placeholders, totalOffset: totalOffset),
      top + rows.values.filter { !$0.isListed }
    )
  }

  mutating func apply(_ result: SavedTracksPlan.Result) {
    for row in result.inserts + result.updates + result.unlisted { rows[row.identity] = row }
    for identity in result.removals { rows[identity] = nil }
    placeholders = result.placeholders
    totalOffset = result.totalOffset
  }

  mutating func apply(_ change: SavedTracksChange, removing removals: [SavedRowIdentity]) {
    for row in change.inserts + change.updates { rows[row.identity] = row }
    for identity in removals { rows[identity] = nil }
  }

  private var inOrder: [LocalRow] { inOrder(Array(rows.values)) }

  private func inOrder(_ rows: [LocalRow]) -> [LocalRow] {
    rows.sorted {
      ($1.addedAt, $1.ordinal, $0.key.rawValue) < ($0.addedAt, $0.ordinal, $1.key.rawValue)
    }
  }
}
