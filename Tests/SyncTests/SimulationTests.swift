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

@Suite("Syncs of random libraries, edited while they are read")
struct SimulationTests {
  @Test("what is there is never removed, and an undisturbed run ends equal", arguments: 0..<8)
  func manyRuns(_ part: UInt64) async throws {
    // Yields: tests that run beside these share the few threads of the pool.
    for seed in Seeds.chosen(part * 800..<(part + 1) * 800) {
      var random = SeededRandom(seed: seed)
      let isLarge = random.oneIn(40)
      try live(
        seed, rows: random.below(isLarge ? 220 : 30), pageSize: isLarge ? 50 : 2 + random.below(9), &random)
      await Task.yield()
    }
  }

  @Test("so it is with removals by the hundred, which contains isn't asked about", arguments: 0..<2)
  func manyRemovals(_ part: UInt64) async throws {
    for seed in Seeds.chosen(part * 40..<(part + 1) * 40) {
      var random = SeededRandom(seed: seed)
      try live(seed, rows: 450 + random.below(200), pageSize: 50, &random)
      await Task.yield()
    }
  }

  /// A library's life over a few runs.
  private func live(_ seed: UInt64, rows: Int, pageSize: Int, _ random: inout SeededRandom) throws {
    var library = SimulatedLibrary(rows: rows, &random)
    var local = LocalCopy()
    if random.oneIn(3) { library.totalOffset = random.below(2 * pageSize + 3) - pageSize - 1 }
    let edits = [nil, 3, 8][random.below(3)]
    for _ in 0..<3 {
      if random.oneIn(4) { library.hide(&random) }
      if random.oneIn(6), library.entries.count > 4 {
        library.unsave(0..<random.below(library.entries.count))
        // The count that it had before, as one that is served from a cache.
        if random.oneIn(2) { library.totalOffset = -random.below(library.entries.count + 1) }
      }
      try sync(&library, &local, seed, pageSize, editsOnceIn: edits, &random)
    }
    library.showEverything()
    try sync(&library, &local, seed, pageSize, editsOnceIn: nil, &random)
    let truth = library.entries.map(\.row)
    guard local.listing == truth else { throw Broken(seed: seed, promise: "an undisturbed run ends equal") }
  }

  private func sync(
    _ library: inout SimulatedLibrary, _ local: inout LocalCopy, _ seed: UInt64, _ pageSize: Int,
    editsOnceIn edits: Int?, _ random: inout SeededRandom
  ) throws {
    var run = SimulatedRun(
      of: library, pageSize: pageSize, editsOnceIn: edits, crashesOnceIn: random.oneIn(3) ? 4 : nil,
      random: SeededRandom(seed: random.next()))
    let outcome = run.outcome(for: local)
    library = run.library
    guard let outcome else {
      guard run.wasEdited else { throw Broken(seed: seed, promise: "only an edit disturbs a scan") }
      return
    }
    guard !outcome.removals.contains(where: library.has) else {
      throw Broken(seed: seed, promise: "what is present throughout a run is never removed by it")
    }
    try checkSums(outcome.scanned, total: run.wasEdited ? nil : library.total, seed)
    if !run.wasEdited { try checkUpdates(outcome, local, seed) }
    local.apply(outcome.change, removing: outcome.removals)
    if !run.wasEdited, random.oneIn(2) { try checkSecondRun(run, outcome.scanned, local, seed) }
  }

  private func checkSums(_ scanned: ScannedLibrary, total: Int?, _ seed: UInt64) throws {
    let sum =
      scanned.rows.count + scanned.gaps.reduce(0) { $0 + ($1.reason == .surplus ? -$1.count : $1.count) }
    guard total == nil || sum == total else { throw Broken(seed: seed, promise: "gaps close the sum") }
    guard scanned.skipped >= scanned.unexplained else {
      throw Broken(seed: seed, promise: "skips are counted")
    }
  }

  /// A row is rewritten only for what it is itself, or because its second was shuffled.
  private func checkUpdates(_ outcome: SimulatedRun.Outcome, _ local: LocalCopy, _ seed: UInt64) throws {
    let seconds = Dictionary(grouping: outcome.scanned.rows, by: \.addedAt)
    for update in outcome.change.updates {
      guard let old = local.rows[update.identity] else {
        throw Broken(seed: seed, promise: "only rows that are kept are updated")
      }
      let known = (seconds[update.addedAt] ?? []).map { local.rows[$0.identity]?.ordinal }
      let kept = known.drop { $0 == nil }
      let isShuffled = zip(kept, kept.dropFirst()).contains { $0 == nil || $1 == nil || $0! <= $1! }
      guard isShuffled || (old.isPlayable != update.isPlayable && old.ordinal == update.ordinal) else {
        throw Broken(seed: seed, promise: "a row that is as it was is not updated")
      }
    }
  }

  private func checkSecondRun(
    _ run: SimulatedRun, _ scanned: ScannedLibrary, _ local: LocalCopy, _ seed: UInt64
  ) throws {
    let isMet = Set(scanned.rows.map(\.identity))
    let listed = local.listing.map(\.identity).filter(isMet.contains)
    guard listed == scanned.rows.map(\.identity) else {
      throw Broken(seed: seed, promise: "what is met is listed in Spotify's order")
    }
    var again = SimulatedRun(of: run.library, pageSize: run.pageSize, editsOnceIn: nil, random: run.random)
    guard let outcome = again.outcome(for: local), outcome.change.inserts.isEmpty,
      outcome.change.updates.isEmpty, outcome.removals.isEmpty
    else { throw Broken(seed: seed, promise: "an unchanged library gives an empty change") }
  }
}
