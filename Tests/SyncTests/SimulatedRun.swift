import Domain
import Sync
import TestSupport

/// A run as a worker does it, with the library's owner at work beside it.
struct SimulatedRun {
  let pageSize: Int
  /// An edit happens before one request in so many; nil: nobody edits.
  let editsOnceIn: Int?
  /// The worker dies after one page in so many.
  var crashesOnceIn: Int?

  var library: SimulatedLibrary
  var random: SeededRandom

  private(set) var wasEdited = false

  /// What a run ends with.
  struct Outcome {
    let scanned: ScannedLibrary
    let change: SavedTracksChange
    let removals: [SavedRowIdentity]
  }

  init(
    of library: SimulatedLibrary, pageSize: Int, editsOnceIn: Int?, crashesOnceIn: Int? = nil,
    random: SeededRandom
  ) {
    self.library = library
    self.pageSize = pageSize
    self.editsOnceIn = editsOnceIn
    self.crashesOnceIn = crashesOnceIn
    self.random = random
  }

  /// - Returns: nil when every scan was disturbed: the run changes nothing.
  mutating func outcome(for local: LocalCopy) -> Outcome? {
    guard let first = settledScan() else { return nil }
    let change = SavedTracksChange(local: Array(local.rows.values), scanned: first)
    switch RemovalPlan(change: change, scanned: first) {
    case .confirm(let questions, let certain):
      var removals = certain
      for question in questions {
        if question != questions.first, question.key.rawValue.hasSuffix("0") { editPerhaps() }
        if !library.contains(question.key) { removals.append(question) }
      }
      return Outcome(scanned: first, change: change, removals: removals)
    case .scanAgain:
      guard let second = settledScan() else { return nil }
      let secondChange = SavedTracksChange(local: Array(local.rows.values), scanned: second)
      return Outcome(
        scanned: second, change: secondChange,
        removals: RemovalPlan.agreed(first: change, second: secondChange))
    }
  }

  private mutating func settledScan() -> ScannedLibrary? {
    for _ in 0..<3 {
      var scan = SavedTracksScan(pageSize: pageSize)
      var staged: [ScannedPage] = []
      while case let missing = scan.missingOffsets, !missing.isEmpty {
        // All at once and answered in any order, until the worker dies.
        for offset in missing.shuffled(using: &random) {
          let page = page(at: offset)
          staged.append(page)
          scan.receive(page)
          guard let crashesOnceIn, random.oneIn(crashesOnceIn) else { continue }
          scan = SavedTracksScan(pageSize: pageSize, resuming: staged.shuffled(using: &random))
          break
        }
      }
      let head = scan.needsHeadAgain ? page(at: 0) : nil
      if case .settled(let scanned) = scan.verdict(head: head) { return scanned }
    }
    return nil
  }

  private mutating func page(at offset: Int) -> ScannedPage {
    editPerhaps()
    return library.page(at: offset, size: pageSize)
  }

  private mutating func editPerhaps() {
    guard let editsOnceIn, random.oneIn(editsOnceIn) else { return }
    wasEdited = true
    for _ in 0...random.below(3) { library.edit(&random) }
  }
}
