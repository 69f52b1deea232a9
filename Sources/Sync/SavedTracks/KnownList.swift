import Domain

/// The list as Spotify is expected to show it: the rows that were listed last, with a placeholder for every slot
/// that couldn't be kept, so that positions stay honest.
package struct KnownList: Sendable {
  package enum Slot: Hashable, Sendable {
    case row(SavedRowIdentity)
    case placeholder(Placeholder)
  }

  /// Top first. Only the top of the list when ``isWhole`` is false.
  package let slots: [Slot]
  /// Slots of the whole list.
  package let count: Int
  /// Rows of the whole list.
  package let rowCount: Int
  /// What Spotify's `total` said last beyond the slots that could be read; negative when it said less.
  package let totalOffset: Int
  package let isWhole: Bool
  /// Of the whole list, top first.
  package let placeholders: [Placeholder]
  private let indices: [SavedRowIdentity: Int]

  /// - Parameters:
  ///   - rows: those that Spotify listed last, in any order; of a list that isn't loaded whole, its top ones.
  ///   - rowCount: how many the whole list has.
  ///   - placeholders: of the whole list, top first.
  package init(rows: [LocalRow], rowCount: Int, placeholders: [Placeholder], totalOffset: Int) {
    var slots: [Slot] = []
    slots.reserveCapacity(rows.count + placeholders.count)
    var waiting = placeholders[...]
    for (index, row) in rows.sorted(by: LocalRow.isAbove).enumerated() {
      while let next = waiting.first, next.rowsBelow >= rowCount - index {
        slots.append(.placeholder(waiting.removeFirst()))
      }
      slots.append(.row(row.identity))
    }
    isWhole = rows.count == rowCount
    if isWhole { slots += waiting.map(Slot.placeholder) }
    indices = Dictionary(
      slots.enumerated().compactMap { index, slot in
        if case .row(let identity) = slot { (identity, index) } else { nil }
      }, uniquingKeysWith: { first, _ in first })
    self.slots = slots
    self.placeholders = placeholders
    count = rowCount + placeholders.count
    self.rowCount = rowCount
    self.totalOffset = totalOffset
  }

  package func index(of row: SavedRowIdentity) -> Int? { indices[row] }

  func isPlaceholder(_ index: Int) -> Bool {
    if slots.indices.contains(index), case .placeholder = slots[index] { true } else { false }
  }

  /// The places of rows of these tracks: where a track that was met under another time used to be.
  func indices(of keys: Set<TrackKey>) -> [Int] {
    slots.indices.filter { index in
      if case .row(let identity) = slots[index] { keys.contains(identity.key) } else { false }
    }
  }
}

extension Placeholder {
  /// The placeholders of a list of slots, top first, that has `rowsBelow` rows after it.
  static func all(in slots: [ScannedSlot], rowsBelow: Int = 0) -> [Placeholder] {
    var below = rowsBelow
    var found: [Placeholder] = []
    for slot in slots.reversed() {
      switch slot {
      case .row: below += 1
      case .null: found.append(Placeholder(rowsBelow: below, reason: .nullElement))
      case .malformed: found.append(Placeholder(rowsBelow: below, reason: .malformedElement))
      }
    }
    return found.reversed()
  }
}

extension LocalRow {
  /// The order of the list: Spotify's, newest first, equal ones by their ordinal.
  static func isAbove(_ one: LocalRow, _ two: LocalRow) -> Bool {
    (two.addedAt, two.ordinal, one.key.rawValue) < (one.addedAt, one.ordinal, two.key.rawValue)
  }
}

extension Gap {
  /// Why a list with these placeholders is not as long as announced.
  static func of(_ placeholders: [Placeholder], totalOffset: Int) -> [Gap] {
    let reasons = Dictionary(grouping: placeholders, by: \.reason).mapValues(\.count)
    return [
      Gap(reason: .nullElement, count: reasons[.nullElement] ?? 0),
      Gap(reason: .malformedElement, count: reasons[.malformedElement] ?? 0),
      Gap(reason: .missing, count: max(0, totalOffset)),
      Gap(reason: .surplus, count: max(0, -totalOffset)),
    ].filter { $0.count > 0 }
  }
}
