import Domain

/// A list as one settled scan read it, and what in it stayed unknown.
package struct ScannedList<Row: ListRow>: Sendable {
  /// Every position, top first.
  package let slots: [ListSlot<Row>]
  /// Top first; each identity once where the list may not repeat a row.
  package let rows: [Row]
  /// Why the rows are not as many as announced; the counts close the sum.
  package let gaps: [Gap]
  /// Slots that may be any row: a removal behind them can't be told from a hidden row.
  package let unexplained: Int
  /// Keys whose element came without what is needed to keep it: they are still there.
  package let malformedKeys: Set<Row.Key>
  /// Whether as many elements were read as announced, with every border compared.
  package let isClosed: Bool
  /// What the announced total says beyond the elements that were read, each once.
  package let totalOffset: Int

  init(slots: [ListSlot<Row>], total: Int, hasComparableBorders: Bool) {
    var rows: [Row] = []
    rows.reserveCapacity(slots.count)
    var seen = Set<Row.Identity>(minimumCapacity: slots.count)
    var (nulls, malformed, anonymous, duplicates) = (0, 0, 0, 0)
    var malformedKeys: Set<Row.Key> = []
    for slot in slots {
      switch slot {
      case .row(let row):
        if Row.mayRepeat || seen.insert(row.identity).inserted { rows.append(row) } else { duplicates += 1 }
      case .null:
        nulls += 1
      case .malformed(let key):
        malformed += 1
        if let key { malformedKeys.insert(key) } else { anonymous += 1 }
      }
    }
    self.slots = slots
    self.rows = rows
    self.malformedKeys = malformedKeys
    unexplained = nulls + anonymous
    isClosed = slots.count == total && duplicates == 0 && hasComparableBorders
    totalOffset = total - (slots.count - duplicates)
    gaps = [
      Gap(reason: .nullElement, count: nulls),
      Gap(reason: .malformedElement, count: malformed),
      Gap(reason: .duplicateElement, count: duplicates),
      Gap(reason: .missing, count: max(0, total - slots.count)),
      Gap(reason: .surplus, count: max(0, slots.count - total)),
    ].filter { $0.count > 0 }
  }

  /// Elements that Spotify sent without what is needed to keep them.
  package var skipped: Int {
    gaps.filter { $0.reason == .nullElement || $0.reason == .malformedElement }.reduce(0) { $0 + $1.count }
  }
}
