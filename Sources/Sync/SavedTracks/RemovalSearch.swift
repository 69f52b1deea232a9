import Domain

/// Looks for what was saved on top of a known list and what has left it, by as few pages as can be.
///
/// Saved tracks come newest first, so what is new stands on top until the first row that is known. From there on
/// Spotify's position `p` shows the known place `p + shift`, and the shift grows by one at every row that has left:
/// where it is the same at two places, nothing between them has gone, and where it isn't, the page in the middle is
/// read. A removal counts as found only on a page that shows both of its neighbours side by side. Any misfit means
/// that the whole list has to be read; its pages are the same as these, so none is asked for twice.
package struct RemovalSearch: Sendable {
  package enum Step: Equatable, Sendable {
    case read([Int])
    case found(Findings)
    /// The search can't tell: the whole list has to be read.
    case scan
    /// The top of the known list isn't enough to go on.
    case loadWhole
  }

  package struct Findings: Equatable, Sendable {
    /// What stands above the first known slot.
    package let new: [ScannedSlot]
    /// Every row that was read, top first, each once.
    package let rows: [SavedRow]
    /// Places of the known list, rising.
    package let removed: [Int]
  }

  let known: KnownList
  /// Where to read a page although nothing points there, from 0 (the top) to below 1: chance finds what cancels out
  /// in the count.
  let probe: Double?

  package init(known: KnownList, probe: Double? = nil) {
    self.known = known
    self.probe = probe
  }

  package func step(_ scan: SavedTracksScan) -> Step {
    guard let head = scan.page(0) else { return .read([0]) }
    let length = head.total - known.totalOffset
    guard known.count > 0, length > 0 else { return .scan }
    switch top(scan, length: length) {
    case .pages(let pages): return .read(pages)
    case .none: return .scan
    case .anchor(let position, let index):
      guard known.count - index + position >= length else { return misfit }
      return search(scan, Region(start: position, index: index, length: length))
    }
  }

  private var misfit: Step { known.isWhole ? .scan : .loadWhole }

  // MARK: What is new

  private enum Top {
    case pages([Int])
    case anchor(position: Int, index: Int)
    case none
  }

  /// Where the known list begins.
  private func top(_ scan: SavedTracksScan, length: Int) -> Top {
    var slots: [ScannedSlot] = []
    var number = 0
    while let page = scan.page(number) {
      let overlap = slots.count - page.offset
      guard overlap >= 0, overlap <= page.slots.count else { return .none }
      slots += page.slots.dropFirst(overlap)
      if let place = anchor(slots) { return place }
      number += 1
    }
    // As many as the count says have come at least.
    let pagesOfList = scan.pages(of: length)
    let atLeast = min((length - known.count) / scan.stride, pagesOfList - 1)
    return number < pagesOfList ? .pages(Array(number...max(number, atLeast))) : .none
  }

  private func anchor(_ slots: [ScannedSlot]) -> Top? {
    for (position, slot) in slots.enumerated() {
      guard case .row(let row) = slot, known.index(of: row.identity) != nil else { continue }
      let index = highest(slots[position...], of: row)
      // Slots without a row right above belong to the known list as far as it has placeholders there.
      var above = 0
      while above < min(position, index), known.isPlaceholder(index - above - 1),
        slots[position - above - 1].isWithoutRow
      { above += 1 }
      return .anchor(position: position - above, index: index - above)
    }
    return nil
  }

  /// The highest place of the rows of equal time that begin here: they may stand in another order than before.
  private func highest(_ slots: ArraySlice<ScannedSlot>, of first: SavedRow) -> Int {
    let equals = slots.prefix { if case .row(let row) = $0 { row.addedAt == first.addedAt } else { false } }
    let places = equals.compactMap { slot in
      if case .row(let row) = slot { known.index(of: row.identity) } else { nil }
    }
    return places.min() ?? 0
  }

  // MARK: What has left

  private struct Region {
    /// Spotify's position of the first known slot, and its place.
    let start: Int
    let index: Int
    /// How many slots Spotify's list has.
    let length: Int
  }

  private func search(_ scan: SavedTracksScan, _ region: Region) -> Step {
    var removed = Array(0..<region.index)
    var spans: [(page: Int, first: PageAlignment.Point, last: PageAlignment.Point)] = []
    let pagesOfList = scan.pages(of: region.length)
    let end = PageAlignment.Point(position: region.length, index: known.count)
    for (number, page) in scan.pagesInOrder {
      let from = max(region.start - page.offset, 0)
      guard page.offset + page.slots.count <= region.length else { return misfit }
      guard from < page.slots.count else { continue }
      let isEnding = page.offset + page.slots.count == region.length && endsList(page, scan)
      guard
        let alignment = PageAlignment(
          page.slots[from...], at: page.offset + from, ending: isEnding, in: known)
      else { return misfit }
      removed += alignment.removed
      spans.append((number, alignment.first, isEnding ? end : alignment.last))
    }
    guard !spans.isEmpty else { return misfit }
    spans.append((pagesOfList, end, end))
    var wanted: [Int] = []
    var hints: [Int]?
    for (above, below) in zip(spans, spans.dropFirst()) {
      switch gap((above.page, above.last), (below.page, below.first), &hints, scan) {
      case .fits: break
      case .page(let page): wanted.append(page)
      case .misfit: return misfit
      }
    }
    if let probe, wanted.isEmpty {
      let page = min(Int(probe * Double(pagesOfList)), pagesOfList - 1)
      if scan.page(page) == nil { wanted = [page] }
    }
    guard wanted.allSatisfy({ scan.page($0) == nil }) else { return misfit }
    guard wanted.isEmpty else { return known.isWhole ? .read(wanted) : .loadWhole }
    return found(scan, region, removed)
  }

  private func endsList(_ page: ScannedPage, _ scan: SavedTracksScan) -> Bool {
    page.slots.count < scan.pageSize || page.offset + page.slots.count >= page.total
  }

  private enum Gap {
    case fits
    case page(Int)
    case misfit
  }

  /// What lies between two places that are known to match.
  private func gap(
    _ one: (page: Int, point: PageAlignment.Point), _ two: (page: Int, point: PageAlignment.Point),
    _ hints: inout [Int]?, _ scan: SavedTracksScan
  ) -> Gap {
    let difference =
      (two.point.index - one.point.index) - (two.point.position - one.point.position)
    if difference == 0 { return .fits }
    // Something stands there that isn't known; or neighbouring pages disagree about the slot that they share.
    guard difference > 0, two.page - one.page > 1 else { return .misfit }
    let isHinted = { (place: Int) in place > one.point.index && place < two.point.index }
    if hints == nil { hints = savedAgain(scan) }
    guard let hint = hints?.first(where: isHinted) else { return .page((one.page + two.page) / 2) }
    let position = one.point.position + hint - one.point.index - 1
    return .page(min(max(position / scan.stride, one.page + 1), two.page - 1))
  }

  /// Where tracks that were met under another time used to be.
  private func savedAgain(_ scan: SavedTracksScan) -> [Int] {
    var keys: Set<TrackKey> = []
    for (_, page) in scan.pagesInOrder {
      for case .row(let row) in page.slots where known.index(of: row.identity) == nil { keys.insert(row.key) }
    }
    return keys.isEmpty ? [] : known.indices(of: keys)
  }

  private func found(_ scan: SavedTracksScan, _ region: Region, _ removed: [Int]) -> Step {
    // With the top of the list alone only additions are certain.
    guard known.isWhole || removed.isEmpty else { return .loadWhole }
    var rows: [SavedRow] = []
    var met: Set<SavedRowIdentity> = []
    var new: [ScannedSlot] = []
    for (_, page) in scan.pagesInOrder {
      for (offset, slot) in page.slots.enumerated() {
        let position = page.offset + offset
        if position < region.start, position == new.count { new.append(slot) }
        if case .row(let row) = slot, met.insert(row.identity).inserted { rows.append(row) }
      }
    }
    return .found(Findings(new: new, rows: rows, removed: removed))
  }
}

extension ListSlot {
  fileprivate var isWithoutRow: Bool { if case .row = self { false } else { true } }
}
