import Domain

/// A list of followed artists as one scan read it, and what in it stayed unknown.
package struct FollowedList: Sendable {
  /// Every place, in Spotify's order.
  package let slots: [FollowsPage.Slot]
  /// In Spotify's order, each once.
  package let artists: [ArtistID]
  /// Who came without what is needed to keep them, or in a page that didn't fit: they are still followed.
  package let vetoed: Set<ArtistID>
  /// Slots that may be anybody: who isn't met may hide there.
  package let unexplained: Int
  /// Whether as many were read as every page announced.
  package let isClosed: Bool
  /// Why the artists are not as many as announced; the counts close the sum.
  package let gaps: [Gap]

  /// - Parameters:
  ///   - totals: what the pages announced; nil: one of them didn't.
  ///   - others: who came in pages that didn't fit.
  init(_ slots: [FollowsPage.Slot], totals: Set<Int?>, isWhole: Bool, others: Set<ArtistID>) {
    var artists: [ArtistID] = []
    var (seen, vetoed) = (Set<ArtistID>(), others)
    var (nulls, malformed, anonymous) = (0, 0, 0)
    for slot in slots {
      switch slot {
      case .artist(let artist): if seen.insert(artist).inserted { artists.append(artist) }
      case .null: nulls += 1
      case .malformed(let artist):
        malformed += 1
        if let artist { vetoed.insert(artist) } else { anonymous += 1 }
      }
    }
    let total = totals.compactMap { $0 }.max() ?? 0
    let duplicates = slots.count - nulls - malformed - artists.count
    self.slots = slots
    self.artists = artists
    self.vetoed = vetoed
    unexplained = nulls + anonymous
    isClosed = isWhole && totals == [slots.count] && duplicates == 0
    gaps = [
      Gap(reason: .nullElement, count: nulls),
      Gap(reason: .malformedElement, count: malformed),
      Gap(reason: .duplicateElement, count: duplicates),
      Gap(reason: .missing, count: max(0, total - slots.count)),
      Gap(reason: .surplus, count: totals.contains(nil) ? 0 : max(0, slots.count - total)),
    ].filter { $0.count > 0 }
  }

  /// Elements that Spotify sent without what is needed to keep them.
  package var skipped: Int {
    gaps.filter { $0.reason == .nullElement || $0.reason == .malformedElement }.reduce(0) { $0 + $1.count }
  }

  /// Where to ask for pages of at most `size` next time. They are equally long, so that each has room for somebody
  /// new wherever the list allows it without one page more.
  package func order(pageSize size: Int) -> FollowOrder {
    let pages = max(1, (slots.count + size - 1) / size)
    let length = (slots.count + pages - 1) / pages
    var borders: [ArtistID] = []
    for page in 1..<max(pages, 1) {
      // A place that doesn't say whose it is leaves the border to the one before it.
      let border = slots[..<(page * length)].last { $0.id != nil }?.id
      if let border, border != borders.last { borders.append(border) }
    }
    return FollowOrder(count: slots.count, borders: borders)
  }
}
