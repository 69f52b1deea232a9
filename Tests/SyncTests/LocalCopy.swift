import Domain
import Foundation
import Sync

/// What the database would hold.
struct LocalCopy {
  private(set) var rows: [SavedRowIdentity: LocalRow] = [:]

  /// As a page of saved tracks lists them.
  var listing: [SavedRow] {
    rows.values.sorted {
      ($1.addedAt, $1.ordinal, $0.key.rawValue) < ($0.addedAt, $0.ordinal, $1.key.rawValue)
    }.map { SavedRow(key: $0.key, addedAt: $0.addedAt, isPlayable: $0.isPlayable) }
  }

  mutating func apply(_ change: SavedTracksChange, removing removals: [SavedRowIdentity]) {
    for row in change.inserts + change.updates { rows[row.identity] = row }
    for identity in removals { rows[identity] = nil }
  }
}
