import Domain
import Sync
import TestSupport

/// A list of followed artists at Spotify, and how it answers.
struct SimulatedFollows {
  /// What a cursor leads to whose artist isn't followed any more.
  enum Vanished: CaseIterable {
    /// To where the artist was: the list is in the order of ids.
    case place
    case top
    case end
  }

  var follows: [Int]
  let vanished: Vanished
  private var nextNumber = 0
  private(set) var edits = 0

  /// The order is that of the ids where a cursor keeps its place, else that in which they were followed.
  init(count: Int, vanished: Vanished, _ random: inout SeededRandom) {
    follows = []
    self.vanished = vanished
    for _ in 0..<count { follow(&random) }
    edits = 0
  }

  static func id(_ number: Int) -> String { "a\(1_000_000 + number)" }

  var artists: Set<ArtistID> { Set(follows.map { ArtistID(SimulatedFollows.id($0)) }) }

  mutating func follow(_ random: inout SeededRandom) {
    edits += 1
    guard vanished == .place else {
      follows.insert(nextNumber, at: 0)
      nextNumber += 1
      return
    }
    let number = random.below(1_000_000)
    let place = follows.firstIndex { $0 >= number } ?? follows.count
    if place == follows.count || follows[place] != number { follows.insert(number, at: place) }
  }

  mutating func unfollow(_ random: inout SeededRandom) {
    guard !follows.isEmpty else { return }
    edits += 1
    follows.remove(at: random.below(follows.count))
  }

  mutating func edit(_ random: inout SeededRandom) {
    if random.oneIn(2) { follow(&random) } else { unfollow(&random) }
  }

  func page(after cursor: String?, size: Int) -> FollowsPage {
    var start = 0
    if let cursor {
      if let place = follows.firstIndex(where: { SimulatedFollows.id($0) == cursor }) {
        start = place + 1
      } else {
        switch vanished {
        case .place: start = follows.firstIndex { SimulatedFollows.id($0) > cursor } ?? follows.count
        case .top: start = 0
        case .end: start = follows.count
        }
      }
    }
    let slots = follows[start...].prefix(size)
    let isLast = start + slots.count == follows.count
    return FollowsPage(
      slots: slots.map { .artist(ArtistID(SimulatedFollows.id($0))) }, total: follows.count,
      cursor: isLast ? nil : slots.last.map(SimulatedFollows.id))
  }
}

/// A run as a worker does it, with so many requests on their way, and somebody who follows and unfollows beside it.
struct SimulatedFollowingRun {
  var spotify: SimulatedFollows
  let pagesInParallel: Int
  let editsOnceIn: Int?
  let crashesOnceIn: Int?
  /// Above which size a page is answered 502.
  let largest: Int
  var canBeAsked = true
  var random: SeededRandom

  private(set) var pagesAsked = 0
  private(set) var questions = 0
  /// Who was followed from the run's first moment to its last.
  private(set) var throughout: Set<ArtistID> = []

  init(
    _ spotify: SimulatedFollows, pagesInParallel: Int, editsOnceIn: Int?, crashesOnceIn: Int? = nil,
    largest: Int = 50, canBeAsked: Bool = true, random: SeededRandom
  ) {
    self.spotify = spotify
    self.pagesInParallel = pagesInParallel
    self.editsOnceIn = editsOnceIn
    self.crashesOnceIn = crashesOnceIn
    self.largest = largest
    self.canBeAsked = canBeAsked
    self.random = random
  }

  /// What the run changes, and what it keeps of the order.
  mutating func sync(
    _ local: Set<ArtistID>, order: FollowOrder?
  ) throws -> (change: FollowingChange, order: FollowOrder, isParallel: Bool, list: FollowedList) {
    throughout = spotify.artists
    var size = 50
    var (list, isParallel) = try read(order, &size)
    var change = FollowingChange(local: local, list: list)
    if canBeAsked, !change.candidates.isEmpty {
      questions += 1
      somebodyEdits()
      let denied = Set(change.candidates).subtracting(spotify.artists)
      change = FollowingChange(local: local, list: list, denied: denied)
    }
    if change.needsSecondScan {
      let first = list
      (list, _) = try read(first.order(pageSize: size), &size)
      change = FollowingChange(local: local, list: list, earlier: first)
    }
    return (change, list.order(pageSize: size), isParallel, list)
  }

  private mutating func read(
    _ order: FollowOrder?, _ size: inout Int
  ) throws -> (FollowedList, isParallel: Bool) {
    var scan = FollowedArtistsScan(order: order)
    var staged: [AskedFollows] = []
    var onTheirWay: [FollowedArtistsScan.Request] = []
    while true {
      while onTheirWay.count < pagesInParallel, let request = scan.next() { onTheirWay.append(request) }
      guard !onTheirWay.isEmpty else { break }
      let request = onTheirWay.remove(at: random.below(onTheirWay.count))
      somebodyEdits()
      pagesAsked += 1
      if size > largest {
        size = 25
        pagesAsked += 1
      }
      let page = spotify.page(after: request.after, size: size)
      staged.append(AskedFollows(number: request.number, after: request.after, page: page))
      scan.receive(page, to: request, size: size)
      if let crashesOnceIn, random.oneIn(crashesOnceIn) {
        // What was on its way has been asked for in vain; what was staged is all that is known.
        pagesAsked += onTheirWay.count
        onTheirWay = []
        scan = FollowedArtistsScan(order: order, resuming: staged.sorted { $0.number < $1.number })
      }
    }
    guard scan.isDone else { throw FollowedListLoops() }
    return (scan.list, scan.isParallel)
  }

  private mutating func somebodyEdits() {
    guard let editsOnceIn, random.oneIn(editsOnceIn) else { return }
    spotify.edit(&random)
    throughout.formIntersection(spotify.artists)
  }
}
