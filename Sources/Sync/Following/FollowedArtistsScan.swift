import Domain

/// The list of followed artists goes in circles: a cursor came twice, or a page brought nobody new.
package struct FollowedListLoops: Error, Equatable {
  package init() {}
}

/// Reads the list of followed artists by cursor, page after page, and never for ever.
///
/// A pure value: pages in, the next cursor and a list out.
package struct FollowedArtistsScan: Sendable {
  package enum Step: Sendable, Equatable {
    case page(after: String?)
    case done
  }

  package private(set) var next: Step = .page(after: nil)
  package private(set) var pagesRead = 0
  private var artists: [ArtistID] = []
  private var seen: Set<ArtistID> = []
  private var cursors: Set<String> = []
  private var totals: Set<Int> = []
  private var slots = 0
  private var nulls = 0
  private var malformed: [ArtistID?] = []

  /// - Parameter pages: what an earlier attempt of the same run had read already, in order.
  package init(resuming pages: [FollowsPage] = []) throws(FollowedListLoops) {
    for page in pages { try receive(page) }
  }

  /// Takes the page that ``next`` asked for.
  package mutating func receive(_ page: FollowsPage) throws(FollowedListLoops) {
    precondition(next != .done)
    pagesRead += 1
    slots += page.slots.count
    // -1 stands for "it doesn't say", which no count can equal.
    totals.insert(page.total ?? -1)
    let known = artists.count
    for slot in page.slots {
      switch slot {
      case .artist(let artist): if seen.insert(artist).inserted { artists.append(artist) }
      case .null: nulls += 1
      case .malformed(let artist): malformed.append(artist)
      }
    }
    let bringsSomebody = artists.count > known
    if let cursor = page.cursor {
      // A cursor without anybody new would lead on and on.
      guard bringsSomebody, cursors.insert(cursor).inserted else { throw FollowedListLoops() }
      next = .page(after: cursor)
    } else {
      let repeatsOnly = page.slots.contains { if case .artist = $0 { true } else { false } }
      guard bringsSomebody || !repeatsOnly else { throw FollowedListLoops() }
      next = .done
    }
  }

  /// How many pages of `size` are still to come, by Spotify's own count.
  package func pagesLeft(size: Int) -> Int {
    guard next != .done else { return 0 }
    return max(1, ((totals.max() ?? 0) - slots + size - 1) / size)
  }

  /// What was read; whole once ``next`` is done.
  package var list: FollowedList {
    FollowedList(
      artists: artists, malformed: Set(malformed.compactMap { $0 }),
      unexplained: nulls + malformed.count { $0 == nil },
      isClosed: next == .done && totals == [slots] && slots == artists.count + nulls + malformed.count,
      gaps: [
        Gap(reason: .nullElement, count: nulls),
        Gap(reason: .malformedElement, count: malformed.count),
        Gap(reason: .duplicateElement, count: slots - nulls - malformed.count - artists.count),
        Gap(reason: .missing, count: max(0, (totals.max() ?? 0) - slots)),
        Gap(reason: .surplus, count: totals.contains(-1) ? 0 : max(0, slots - (totals.max() ?? 0))),
      ].filter { $0.count > 0 })
  }
}

/// A list of followed artists as one scan read it, and what in it stayed unknown.
package struct FollowedList: Sendable {
  /// In Spotify's order, each once.
  package let artists: [ArtistID]
  /// Who came without what is needed to keep them: they are still followed.
  package let malformed: Set<ArtistID>
  /// Slots that may be anybody: who isn't met may hide there.
  package let unexplained: Int
  /// Whether as many were read as every page announced.
  package let isClosed: Bool
  /// Why the artists are not as many as announced; the counts close the sum.
  package let gaps: [Gap]

  /// Elements that Spotify sent without what is needed to keep them.
  package var skipped: Int {
    gaps.filter { $0.reason == .nullElement || $0.reason == .malformedElement }.reduce(0) { $0 + $1.count }
  }
}
