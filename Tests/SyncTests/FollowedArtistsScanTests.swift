import Domain
import Sync
import TestSupport
import Testing

@Suite("Scans of followed artists")
struct FollowedArtistsScanTests {
  private static func artist(_ number: Int) -> ArtistID { ArtistID("a\(number)") }

  private static func page(
    _ numbers: some Sequence<Int>, total: Int?, cursor: String?
  ) -> FollowsPage {
    FollowsPage(slots: numbers.map { .artist(artist($0)) }, total: total, cursor: cursor)
  }

  /// A scan that has these pages for an answer, one after the other.
  private static func scan(_ pages: FollowsPage...) throws -> FollowedArtistsScan {
    try followedScan(of: pages)
  }

  @Test("cursors lead from page to page to the end, and the list is in order")
  func order() throws {
    var scan = FollowedArtistsScan()
    #expect(scan.pagesLeft(size: 50) == 1)
    let pages = [
      Self.page(0..<50, total: 120, cursor: "a49"), Self.page(50..<100, total: 120, cursor: "a99"),
      Self.page(100..<120, total: 120, cursor: nil),
    ]
    for (place, (page, after)) in zip(pages, [nil, "a49", "a99"]).enumerated() {
      let next = scan.next()
      let request = try #require(next)
      #expect(request.after == after && request.number == place)
      let early = scan.next()
      #expect(early == nil, "the next cursor isn't known yet")
      scan.receive(page, to: request)
      #expect(scan.pagesLeft(size: 50) == 2 - place)
    }
    let late = scan.next()
    #expect(scan.isDone && late == nil && scan.pagesRead == 3 && !scan.isParallel)
    #expect(scan.list.artists == (0..<120).map(Self.artist))
    #expect(scan.list.isClosed && scan.list.gaps.isEmpty && scan.list.unexplained == 0)
  }

  @Test("nobody is followed: one page, and the count agrees")
  func nobody() throws {
    let list = try Self.scan(Self.page([], total: 0, cursor: nil)).list
    #expect(list.artists.isEmpty && list.isClosed && list.gaps.isEmpty)
  }

  @Test("an empty page without a cursor is an end, also behind a full one")
  func emptyEnd() throws {
    let scan = try Self.scan(
      Self.page(0..<50, total: 50, cursor: "a49"), Self.page([], total: 50, cursor: nil))
    #expect(scan.isDone && scan.list.isClosed && scan.list.artists.count == 50)
  }

  @Test("a list that goes in circles ends with an error, whatever the circle")
  func loops() throws {
    let first = Self.page(0..<50, total: 200, cursor: "a49")
    for circle in [
      // The first page again: the fault of 2023.
      [first], [Self.page(0..<50, total: 200, cursor: "another")],
      [Self.page(0..<50, total: 200, cursor: nil)],
      // A cursor that was there, although somebody new comes.
      [Self.page(50..<100, total: 200, cursor: "a49")],
      [Self.page(50..<100, total: 200, cursor: "x"), Self.page(100..<150, total: 200, cursor: "a49")],
      // Nobody at all, and on it goes.
      [FollowsPage(slots: [], total: 200, cursor: "x")],
      [FollowsPage(slots: [.null, .null], total: 200, cursor: "x")],
    ] {
      #expect(throws: FollowedListLoops()) { try followedScan(of: [first] + circle) }
    }
  }

  @Test("whatever Spotify answers, a scan ends after as many pages as bring somebody new")
  func neverEndless() throws {
    for seed in Seeds.chosen(0..<200) {
      var random = SeededRandom(seed: seed)
      let borders = (0..<random.below(6)).map { _ in Self.artist(random.below(40)) }
      var scan = FollowedArtistsScan(order: FollowOrder(count: random.below(300), borders: borders))
      var known: Set<Int> = []
      var pages = 0
      while let request = scan.next() {
        let numbers = (0..<random.below(6)).map { _ in random.below(40) }
        pages += 1
        known.formUnion(numbers)
        scan.receive(
          Self.page(
            numbers, total: random.below(60), cursor: random.oneIn(30) ? nil : "a\(random.below(90))"),
          to: request)
      }
      // Every page but the last has brought at least one of forty, or was one of five that were asked for at once.
      #expect(pages <= 46, "seed \(seed)")
      #expect(
        Set(scan.list.artists).union(scan.list.vetoed).isSuperset(of: known.map(Self.artist)) || !scan.isDone,
        "seed \(seed)")
    }
  }

  @Test("what can't be kept has its place in the sum: announced is kept, null, malformed, twice or missing")
  func sum() throws {
    let slots: [FollowsPage.Slot] = [
      .artist(Self.artist(1)), .null, .malformed(Self.artist(2)), .malformed(nil), .artist(Self.artist(1)),
    ]
    for (total, missing, surplus) in [(5, 0, 0), (9, 4, 0), (2, 0, 3)] {
      let list = try Self.scan(FollowsPage(slots: slots, total: total, cursor: nil)).list
      let gaps = Dictionary(uniqueKeysWithValues: list.gaps.map { ($0.reason, $0.count) })
      #expect(gaps[.nullElement] == 1 && gaps[.malformedElement] == 2 && gaps[.duplicateElement] == 1)
      #expect(gaps[.missing] ?? 0 == missing && gaps[.surplus] ?? 0 == surplus)
      #expect(list.artists == [Self.artist(1)] && list.vetoed == [Self.artist(2)] && list.unexplained == 2)
      #expect(!list.isClosed && list.skipped == 3)
    }
  }

  @Test("a count that moves, is wrong or isn't told closes nothing")
  func totals() throws {
    for totals in [[60, 59], [59, 59], [61, 61], [nil, nil], [60, nil]] {
      let list = try Self.scan(
        Self.page(0..<50, total: totals[0], cursor: "a49"), Self.page(50..<60, total: totals[1], cursor: nil)
      ).list
      #expect(!list.isClosed && list.artists.count == 60, "\(totals)")
    }
  }
}

@Suite("What a scan of followed artists changes")
struct FollowingChangeTests {
  private static func list(_ numbers: [Int], total: Int? = nil, slots: [FollowsPage.Slot] = []) throws
    -> FollowedList
  {
    let all = numbers.map { FollowsPage.Slot.artist(ArtistID("a\($0)")) } + slots
    return try followedScan(of: [FollowsPage(slots: all, total: total ?? all.count, cursor: nil)]).list
  }

  private static func local(_ numbers: some Sequence<Int>) -> Set<ArtistID> {
    Set(numbers.map { ArtistID("a\($0)") })
  }

  private static func ids(_ numbers: [Int]) -> [ArtistID] { numbers.map { ArtistID("a\($0)") } }

  @Test("a count that agrees says who came and who went")
  func plain() throws {
    let change = FollowingChange(local: Self.local(0..<5), list: try Self.list([5, 0, 1, 2, 3]))
    #expect(change.inserts == Self.ids([5]) && change.removals == Self.ids([4]) && !change.needsSecondScan)
  }

  @Test("a count that doesn't agree removes nobody before a second scan has met the same")
  func wrongTotal() throws {
    let first = try Self.list([0, 1, 2, 6], total: 9)
    let local = Self.local(0..<5)
    let alone = FollowingChange(local: local, list: first)
    #expect(alone.inserts == Self.ids([6]) && alone.removals.isEmpty && alone.needsSecondScan)
    let same = FollowingChange(local: local, list: try Self.list([6, 2, 1, 0], total: 9), earlier: first)
    #expect(same.removals == Self.ids([3, 4]) && !same.needsSecondScan)
    let other = FollowingChange(local: local, list: try Self.list([0, 1, 2, 3, 6], total: 9), earlier: first)
    #expect(other.removals.isEmpty && !other.needsSecondScan)
    // Nobody to remove, nothing to ask for twice.
    #expect(!FollowingChange(local: Self.local([0]), list: first).needsSecondScan)
  }

  @Test("who may hide behind a null is not removed, who came malformed neither")
  func vetoes() throws {
    for veto in [FollowsPage.Slot.null, .malformed(nil)] {
      let change = FollowingChange(
        local: Self.local(0..<5), list: try Self.list([0, 1, 2, 7], slots: [veto]))
      #expect(change.inserts == Self.ids([7]) && change.removals.isEmpty && !change.needsSecondScan)
    }
    let named = try Self.list([0, 1, 2], slots: [.malformed(ArtistID("a3"))])
    #expect(FollowingChange(local: Self.local(0..<5), list: named).removals == Self.ids([4]))
  }

  @Test("a plain no removes whatever the count says, and only a plain no does where it can be had")
  func denials() throws {
    let odd = try Self.list([0, 1], total: 9, slots: [.null])
    let local = Self.local(0..<5)
    let change = FollowingChange(local: local, list: odd, denied: Self.local([1, 3, 4, 7]))
    #expect(change.candidates == Self.ids([2, 3, 4]) && change.removals == Self.ids([3, 4]))
    #expect(!change.needsSecondScan)
    let closed = try Self.list([0, 1, 2])
    #expect(FollowingChange(local: local, list: closed, denied: []).removals.isEmpty)
  }

  @Test("that most have gone at once is believed to two scans only")
  func most() throws {
    let empty = try Self.list([])
    let alone = FollowingChange(local: Self.local(0..<5), list: empty)
    #expect(alone.removals.isEmpty && alone.needsSecondScan)
    #expect(FollowingChange(local: Self.local(0..<5), list: empty, earlier: empty).removals.count == 5)
  }

  @Test("in random lists with faults, nobody who is followed is ever removed, and all who can be told come")
  func simulation() throws {
    for seed in Seeds.chosen(0..<400) {
      var random = SeededRandom(seed: seed)
      let truth = Set((0..<(1 + random.below(60))).map { _ in random.below(100) })
      let local = Set((0..<random.below(60)).map { _ in random.below(100) })
      let offset = random.oneIn(3) ? random.below(5) - 2 : 0
      func read() throws -> FollowedList {
        var slots = truth.sorted().map { FollowsPage.Slot.artist(ArtistID("a\($0)")) }
        if random.oneIn(3) {
          let index = random.below(slots.count)
          if case .artist(let hidden) = slots[index] {
            slots[index] = [.null, .malformed(nil), .malformed(hidden)][random.below(3)]
          }
        }
        // Now and then one is left out, and the count with it says so or doesn't.
        if random.oneIn(6) { slots.remove(at: random.below(slots.count)) }
        return try followedScan(of: [
          FollowsPage(slots: slots, total: truth.count + offset, cursor: nil)
        ]).list
      }
      let first = try read()
      var change = FollowingChange(local: Self.local(local), list: first)
      var scans = [first]
      if change.needsSecondScan {
        scans.append(try read())
        change = FollowingChange(local: Self.local(local), list: scans[1], earlier: first)
      }
      let last = scans[scans.count - 1]
      let isCoincidence = offset == -1 || (scans.count == 2 && Set(scans[0].artists) == Set(last.artists))
      let present = Self.local(truth)
      #expect(change.removals.allSatisfy { !present.contains($0) } || isCoincidence, "seed \(seed)")
      #expect(Set(change.inserts) == Set(last.artists).subtracting(Self.local(local)), "seed \(seed)")
      if last.isClosed, last.gaps.isEmpty, offset == 0, scans.count == 1 || first.artists == last.artists {
        #expect(Set(change.removals) == Self.local(local).subtracting(present), "seed \(seed)")
      }
    }
  }
}

/// A scan that got these pages, one after the other, whatever it asked.
func followedScan(of pages: [FollowsPage]) throws -> FollowedArtistsScan {
  var scan = FollowedArtistsScan()
  for page in pages {
    if let request = scan.next() { scan.receive(page, to: request) }
  }
  if scan.hasLooped { throw FollowedListLoops() }
  return scan
}
