import Domain
import Sync
import TestSupport
import Testing

/// Cases that a first sketch of the plan got wrong, each by itself, with what they cost.
@Suite("Plans")
struct SavedTracksPlanTests {
  /// A library that was synced, and what then happens to it.
  private struct Scene {
    var library: SimulatedLibrary
    var local = LocalCopy()
    var random: SeededRandom
    private(set) var requests = 0
    private(set) var questions = 0

    init(_ rows: Int, seed: UInt64 = 7, hasLocalFiles: Bool = false) throws {
      random = SeededRandom(seed: seed)
      library = SimulatedLibrary(rows: rows, hasLocalFiles: hasLocalFiles, &random)
      try sync(audits: true)
    }

    @discardableResult
    mutating func sync(
      audits: Bool = false, probe: Double? = nil, before: ((inout SimulatedLibrary, Int) -> Void)? = nil
    ) throws -> SavedTracksPlan.Result {
      var run = SimulatedRun(of: library, pageSize: 50, audits: audits)
      run.topRows = 100
      run.probe = probe
      run.beforeRequest = before
      let outcome = run.result(for: local)
      let result = try #require(outcome)
      library = run.library
      requests = run.requests
      questions = run.questions
      local.apply(result)
      return result
    }

    var isExact: Bool { local.listing == library.entries.map(\.row) }
  }

  @Test(
    "nothing changed takes one request, whatever the size", arguments: [0, 1, 49, 50, 51, 99, 1_000, 10_000])
  func nothing(_ rows: Int) throws {
    var scene = try Scene(rows)
    let result = try scene.sync()
    #expect(scene.requests == 1)
    #expect(result.mode == (rows == 0 ? .full : .head))
    #expect(result.inserts.isEmpty && result.updates.isEmpty && result.removals.isEmpty)
  }

  @Test("five saved take one request")
  func saved() throws {
    var scene = try Scene(10_000)
    scene.library.saveOnTop(5, &scene.random)
    let result = try scene.sync()
    #expect(scene.requests == 1 && result.mode == .head && result.inserts.count == 5)
    #expect(scene.isExact)
  }

  @Test("one removed takes twelve requests at most, its confirmation among them")
  func oneRemoved() throws {
    var scene = try Scene(10_000)
    var total = 0
    for _ in 0..<50 {
      scene.library.unsave(&scene.random)
      let result = try scene.sync()
      #expect(result.removals.count == 1 && scene.isExact)
      total += scene.requests
    }
    #expect(total <= 50 * 12, "\(Double(total) / 50) on average")
  }

  @Test("more removed than can be asked about takes two scans and one question")
  func removedInBulk() throws {
    var scene = try Scene(2_000)
    scene.library.unsave(300..<1_300)
    let result = try scene.sync()
    #expect(result.removals.count == 1_000 && scene.isExact && !result.leavesQuestions)
    #expect(scene.questions == 1)
  }

  @Test("a list that leaves out most of a library, again and again, removes nothing")
  func leftOutInBulk() throws {
    var scene = try Scene(2_000)
    let all = scene.local.listing.count
    scene.library.leaveOut(300..<1_300)
    let result = try scene.sync()
    #expect(result.removals.isEmpty && result.leavesQuestions)
    #expect(result.unlisted.count == 1_000 && scene.local.rows.count == all)
    #expect(scene.questions == 1)
  }

  @Test("forty removed in a row are found whole")
  func gap() throws {
    for start in [0, 30, 49, 4_321, 9_959] {
      var scene = try Scene(10_000)
      scene.library.unsave(start..<start + 40)
      let result = try scene.sync()
      #expect(result.mode == .bisect && result.removals.count == 40 && scene.isExact)
      #expect(scene.requests <= 15, "\(scene.requests) at \(start)")
    }
  }

  @Test("three removed, and five saved beside", arguments: [0, 5])
  func threeRemoved(_ saved: Int) throws {
    for seed in 0..<20 as Range<UInt64> {
      var scene = try Scene(10_000, seed: seed)
      for _ in 0..<3 { scene.library.unsave(&scene.random) }
      if saved > 0 { scene.library.saveOnTop(saved, &scene.random) }
      try scene.sync()
      #expect(scene.isExact)
      #expect(scene.requests <= (saved == 0 ? 35 : 40))
    }
  }

  @Test("a track saved again is found by where it was")
  func savedAgain() throws {
    for seed in 0..<10 as Range<UInt64> {
      var scene = try Scene(10_000, seed: seed)
      scene.library.saveAgain(&scene.random)
      let result = try scene.sync()
      #expect(scene.isExact && result.removals.count == 1)
      #expect(scene.requests <= 3)
    }
  }

  @Test("a local file, which contains can't be asked about, takes a scan, of pages that weren't read yet")
  func localFile() throws {
    var scene = try Scene(1_000, hasLocalFiles: true)
    let index = try #require(scene.library.entries.lastIndex { $0.row.identity.uri == nil })
    scene.library.unsave(index..<index + 1)
    let result = try scene.sync()
    #expect(result.mode == .full && result.removals.count == 1 && scene.isExact)
    #expect(scene.requests == result.costOfScan)
  }

  @Test("never more than a scan and what confirms it", arguments: [10, 60, 390, 900])
  func many(_ removed: Int) throws {
    var scene = try Scene(10_000)
    for _ in 0..<removed { scene.library.unsave(&scene.random) }
    let result = try scene.sync()
    #expect(scene.isExact)
    let confirmation = removed > RemovalPlan.mostQuestions ? result.costOfScan + 1 : (removed + 39) / 40
    #expect(scene.requests <= result.costOfScan + confirmation, "\(scene.requests)")
  }

  @Test("55 saved and 5 removed: the first page is all new")
  func firstPageIsNew() throws {
    var scene = try Scene(1_000)
    scene.library.saveOnTop(55, &scene.random)
    for _ in 0..<5 { scene.library.unsave(&scene.random) }
    try scene.sync()
    #expect(scene.isExact)
  }

  @Test("rows of equal time that change places where it is probed are no removals")
  func swapped() throws {
    for seed in 0..<40 as Range<UInt64> {
      var scene = try Scene(1_000, seed: seed)
      for _ in 0..<400 { scene.library.swapEquals(&scene.random) }
      scene.library.unsave(&scene.random)
      let result = try scene.sync()
      #expect(result.removals.count == 1)
      #expect(Set(scene.local.rows.keys) == Set(scene.library.entries.map(\.row.identity)))
    }
  }

  @Test("an old-dated save beside a removal cancels out, and the audit finds both")
  func oldDateBesideRemoval() throws {
    var scene = try Scene(1_000)
    let before = scene.local.listing
    scene.library.unsave(700..<701)
    scene.library.saveWithOldTime(&scene.random)
    let check = try scene.sync()
    #expect(check.removals.isEmpty && scene.requests == 1 && scene.local.listing == before)
    let probe = try scene.sync(probe: 0.7)
    #expect(probe.mode == .full && scene.isExact, "a probe between the two sees the shift")
    scene.library.unsave(100..<101)
    scene.library.saveWithOldTime(&scene.random)
    try scene.sync(audits: true)
    #expect(scene.isExact)
  }

  @Test("a save during the bisection begins anew")
  func saveDuringBisection() throws {
    var scene = try Scene(10_000)
    scene.library.unsave(3_333..<3_334)
    var random = scene.random
    let result = try scene.sync { library, request in
      if request == 4 { library.saveOnTop(1, &random) }
    }
    #expect(result.mode == .bisect && result.inserts.count == 1 && result.removals.count == 1)
    #expect(scene.isExact)
  }

  @Test("a removal on a page already read and an old-dated save further down: the next run has both")
  func edgesOfAScan() throws {
    var scene = try Scene(1_000)
    var random = scene.random
    let here = scene.library.entries.map(\.row.identity)
    let first = try scene.sync(audits: true) { library, request in
      guard request == 15 else { return }
      library.unsave(0..<1)
      library.saveWithOldTime(&random)
    }
    let still = Set(scene.library.entries.map(\.row.identity))
    #expect(first.removals.allSatisfy { !still.contains($0) } && here.count == 1_000)
    try scene.sync(audits: true)
    #expect(scene.isExact)
  }

  @Test("fifty null elements beside fifty removals remove fifty")
  func nullsBesideRemovals() throws {
    var scene = try Scene(1_000)
    for index in stride(from: 0, to: 500, by: 10) { scene.library.hide(at: index) }
    scene.library.unsave(600..<650)
    let result = try scene.sync(audits: true)
    #expect(result.removals.count == 50)
    #expect(Set(scene.local.rows.keys) == Set(scene.library.entries.map(\.row.identity)))
    #expect(result.gaps == [Gap(reason: .nullElement, count: 50)])
  }

  @Test("null slots that stay for ever cost nothing more, and removals among them are found")
  func nullsForEver() throws {
    var scene = try Scene(10_000)
    for index in stride(from: 5, to: 9_000, by: 500) { scene.library.hide(at: index) }
    try scene.sync(audits: true)
    try scene.sync()
    #expect(scene.requests == 1)
    scene.library.unsave(6_000..<6_001)
    scene.library.saveOnTop(3, &scene.random)
    let result = try scene.sync()
    #expect(result.mode == .bisect && result.removals.count == 1 && scene.requests <= 12)
    #expect(result.gaps == [Gap(reason: .nullElement, count: 18)])
    try scene.sync()
    #expect(scene.requests == 1)
  }

  @Test("a total that always lies by the same costs nothing more", arguments: [-60, -3, 2, 75])
  func lies(_ offset: Int) throws {
    var scene = try Scene(2_000)
    scene.library.totalOffset = offset
    try scene.sync(audits: true)
    try scene.sync()
    #expect(scene.requests == 1)
    scene.library.unsave(1_500..<1_501)
    let result = try scene.sync()
    #expect(result.removals.count == 1 && scene.isExact)
    #expect(result.gaps.map(\.reason) == [offset > 0 ? .missing : .surplus])
  }

  @Test(
    "a run goes on from its staged pages if the head is what it was, and anew if not",
    arguments: [false, true])
  func resumes(_ isEdited: Bool) throws {
    var random = SeededRandom(seed: 3)
    var library = SimulatedLibrary(rows: 10_000, &random)
    var staged: [ScannedPage] = []
    for number in 0..<150 { staged.append(library.page(at: number * 49, size: 50)) }
    if isEdited {
      library.unsave(3_000..<3_001)
      library.saveOnTop(1, &random)
    }
    let empty = LocalCopy()
    var plan = SavedTracksPlan(
      known: empty.whole, local: [], audits: true, resuming: staged.shuffled(using: &random))
    var pages = 0
    loop: while true {
      switch plan.next() {
      case .read(let offsets):
        for offset in offsets where !plan.isDisturbed {
          pages += 1
          plan.receive(library.page(at: offset, size: 50))
        }
      case .readHeadAgain: plan.receive(headAgain: library.page(at: 0, size: 50))
      case .finish(let result):
        #expect(result.inserts.count == 10_000)
        break loop
      case .loadWhole, .ask, .giveUp:
        Issue.record("nothing to load, to ask or to give up")
        break loop
      }
    }
    #expect(plan.scanNumber == (isEdited ? 2 : 1))
    #expect(isEdited ? pages == 205 : pages == 205 - 150 + 1, "\(pages)")
  }
}
