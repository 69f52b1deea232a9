import Domain
import Sync
import TestSupport
import Testing

/// A seed that broke a promise. `TEST_SEED=… swift test --filter SyncTests` shows it again.
struct Broken: Error, CustomStringConvertible {
  let seed: UInt64
  let promise: String
  var description: String { "\(promise); TEST_SEED=\(seed) shows it again" }
}

/// Some 25,000 runs: each life has eight, and some of them are done again.
@Suite("Syncs of random libraries, edited while they are read")
struct SimulationTests {
  @Test("what is there is never removed, and what is promised is exact", arguments: 0..<8)
  func manyRuns(_ part: UInt64) async throws {
    var runs = 0
    // Yields: tests that run beside these share the few threads of the pool.
    for seed in Seeds.chosen(part * 200..<(part + 1) * 200) {
      var random = SeededRandom(seed: seed)
      let isLarge = random.oneIn(40)
      var life = SimulatedLife(
        seed: seed, rows: random.below(isLarge ? 420 : 40), pageSize: isLarge ? 50 : 2 + random.below(9),
        random)
      try life.live()
      runs += life.runs
      await Task.yield()
    }
    #expect(runs >= 2_500 || Seeds.isOne, "\(runs) runs are not enough to find what is rare")
  }

  @Test("so it is with removals by the hundred, which contains isn't asked about", arguments: 0..<2)
  func manyRemovals(_ part: UInt64) async throws {
    for seed in Seeds.chosen(part * 40..<(part + 1) * 40) {
      var random = SeededRandom(seed: seed)
      var life = SimulatedLife(seed: seed, rows: 450 + random.below(200), pageSize: 50, random)
      try life.live()
      await Task.yield()
    }
  }
}

/// A library's life over a few runs.
struct SimulatedLife {
  let seed: UInt64
  let pageSize: Int
  private var random: SeededRandom
  private var library: SimulatedLibrary
  private var local = LocalCopy()
  /// Whether the copy followed everything that the list shows since its last audit.
  private var isPromised = false
  private(set) var runs = 0

  init(seed: UInt64, rows: Int, pageSize: Int, _ random: SeededRandom) {
    self.seed = seed
    self.pageSize = pageSize
    self.random = random
    library = SimulatedLibrary(rows: rows, &self.random)
  }

  mutating func live() throws {
    if random.oneIn(3) { library.totalOffset = random.below(2 * pageSize + 3) - pageSize - 1 }
    let edits = [nil, 3, 8][random.below(3)]
    for _ in 0..<3 {
      if random.oneIn(4) { library.hide(&random) }
      if random.oneIn(6), library.entries.count > 4 {
        library.unsave(0..<random.below(library.entries.count))
        // The count that it had before, as one that is served from a cache.
        if random.oneIn(2) { library.totalOffset = -random.below(library.entries.count + 1) }
      }
      try sync(audits: random.oneIn(3), editsOnceIn: edits)
    }
    // Days on which things are saved on top and removed anywhere, and nobody does it during a run.
    for _ in 0..<4 {
      for _ in 0..<random.below(4) { library.editAsPromised(&random) }
      try sync(audits: random.oneIn(5), editsOnceIn: nil)
    }
    library.showEverything()
    try sync(audits: true, editsOnceIn: nil)
    guard local.listing == library.entries.map(\.row) else { throw broken("an undisturbed audit ends equal") }
  }

  private func broken(_ promise: String) -> Broken { Broken(seed: seed, promise: promise) }

  private mutating func sync(audits: Bool, editsOnceIn edits: Int?) throws {
    var run = SimulatedRun(
      of: library, pageSize: pageSize, audits: audits, editsOnceIn: edits,
      crashesOnceIn: random.oneIn(3) ? 4 : nil, random: SeededRandom(seed: random.next()))
    run.topRows = 1 + random.below(3 * pageSize)
    if random.oneIn(4) { run.probe = Double(random.below(1_000)) / 1_000 }
    let result = run.result(for: local)
    runs += 1
    library = run.library
    guard let result else {
      guard run.wasEdited else { throw broken("only an edit disturbs a run") }
      return
    }
    guard !result.removals.contains(where: library.has) else {
      throw broken("what is present throughout a run is never removed by it")
    }
    try check(result)
    // A total that lies by another amount than before misleads the search about where the list ends.
    let liesAnew = local.totalOffset != result.totalOffset
    local.apply(result)
    if run.wasEdited {
      isPromised = isPromised && !library.hasHiddenChanges && !result.leavesQuestions
      return
    }
    if !liesAnew { try checkCost(run, result) }
    try checkSums(result)
    if result.mode == .full {
      (isPromised, library.hasHiddenChanges) = (
        !result.leavesQuestions && result.totalOffset == library.totalOffset, false
      )
    }
    if isPromised, !library.hasHiddenChanges, library.entries.count + library.totalOffset >= 0 {
      try checkPromise()
    }
    if random.oneIn(2) { try checkSecondRun(run, result) }
  }

  /// The rows are those of the truth; what a row looks like, and the order of equals, an audit brings up to date.
  private func checkPromise() throws {
    let held = Set(local.rows.keys)
    // Of a list that doesn't close, only what contains denies is removed, and local files can't be asked about.
    let isClosed = library.entries.allSatisfy { $0.look == .plain } && library.totalOffset == 0
    // Nor can it be told that a track went and came back where the list shows nothing.
    let hidden = Set(library.entries.filter { $0.look != .plain }.map(\.row.key))
    let judged = held.filter { (isClosed || $0.uri != nil) && !hidden.contains($0.key) }
    guard judged.isSubset(of: library.entries.map(\.row.identity)) else {
      throw broken("what has left is removed")
    }
    guard held.isSuperset(of: library.entries.filter { $0.look == .plain }.map(\.row.identity)) else {
      throw broken("what the list shows is kept")
    }
  }

  private func checkCost(_ run: SimulatedRun, _ result: SavedTracksPlan.Result) throws {
    let isTwice = result.mode == .full && result.removals.count > RemovalPlan.mostQuestions
    guard isTwice || run.crashes > 0 || run.pages <= max(result.costOfScan, 1) + 2 + surplusPages(result)
    else { throw broken("never more pages than a scan takes") }
  }

  /// A list that goes on beyond its total, or ends there with a full page, takes pages that nobody announced.
  private func surplusPages(_ result: SavedTracksPlan.Result) -> Int {
    1 + (result.gaps.first { $0.reason == .surplus }?.count ?? 0) / (pageSize - 1)
  }

  private func checkSums(_ result: SavedTracksPlan.Result) throws {
    guard result.mode == .full else { return }
    let listed = local.rows.values.count(where: \.isListed)
    let sum = listed + result.gaps.reduce(0) { $0 + ($1.reason == .surplus ? -$1.count : $1.count) }
    guard sum == library.total else { throw broken("gaps close the sum: \(sum) of \(library.total)") }
  }

  /// A row is rewritten only for what it is itself, or because its second was shuffled.
  private func check(_ result: SavedTracksPlan.Result) throws {
    guard result.inserts.allSatisfy({ local.rows[$0.identity] == nil }) else {
      throw broken("only rows that aren't kept are inserted")
    }
    for update in result.updates {
      guard let old = local.rows[update.identity] else {
        throw broken("only rows that are kept are updated")
      }
      guard old != update else { throw broken("a row that is as it was is not updated") }
    }
  }

  private mutating func checkSecondRun(_ run: SimulatedRun, _ result: SavedTracksPlan.Result) throws {
    let wasReadWhole = result.totalOffset == library.totalOffset
    for audits in [false, true] {
      var again = SimulatedRun(of: library, pageSize: pageSize, audits: audits, random: run.random)
      guard let second = again.result(for: local) else { throw broken("only an edit disturbs a run") }
      runs += 1
      let changesNoRow = second.inserts.isEmpty && second.unlisted.isEmpty && second.removals.isEmpty
      // The order of equals beyond the page that was read is an audit's to find.
      let isEmpty = changesNoRow && (second.updates.isEmpty || result.mode != .full)
      guard isEmpty || result.leavesQuestions || !wasReadWhole || (audits && result.mode != .full) else {
        throw broken("an unchanged library gives an empty change")
      }
      // A list that shows no row on its first page gives the search nothing to hold on to.
      let showsRows = library.entries.prefix(pageSize).contains { $0.look == .plain }
      guard audits || !showsRows || again.requests == 1 || result.mode != .full || library.hasHiddenChanges
      else {
        throw broken("an unchanged library takes one request")
      }
    }
  }
}
