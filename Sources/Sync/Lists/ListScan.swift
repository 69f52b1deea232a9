/// Reads a whole list by pages that overlap by one element, in any order, and judges whether
/// what was read can have been the list at one moment.
///
/// A pure value: pages in, offsets and a verdict out. Neighbouring pages share an element; when somebody adds
/// or removes an element meanwhile, positions shift, and either a border, the total or the head read again at the
/// end disagrees.
package struct ListScan<Row: ListRow>: Sendable {
  package enum Verdict: Sendable {
    /// The list was edited while it was read: nothing follows from it.
    case disturbed
    case settled(ScannedList<Row>)
  }

  package let pageSize: Int
  private var pages: [Int: ListPage<Row>] = [:]
  /// Kept beside the pages, as it is asked for at every one of them.
  private var totals: Set<Int> = []
  private var hasTornBorder = false

  /// How far a scan follows a list that goes on beyond its announced total, in pages.
  private static var longestSurplus: Int { 20 }

  /// - Parameter pages: what an earlier attempt of the same run had read already.
  package init(pageSize: Int = 50, resuming pages: [ListPage<Row>] = []) {
    precondition(pageSize > 1)
    self.pageSize = pageSize
    for page in pages { receive(page) }
  }

  /// From one page to the next.
  package var stride: Int { pageSize - 1 }

  package var pagesRead: Int { pages.count }

  /// How many pages the list has by its own count; nil before the first has answered.
  package var pagesExpected: Int? { pages[0].map { ListScan.pages(total: $0.total, pageSize: pageSize) } }

  /// How many pages a list of `total` elements takes.
  package static func pages(total: Int, pageSize: Int) -> Int {
    1 + (max(0, total - pageSize) + pageSize - 2) / (pageSize - 1)
  }

  /// The page of this number, from 0, if it has been read.
  package func page(_ number: Int) -> ListPage<Row>? { pages[number * stride] }

  /// What has been read, with the pages' numbers.
  package var pagesInOrder: [(number: Int, page: ListPage<Row>)] {
    pages.values.sorted { $0.offset < $1.offset }.map { ($0.offset / stride, $0) }
  }

  /// Requests that reading the whole list takes; 0 before the first page has answered.
  package var cost: Int { pagesExpected.map { $0 > 1 ? $0 + 1 : $0 } ?? 0 }

  /// How many pages a list of `length` elements takes.
  package func pages(of length: Int) -> Int { ListScan.pages(total: length, pageSize: pageSize) }

  /// Whether the pages so far can't be of one moment: further ones would be wasted.
  package var isDisturbed: Bool { totals.count > 1 || hasTornBorder }

  /// A single page is one moment by itself; more of them need the head again.
  package var needsHeadAgain: Bool { pages.count > 1 }

  /// The pages to ask for now. Empty when every one has answered.
  package var missingOffsets: [Int] {
    guard let first = pages[0] else { return [0] }
    let expected = offsets(total: first.total)
    let missing = expected.filter { pages[$0] == nil }
    return missing.isEmpty ? surplusOffset(after: expected).map { [$0] } ?? [] : missing
  }

  package mutating func receive(_ page: ListPage<Row>) {
    pages[page.offset] = page
    totals.insert(page.total)
    if let above = pages[page.offset - stride], !above.continues(with: page) { hasTornBorder = true }
    if let below = pages[page.offset + stride], !page.continues(with: below) { hasTornBorder = true }
  }

  /// Judges what was read.
  ///
  /// - Parameter head: the first page, read again after the last; nil when the list is a single page.
  package func verdict(head: ListPage<Row>?) -> Verdict {
    let inOrder = pages.values.sorted { $0.offset < $1.offset }
    guard let first = inOrder.first, !isDisturbed else { return .disturbed }
    if let head, !head.agrees(with: first) { return .disturbed }
    var slots: [ListSlot<Row>] = []
    var isWhole = true
    for page in inOrder {
      if page.offset > 0, page.offset >= slots.count, !page.slots.isEmpty {
        // The page before was cut short, so this border can't be compared.
        isWhole = false
      }
      slots.append(contentsOf: page.offset < slots.count ? page.slots.dropFirst() : page.slots[...])
    }
    return .settled(ScannedList(slots: slots, total: first.total, hasComparableBorders: isWhole))
  }

  private func offsets(total: Int) -> [Int] {
    (0..<ListScan.pages(total: total, pageSize: pageSize)).map { $0 * stride }
  }

  /// Behind a full last page there may be more than `total` says; only a page that isn't full is an end.
  private func surplusOffset(after expected: [Int]) -> Int? {
    guard let total = pages[0]?.total else { return nil }
    var last = expected[expected.count - 1]
    while let next = pages[last + stride], next.slots.count > 1 { last += stride }
    guard pages[last + stride] == nil, let page = pages[last], page.slots.count == pageSize,
      last + pageSize >= total, last - expected[expected.count - 1] < ListScan.longestSurplus * stride
    else { return nil }
    return last + stride
  }
}

extension ListPage {
  /// Whether the next page begins with what this one ends with; true when it can't be told.
  fileprivate func continues(with next: ListPage) -> Bool {
    guard let border = next.slots.first, slots.indices.contains(next.offset - offset) else { return true }
    return border.matches(slots[next.offset - offset])
  }

  /// Whether both can be the same page, read twice.
  func agrees(with other: ListPage) -> Bool {
    total == other.total && slots.count == other.slots.count
      && zip(slots, other.slots).allSatisfy { $0.matches($1) }
  }
}
