import Domain
import Sync
import TestSupport

/// Somebody with a library at Spotify and a copy of it here, as the schedule knows them. Times are milliseconds.
struct SimulatedPerson {
  enum Request {
    case page(Int)
    case head
    case ask([SavedRowIdentity])
  }

  /// A run that has begun.
  struct Run {
    let trigger: SyncTrigger
    let audits: Bool
    let began: Int64
    var plan: SavedTracksPlan
    var pending: [Request] = []
  }

  /// What ended a step.
  enum Step {
    case request(Request)
    case finished(SavedTracksPlan.Result)
    case gaveUp
  }

  private(set) var library: SimulatedLibrary
  private(set) var copy: LocalCopy
  /// What a run begins with; nil after a change.
  private var top: (known: KnownList, local: [LocalRow])?
  /// When the library is edited, the next one last.
  private var edits: [Int64]
  private(set) var pace: CheckPace
  private(set) var auditAt: Int64
  var run: Run?
  /// Which of the entries in the queue counts.
  var ticket = 0
  private(set) var lastBegan: Int64 = -1
  private(set) var lastEnded: Int64 = 0
  private(set) var longestGap: Int64 = 0

  private static let week: Int64 = 7 * 86_400_000

  init(
    library: SimulatedLibrary, copy: LocalCopy, edits: [Int64], pace: CheckPace, auditAt: Int64
  ) {
    self.library = library
    self.copy = copy
    self.edits = edits.sorted(by: >)
    self.pace = pace
    self.auditAt = auditAt
  }

  var isExact: Bool { Set(copy.rows.keys) == Set(library.entries.map(\.row.identity)) }

  mutating func begin(_ trigger: SyncTrigger, at now: Int64, _ random: inout SeededRandom) {
    let top = top ?? copy.top(100)
    self.top = top
    let isScheduled = trigger == .schedule
    let audits = isScheduled && auditAt <= now
    run = Run(
      trigger: trigger, audits: audits, began: now,
      plan: SavedTracksPlan(
        known: top.known, local: top.local, audits: audits,
        probe: isScheduled && random.oneIn(12) ? Double(random.below(1_000)) / 1_000 : nil))
  }

  /// The next request of the run, which ``answer(_:at:_:)`` is to follow, or its end.
  mutating func step() -> Step? {
    while run != nil {
      if let next = run?.pending.first { return .request(next) }
      switch run?.plan.next() {
      case .loadWhole: run?.plan.load(Array(copy.rows.values))
      case .read(let offsets): run?.pending = offsets.map(Request.page)
      case .readHeadAgain: run?.pending = [.head]
      case .ask(let rows): run?.pending = [.ask(rows)]
      case .finish(let result): return .finished(result)
      case .giveUp: return .gaveUp
      case nil: break
      }
    }
    return nil
  }

  /// Spotify answers the first pending request as the library is by then.
  mutating func answer(at now: Int64, _ random: inout SeededRandom) {
    while let next = edits.last, next <= now {
      edits.removeLast()
      library.editAsPromised(&random)
    }
    guard let request = run?.pending.removeFirst() else { return }
    switch request {
    case .page(let offset): run?.plan.receive(library.page(at: offset, size: 50))
    case .head: run?.plan.receive(headAgain: library.page(at: 0, size: 50))
    case .ask(let rows): run?.plan.receive(rows.map { library.contains($0.key) })
    }
    if run?.plan.isDisturbed == true { run?.pending = [] }
  }

  /// - Returns: when the next run is due.
  mutating func end(_ result: SavedTracksPlan.Result?, at now: Int64, _ random: inout SeededRandom) -> Int64 {
    guard let ended = run else { return now }
    run = nil
    lastBegan = ended.began
    longestGap = max(longestGap, now - lastEnded)
    lastEnded = now
    if let result {
      let changes = SyncRun.Changes(
        added: result.inserts.count, updated: result.updates.count, removed: result.removals.count)
      let changesRows = changes != SyncRun.Changes() || !result.unlisted.isEmpty
      if changesRows || result.totalOffset != copy.totalOffset {
        copy.apply(result)
        top = nil
      }
      pace = pace.after(CheckPace.Finding(changes, trigger: ended.trigger))
      if result.mode == .full {
        auditAt = now + SimulatedPerson.week * Int64(700 + random.below(301)) / 1_000
      }
    }
    let wait = (pace.wait.lowerBound.inMilliseconds, pace.wait.upperBound.inMilliseconds)
    return now + wait.0 + Int64(random.below(Int(wait.1 - wait.0) + 1))
  }
}

extension Duration {
  var inMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
