import Domain

/// A page of Spotify's list laid beside the list that is known.
struct PageAlignment: Equatable {
  struct Point: Equatable {
    /// In Spotify's list.
    let position: Int
    /// In the known list.
    let index: Int
  }

  let first: Point
  let last: Point
  /// Places of the known list that this page shows to be gone: it has their neighbours side by side.
  let removed: [Int]

  /// - Parameters:
  ///   - slots: what the page shows from `position` on.
  ///   - ending: the page shows the end of the list.
  /// - Returns: nil for a misfit: a row that isn't known, another order, a placeholder where none is known.
  init?(_ slots: ArraySlice<ScannedSlot>, at position: Int, ending: Bool, in known: KnownList) {
    guard let indices = PageAlignment.indices(slots, in: known), let first = indices.first,
      let last = indices.last
    else { return nil }
    self.first = Point(position: position, index: first)
    self.last = Point(position: position + slots.count - 1, index: last)
    let next = indices.dropFirst() + (ending ? [known.count] : [])
    removed = zip(indices, next).flatMap { ($0 + 1)..<$1 }
  }

  /// The place of each slot in the known list, rising.
  private static func indices(_ slots: ArraySlice<ScannedSlot>, in known: KnownList) -> [Int]? {
    guard var places = placesOfRows(slots, in: known) else { return nil }
    let isRow = places.map { $0 != nil }
    placePlaceholders(&places, in: known)
    let found = places.compactMap(\.self)
    let fits = zip(found, isRow).allSatisfy { place, isRow in isRow || known.isPlaceholder(place) }
    guard found.count == slots.count, fits, zip(found, found.dropFirst()).allSatisfy({ $0 < $1 }) else {
      return nil
    }
    return found
  }

  /// The places of the rows; nil for the other slots, and instead of them all when a row isn't known.
  private static func placesOfRows(_ slots: ArraySlice<ScannedSlot>, in known: KnownList) -> [Int?]? {
    var result: [Int?] = []
    var start = slots.startIndex
    while start < slots.endIndex {
      guard case .row(let row) = slots[start] else {
        result.append(nil)
        start += 1
        continue
      }
      // Rows of equal time may stand in another order than before: as a group they are where the group is.
      var places: [Int] = []
      while start < slots.endIndex, case .row(let equal) = slots[start], equal.addedAt == row.addedAt {
        guard let place = known.index(of: equal.identity) else { return nil }
        places.append(place)
        start += 1
      }
      result += places.sorted().map(Optional.some)
    }
    return result
  }

  /// Gives the slots without a row the places of the placeholders between, above and below their neighbours.
  private static func placePlaceholders(_ places: inout [Int?], in known: KnownList) {
    guard let firstRow = places.firstIndex(where: { $0 != nil }) else { return }
    for index in (0..<firstRow).reversed() { places[index] = places[index + 1]! - 1 }
    var above = places[firstRow]!
    var index = firstRow + 1
    while index < places.count {
      if let place = places[index] {
        above = place
        index += 1
        continue
      }
      let end = places[index...].firstIndex { $0 != nil } ?? places.count
      let count = end - index
      // Between two rows placeholders keep their order, whatever rows between them have gone.
      let held =
        end < places.count
        ? (above..<max(above, places[end]!)).filter(known.isPlaceholder)
        : Array((above + 1)...(above + count))
      guard held.count == count else { return }
      for (index, place) in zip(index..<end, held) { places[index] = place }
      index = end
    }
  }
}
