import Domain
import Sync
import TestSupport

/// A run as a worker does it, with the library's owner at work beside it.
struct SimulatedRun {
  let pageSize: Int
  let audits: Bool
  var probe: Double?
  /// How many rows are loaded before it is known that all are needed.
  var topRows = 8
  /// An edit happens before one request in so many; nil: nobody edits.
  let editsOnceIn: Int?
  /// The worker dies after one page in so many.
  var crashesOnceIn: Int?
  /// Called before each request, with its number, instead of random edits.
  var beforeRequest: ((inout SimulatedLibrary, Int) -> Void)?

  var library: SimulatedLibrary
  var random: SeededRandom

  private(set) var wasEdited = false
  private(set) var crashes = 0
  /// Requests for pages, and questions.
  private(set) var pages = 0
  private(set) var questions = 0
  var requests: Int { pages + questions }

  init(
    of library: SimulatedLibrary, pageSize: Int, audits: Bool = false, editsOnceIn: Int? = nil,
    crashesOnceIn: Int? = nil, random: SeededRandom = SeededRandom(seed: 1)
  ) {
    self.library = library
    self.pageSize = pageSize
    self.audits = audits
    self.editsOnceIn = editsOnceIn
    self.crashesOnceIn = crashesOnceIn
    self.random = random
  }

  /// - Returns: nil when every scan was disturbed: the run changes nothing.
  mutating func result(for local: LocalCopy) -> SavedTracksPlan.Result? {
    var staged: (scan: Int, pages: [ScannedPage]) = (1, [])
    var plan = plan(for: local, staged)
    while true {
      switch plan.next() {
      case .loadWhole: plan.load(Array(local.rows.values))
      case .read(let offsets):
        // All at once and answered in any order, until the worker dies.
        for offset in offsets.shuffled(using: &random) where !plan.isDisturbed {
          let page = page(at: offset)
          plan.receive(page)
          if staged.scan != plan.scanNumber { staged = (plan.scanNumber, []) }
          staged.pages.append(page)
          guard let crashesOnceIn, random.oneIn(crashesOnceIn) else { continue }
          crashes += 1
          plan = self.plan(for: local, (staged.scan, staged.pages.shuffled(using: &random)))
          break
        }
      case .readHeadAgain: plan.receive(headAgain: page(at: 0))
      case .ask(let rows):
        questions += 1
        editPerhaps()
        plan.receive(rows.map { library.contains($0.key) })
      case .finish(let result): return result
      case .giveUp: return nil
      }
    }
  }

  private func plan(
    for local: LocalCopy, _ staged: (scan: Int, pages: [ScannedPage])
  ) -> SavedTracksPlan {
    let top = local.top(topRows)
    return SavedTracksPlan(
      known: top.known, local: top.local, audits: audits, probe: probe, pageSize: pageSize,
      resuming: staged.pages, scanNumber: staged.scan)
  }

  private mutating func page(at offset: Int) -> ScannedPage {
    pages += 1
    editPerhaps()
    return library.page(at: offset, size: pageSize)
  }

  private mutating func editPerhaps() {
    beforeRequest?(&library, requests)
    guard let editsOnceIn, random.oneIn(editsOnceIn) else { return }
    wasEdited = true
    for _ in 0...random.below(3) { library.edit(&random) }
  }
}
