import Domain
import Sync
import TestSupport
import Testing

@Suite("Syncs of random lists of followed artists, edited while they are read")
struct FollowSimulationTests {
  private struct Broken: Error, CustomStringConvertible {
    let seed: UInt64
    let promise: String
    var description: String { "seed \(seed): \(promise)" }
  }

  private static func sequential(_ spotify: SimulatedFollows, size: Int = 50) -> Int {
    max(1, (spotify.follows.count + size - 1) / size)
  }

  @Test("who is followed throughout is never removed, and an undisturbed run ends equal")
  func manyRuns() async throws {
    var parallel = 0
    for seed in Seeds.chosen(0..<700) {
      var random = SeededRandom(seed: seed)
      try live(seed, &random, &parallel)
      await Task.yield()
    }
    #expect(parallel > 200, "hardly anything was read at once")
  }

  private func live(_ seed: UInt64, _ random: inout SeededRandom, _ parallel: inout Int) throws {
    let vanished = SimulatedFollows.Vanished.allCases[random.below(3)]
    var spotify = SimulatedFollows(
      count: random.below(random.oneIn(3) ? 60 : 600), vanished: vanished, &random)
    var local: Set<ArtistID> = []
    var order: FollowOrder?
    let (width, largest) = (1 + random.below(10), random.oneIn(4) ? 25 : 50)
    let canBeAsked = random.oneIn(2)
    for _ in 0..<4 {
      for _ in 0..<[0, 1, 3, 40][random.below(4)] { spotify.edit(&random) }
      var run = SimulatedFollowingRun(
        spotify, pagesInParallel: width, editsOnceIn: [nil, 3, 12][random.below(3)],
        crashesOnceIn: random.oneIn(4) ? 6 : nil, largest: largest, canBeAsked: canBeAsked,
        random: SeededRandom(seed: random.next()))
      let result: (change: FollowingChange, order: FollowOrder, isParallel: Bool, list: FollowedList)
      do {
        result = try run.sync(local, order: order)
      } catch is FollowedListLoops {
        // A cursor whose artist has just gone leads to the top: what may be a circle is taken for one.
        guard vanished == .top, run.spotify.edits > spotify.edits else {
          throw Broken(seed: seed, promise: "a list that doesn't go in circles is read")
        }
        spotify = run.spotify
        continue
      }
      spotify = run.spotify
      guard run.throughout.isDisjoint(with: result.change.removals) else {
        throw Broken(seed: seed, promise: "who is followed throughout is never removed")
      }
      local.formUnion(result.change.inserts)
      local.subtract(result.change.removals)
      order = result.order
      if result.isParallel { parallel += 1 }
    }
    var calm = SimulatedFollowingRun(
      spotify, pagesInParallel: width, editsOnceIn: nil, largest: largest, random: random)
    let last = try calm.sync(local, order: order)
    guard local.union(last.change.inserts).subtracting(last.change.removals) == spotify.artists else {
      throw Broken(seed: seed, promise: "an undisturbed run ends equal")
    }
    guard last.list.isClosed, last.list.gaps.isEmpty else {
      throw Broken(seed: seed, promise: "an undisturbed run closes its count")
    }
  }

  @Test(
    "it never asks for more than two pages above reading one after the other, and for no more when unchanged")
  func requests() async throws {
    var inVain = 0
    for seed in Seeds.chosen(0..<500) {
      var random = SeededRandom(seed: seed)
      let vanished = SimulatedFollows.Vanished.allCases[random.below(3)]
      var spotify = SimulatedFollows(count: random.below(1_200), vanished: vanished, &random)
      let width = 1 + random.below(10)
      func asked(_ order: FollowOrder?) throws -> (pages: Int, order: FollowOrder) {
        var run = SimulatedFollowingRun(
          spotify, pagesInParallel: width, editsOnceIn: nil, random: SeededRandom(seed: random.next()))
        let result = try run.sync(spotify.artists, order: order)
        return (run.pagesAsked, result.order)
      }
      let first = try asked(nil)
      let again = try asked(first.order)
      guard first.pages == Self.sequential(spotify), again.pages == first.pages, again.order == first.order
      else { throw Broken(seed: seed, promise: "an unchanged list costs what it costs page after page") }
      // Follows or unfollows, as many as there may be.
      let (follows, count) = (random.oneIn(2), 1 + random.below([3, 20, 300][random.below(3)]))
      for _ in 0..<count { if follows { spotify.follow(&random) } else { spotify.unfollow(&random) } }
      // Where a cursor doesn't keep its place, a page behind somebody unfollowed is in vain, and fits on neither side.
      let lost = vanished == .place ? 0 : first.order.borders.count { !spotify.artists.contains($0) }
      let pages = try asked(first.order).pages
      guard pages <= Self.sequential(spotify) + 2 + min(width, 2 * lost) else {
        throw Broken(
          seed: seed,
          promise: """
            at most two above page after page: \(pages) of \(Self.sequential(spotify)) after \(count) changes of \
            \(first.order.count), cursors lead to the \(vanished), \(lost) borders lost, \(width) at once
            """)
      }
      // Both at once cancel each other out in the total: then what is on its way may be in vain.
      let known = try asked(first.order).order
      for _ in 0..<random.below(200) { spotify.edit(&random) }
      let mixed = try asked(known).pages
      guard mixed <= Self.sequential(spotify) + 2 + width else {
        throw Broken(seed: seed, promise: "at most two and those on their way above page after page")
      }
      if mixed > Self.sequential(spotify) + 2 { inVain += 1 }
      await Task.yield()
    }
    print("more than two pages in vain: \(inVain) of 500 runs after follows and unfollows at once")
  }

  @Test("all pages are on their way at once as soon as the first has told the total")
  func width() throws {
    var random = SeededRandom(seed: 1)
    let spotify = SimulatedFollows(count: 500, vanished: .place, &random)
    var scan = FollowedArtistsScan()
    while let request = scan.next() {
      scan.receive(spotify.page(after: request.after, size: 50), to: request)
    }
    let order = scan.list.order(pageSize: 50)
    #expect(order.count == 500 && order.borders.count == 9 && order.pageLength == 50)
    var known = FollowedArtistsScan(order: order)
    let (first, second) = (known.next(), known.next())
    let head = try #require(first)
    #expect(second == nil)
    known.receive(spotify.page(after: nil, size: 50), to: head)
    var requests: [FollowedArtistsScan.Request] = []
    while let request = known.next() { requests.append(request) }
    #expect(requests.map(\.after) == order.borders.map(\.rawValue) && known.isParallel)
    for request in requests.reversed() {
      known.receive(spotify.page(after: request.after, size: 50), to: request)
    }
    #expect(known.isDone && known.list.isClosed && known.list.artists == scan.list.artists)
  }

  @Test("pages that contradict each other are read again behind the last that fits, the others are kept")
  func misfit() {
    var random = SeededRandom(seed: 2)
    var spotify = SimulatedFollows(count: 500, vanished: .place, &random)
    var scan = FollowedArtistsScan()
    while let request = scan.next() {
      scan.receive(spotify.page(after: request.after, size: 50), to: request)
    }
    let order = scan.list.order(pageSize: 50)
    // One more in the fourth page: its fifty end before the border.
    let place = 175
    spotify.follows.insert((spotify.follows[place - 1] + spotify.follows[place]) / 2, at: place)
    var known = FollowedArtistsScan(order: order)
    var asked: [String?] = []
    while let request = known.next() {
      asked.append(request.after)
      known.receive(spotify.page(after: request.after, size: 50), to: request)
    }
    #expect(asked.count == 11 && Set(asked).count == 11)
    #expect(known.isDone && known.list.isClosed && Set(known.list.artists) == spotify.artists)
  }

  @Test("a list that goes in circles ends also where its borders are known")
  func loops() {
    var random = SeededRandom(seed: 3)
    for count in [120, 480, 500] {
      let spotify = SimulatedFollows(count: count, vanished: .place, &random)
      var scan = FollowedArtistsScan()
      while let request = scan.next() {
        scan.receive(spotify.page(after: request.after, size: 50), to: request)
      }
      let order = scan.list.order(pageSize: 50)
      let first = spotify.page(after: nil, size: 50)
      var pages = 0
      var repeating = FollowedArtistsScan(order: order)
      while let request = repeating.next() {
        pages += 1
        repeating.receive(first, to: request)
      }
      #expect(!repeating.isDone && pages <= order.borders.count + 2)
      var looping = FollowedArtistsScan(order: order)
      while let request = looping.next() {
        let page = spotify.page(after: request.after, size: 50)
        looping.receive(
          FollowsPage(slots: page.slots, total: page.total, cursor: SimulatedFollows.id(spotify.follows[0])),
          to: request)
      }
      #expect(!looping.isDone && looping.pagesRead <= order.borders.count + 3)
    }
  }
}
