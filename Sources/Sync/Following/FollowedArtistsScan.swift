import Domain

/// Reads the list of followed artists by cursor and never for ever; where the borders of its pages are known from
/// last time, by all pages at once.
///
/// A pure value: pages in, questions and a list out. The first page goes ahead, as it tells the total. Pages that were
/// asked for behind a known border count only where they fit what is known from the top on; where the next one
/// doesn't, the list is read on behind the last place that does, and later pages are kept for where they will fit.
///
/// It asks for at most two pages more than reading one after the other would have taken, as long as follows and
/// unfollows since the last time don't cancel each other out in the total and a cursor keeps its place when its artist
/// has gone; and never for more than two and those that are on their way meanwhile.
package struct FollowedArtistsScan: Sendable {
  package struct Request: Hashable, Sendable {
    /// Tells the questions of a scan apart.
    package let number: Int
    /// Behind whom the page is to begin; nil: at the top.
    package let after: String?
  }

  package private(set) var pagesRead = 0
  /// A cursor came twice, or a page brought nobody new: there is nothing more to ask for.
  ///
  /// A scan that is neither done nor has anything to ask for, or on its way, has looped as well.
  package private(set) var hasLooped = false
  private let order: FollowOrder?
  private var chain = FollowsChain()
  private var totals: Set<Int?> = []
  /// Answers that aren't part of the chain.
  private var loose: [String?: FollowsPage] = [:]
  private var asked: Set<String?> = []
  private var inFlight: Set<String?> = []
  private var nextNumber = 0

  /// Where pages are asked for at once; none before the first page has told that it is worth it.
  private var borders: [ArtistID] = []
  private var pages: [ArtistID: FollowsPage] = [:]
  private var head: FollowsPage?
  /// The first border that the chain waits for.
  private var upcoming = 0
  private var misfits = 0
  /// How many pages that don't fit can be borne.
  private var spare = 0

  /// What more than reading page after page a scan may cost.
  private static let mostSurplus = 2

  /// - Parameters:
  ///   - order: where the pages ended last time.
  ///   - pages: what an earlier attempt of the same run had read already, in the order in which it was asked for.
  ///   - size: how many artists a page has at most.
  package init(order: FollowOrder? = nil, resuming pages: [AskedFollows] = [], pageSize size: Int = 50) {
    self.order = order
    for page in pages where asked.insert(page.after).inserted {
      nextNumber = max(nextNumber, page.number + 1)
      take(page.page, askedBehind: page.after, size: size)
    }
    advance()
  }

  package var isDone: Bool { chain.end == .closed }

  /// Whether pages are, or were, asked for at once.
  package var isParallel: Bool { !borders.isEmpty }

  /// What to ask for now; nil: nothing before the next answer, or at all.
  package mutating func next() -> Request? {
    guard !hasLooped, case .open(let cursor) = chain.end else { return nil }
    if !isWaiting, !asked.contains(cursor) {
      // What has been answered without fitting is passed by, so that the next one is waited for.
      while upcoming < borders.count, pages[borders[upcoming]] != nil { upcoming += 1 }
      return ask(cursor)
    }
    guard isBold, head != nil else { return nil }
    return borders[upcoming...].first { !asked.contains($0.rawValue) }.map { ask($0.rawValue) }
  }

  /// Takes the answer to a request.
  ///
  /// - Parameter size: how many artists were asked for.
  package mutating func receive(_ page: FollowsPage, to request: Request, size: Int = 50) {
    inFlight.remove(request.after)
    take(page, askedBehind: request.after, size: size)
    advance()
  }

  /// How many pages of `size` are still to come, by Spotify's own count.
  package func pagesLeft(size: Int) -> Int {
    guard !isDone, !hasLooped else { return 0 }
    let known = chain.slots.count + loose.values.reduce(0) { $0 + $1.slots.count }
    return max(1, ((totals.compactMap { $0 }.max() ?? 0) - known + size - 1) / size)
  }

  /// What was read; whole once ``isDone``.
  package var list: FollowedList {
    FollowedList(
      chain.slots, totals: totals, isWhole: isDone,
      others: Set(loose.values.flatMap(\.slots).compactMap(\.id)))
  }

  // MARK: What is asked for

  private mutating func ask(_ cursor: String?) -> Request {
    asked.insert(cursor)
    inFlight.insert(cursor)
    defer { nextNumber += 1 }
    return Request(number: nextNumber, after: cursor)
  }

  /// Whether so few pages misfit that those behind them are still asked for.
  private var isBold: Bool { misfits <= spare }

  /// Whether what the chain goes on with may come without being asked for behind its end.
  private var isWaiting: Bool {
    guard upcoming < borders.count else { return false }
    let border = borders[upcoming].rawValue
    return inFlight.contains(border) || (isBold && !asked.contains(border))
  }

  /// Decides by the first page whether the borders of last time are of use.
  private mutating func plan(total: Int?, size: Int) {
    guard let order, !order.borders.isEmpty, let total, (1...size).contains(order.pageLength) else { return }
    // Pages may have been smaller last time.
    let stride = size / order.pageLength
    let chosen = order.borders.enumerated().filter { ($0.offset + 1) % stride == 0 }.map(\.element)
    let room = size - stride * order.pageLength
    // Each that has no room for its new ones needs a page more.
    let overflows = max(0, total - order.count) / (room + 1)
    let needed = max(1, (total + size - 1) / size)
    let surplus = needed + FollowedArtistsScan.mostSurplus - (chosen.count + 1)
    guard overflows <= surplus else { return }
    borders = chosen
    spare = surplus
  }

  // MARK: What follows from the answers

  private mutating func take(_ page: FollowsPage, askedBehind cursor: String?, size: Int) {
    pagesRead += 1
    totals.insert(page.total)
    loose[cursor] = page
    guard let cursor else {
      head = page
      if page.cursor != nil { plan(total: page.total, size: size) }
      return
    }
    let artist = ArtistID(cursor)
    guard let place = borders.firstIndex(of: artist) else { return }
    pages[artist] = page
    let before = place == 0 ? head : pages[borders[place - 1]]
    if let before, !FollowedArtistsScan.fit(before, page, at: artist) { misfits += 1 }
    if place + 1 < borders.count, let behind = pages[borders[place + 1]],
      !FollowedArtistsScan.fit(page, behind, at: borders[place + 1])
    {
      misfits += 1
    }
  }

  private static func fit(_ one: FollowsPage, _ other: FollowsPage, at border: ArtistID) -> Bool {
    if one.cursor == border.rawValue { return true }
    var chain = FollowsChain(one)
    return chain.join(other, askedBehind: border)
  }

  /// Lengthens the chain by what fits to its end.
  private mutating func advance() {
    var hasGrown = true
    while hasGrown, case .open(let cursor) = chain.end {
      hasGrown = false
      if let page = loose.removeValue(forKey: cursor) {
        do throws(FollowedListLoops) { try chain.append(page) } catch { hasLooped = true }
        if let place = borders.firstIndex(where: { $0.rawValue == cursor }) { pass(place) }
        hasGrown = !hasLooped
      } else if let place = borders.firstIndex(where: { joins($0) }) {
        pass(place)
        hasGrown = true
      }
    }
  }

  private mutating func joins(_ border: ArtistID) -> Bool {
    guard let page = loose[border.rawValue], chain.join(page, askedBehind: border) else { return false }
    loose[border.rawValue] = nil
    return true
  }

  private mutating func pass(_ place: Int) { upcoming = max(upcoming, place + 1) }
}
