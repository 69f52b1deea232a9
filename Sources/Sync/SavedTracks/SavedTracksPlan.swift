import Domain

/// How a run of saved tracks goes: a pure value that takes answers and says what to ask for next.
///
/// It begins with a search from the top (``RemovalSearch``), which most runs need one page for. What the search can't
/// tell, a scan of the whole list decides, with the pages that were read already. A library that is edited meanwhile
/// makes it begin anew.
package struct SavedTracksPlan: Sendable {
  package enum Step: Sendable {
    /// The top of the local copy isn't enough: ``load(_:)`` all of it.
    case loadWhole
    /// Pages at these offsets, in any order.
    case read([Int])
    /// The first page, once more.
    case readHeadAgain
    /// Whether these rows' tracks are in the library; as many as one request takes.
    case ask([SavedRowIdentity])
    case finish(Result)
    /// Somebody kept editing the library.
    case giveUp
  }

  /// What becomes of the local copy.
  package struct Result: Sendable {
    package let mode: SyncMode
    package let inserts: [LocalRow]
    package let updates: [LocalRow]
    /// Rows that stay though the list doesn't show them.
    package let unlisted: [LocalRow]
    package let removals: [SavedRowIdentity]
    /// With ``totalOffset``, what the next run expects beside the rows.
    package let placeholders: [Placeholder]
    package let totalOffset: Int
    package let gaps: [Gap]
    package let skipped: Int
    package let pages: Int
    /// Requests that a scan of the whole list takes.
    package let costOfScan: Int
    /// Rows may have gone that there were too many of to ask about: the next run had better read the list again.
    package let leavesQuestions: Bool
  }

  private enum Phase {
    case search
    case confirmSearch(RemovalSearch.Findings, SavedTracksChange)
    case scan
    case confirmScan(ScannedLibrary, SavedTracksChange)
  }

  /// Scans that somebody's edits may disturb before the run is put off.
  private static let mostScans = 4

  private let audits: Bool
  private let probe: Double?
  private let beginning: Double
  private var local: [LocalRow]
  private var known: KnownList
  private var scan: SavedTracksScan
  private var phase: Phase
  private var scansLeft = mostScans
  /// Which scan of the run this is; pages are staged under it.
  package private(set) var scanNumber: Int
  private var headBefore: ScannedPage?
  private var headAgain: ScannedPage?
  private var answers: [SavedRowIdentity: Bool] = [:]
  private var asked: [SavedRowIdentity] = []
  /// What an earlier scan of this run missed.
  private var earlier: SavedTracksChange?

  /// - Parameters:
  ///   - known: the list as it is expected; its top is enough to begin.
  ///   - local: the rows that it was made of, and those that the list doesn't show.
  ///   - audits: read the whole list, whatever the search would say.
  ///   - probe: see ``RemovalSearch/probe``.
  ///   - beginning: see ``RemovalPlan``.
  ///   - pages: what an earlier attempt of the same run had read, under `scanNumber`. It counts if the first page,
  ///     read again, is what it was.
  package init(
    known: KnownList, local: [LocalRow], audits: Bool, probe: Double? = nil, beginning: Double = 0,
    pageSize: Int = 50,
    resuming pages: [ScannedPage] = [], scanNumber: Int = 1
  ) {
    self.known = known
    self.local = local
    self.audits = audits
    self.probe = probe
    self.beginning = beginning
    self.scanNumber = scanNumber
    headBefore = pages.first { $0.offset == 0 }
    scan = SavedTracksScan(
      pageSize: pageSize, resuming: headBefore == nil ? [] : pages.filter { $0.offset != 0 })
    phase = audits ? .scan : .search
  }

  package var pageSize: Int { scan.pageSize }
  package var pagesRead: Int { scan.pagesRead }
  /// How many pages will be read; nil while that depends on what they say.
  package var pagesExpected: Int? { if case .search = phase { nil } else { scan.pagesExpected } }
  /// Whether further pages of this scan would be wasted.
  package var isDisturbed: Bool { scan.isDisturbed }

  /// Takes all of the local copy, in any order.
  package mutating func load(_ local: [LocalRow]) {
    let listed = local.filter(\.isListed)
    known = KnownList(
      rows: listed, rowCount: listed.count, placeholders: known.placeholders, totalOffset: known.totalOffset)
    self.local = local
  }

  package mutating func receive(_ page: ScannedPage) {
    if page.offset == 0, let before = headBefore {
      headBefore = nil
      if !page.agrees(with: before) {
        scanNumber += 1
        scan = SavedTracksScan(pageSize: scan.pageSize)
      }
    }
    scan.receive(page)
  }

  package mutating func receive(headAgain page: ScannedPage) { headAgain = page }

  /// - Parameter answers: in the order of the question.
  package mutating func receive(_ answers: [Bool]) {
    for (row, isSaved) in zip(asked, answers) { self.answers[row] = isSaved }
    asked = []
  }

  package mutating func next() -> Step {
    while true {
      if scan.isDisturbed, !beginAnew() { return .giveUp }
      switch phase {
      case .search: if let step = nextOfSearch() { return step }
      case .confirmSearch(let findings, let change):
        if let step = confirm(findings, change) { return step }
      case .scan: if let step = nextOfScan() { return step }
      case .confirmScan(let library, let change):
        if let step = confirm(library, change) { return step }
      }
    }
  }

  /// - Returns: false when this was one time too many.
  private mutating func beginAnew() -> Bool {
    scansLeft -= 1
    scanNumber += 1
    scan = SavedTracksScan(pageSize: scan.pageSize)
    headAgain = nil
    answers = [:]
    phase = audits || earlier != nil ? .scan : .search
    return scansLeft > 0
  }

  // MARK: Search

  private mutating func nextOfSearch() -> Step? {
    switch RemovalSearch(known: known, probe: probe).step(scan) {
    case .read(let pages): return .read(pages.map { $0 * scan.stride })
    case .loadWhole: return .loadWhole
    case .scan: phase = .scan
    case .found(let findings):
      let removed = rows(findings.removed)
      if removed.count < findings.removed.count, local.contains(where: { !$0.isListed }) {
        // A slot has gone that hid a row, perhaps one of those that are kept without being shown.
        phase = .scan
      } else if let change = SavedTracksChange(
        local: local, isWhole: known.isWhole, findings: findings, removed: removed)
      {
        phase = .confirmSearch(findings, change)
      } else if !known.isWhole {
        return .loadWhole
      } else {
        phase = .scan
      }
    }
    return nil
  }

  private func rows(_ places: [Int]) -> [SavedRowIdentity] {
    places.compactMap { if case .row(let row) = known.slots[$0] { row } else { nil } }
  }

  private mutating func confirm(_ findings: RemovalSearch.Findings, _ change: SavedTracksChange) -> Step? {
    let candidates = change.missing
    // Spotify can't be asked about local files, and that two rows stood side by side is not enough.
    guard candidates.count <= RemovalPlan.mostQuestions, candidates.allSatisfy({ $0.uri != nil }) else {
      phase = .scan
      return nil
    }
    if let question = question(candidates) { return question }
    guard candidates.allSatisfy({ answers[$0] == false }) else {
      // Still in the library, so the list doesn't show what the search took it to show.
      phase = .scan
      return nil
    }
    let removals = change.savedAgain + candidates
    let placeholders = placeholders(after: findings, removing: removals.count)
    return .finish(
      Result(
        mode: findings.removed.isEmpty ? .head : .bisect, inserts: change.inserts, updates: change.updates,
        unlisted: [], removals: removals, placeholders: placeholders, totalOffset: known.totalOffset,
        gaps: Gap.of(placeholders, totalOffset: known.totalOffset), skipped: placeholders.count,
        pages: scan.pagesRead, costOfScan: scan.cost, leavesQuestions: false))
  }

  private func placeholders(after findings: RemovalSearch.Findings, removing count: Int) -> [Placeholder] {
    let gone = Set(findings.removed)
    let above = Placeholder.all(in: findings.new, rowsBelow: known.rowCount - count)
    guard !gone.isEmpty else { return above + known.placeholders }
    var rowsGoneBelow = 0
    var kept: [Placeholder] = []
    for (index, slot) in known.slots.enumerated().reversed() {
      let isGone = gone.contains(index)
      switch slot {
      case .row: if isGone { rowsGoneBelow += 1 }
      case .placeholder(let placeholder):
        if !isGone {
          kept.append(
            Placeholder(rowsBelow: placeholder.rowsBelow - rowsGoneBelow, reason: placeholder.reason))
        }
      }
    }
    return above + kept.reversed()
  }

  // MARK: Scan

  private mutating func nextOfScan() -> Step? {
    let missing = scan.missingOffsets
    if !missing.isEmpty { return .read(missing) }
    if !known.isWhole { return .loadWhole }
    if scan.needsHeadAgain, headAgain == nil { return .readHeadAgain }
    guard case .settled(let library) = scan.verdict(head: headAgain) else {
      return beginAnew() ? nil : .giveUp
    }
    phase = .confirmScan(library, SavedTracksChange(local: local, scanned: library))
    return nil
  }

  private mutating func confirm(_ library: ScannedLibrary, _ change: SavedTracksChange) -> Step? {
    switch RemovalPlan(change: change, scanned: library, beginning: beginning) {
    case .confirm(let questions, let certain):
      if let question = question(questions) { return question }
      return finish(
        library, change, removals: certain + questions.filter { answers[$0] == false },
        leavesQuestions: change.missing.count { $0.uri != nil } > questions.count)
    case .scanAgain:
      guard let earlier else {
        earlier = change
        return beginAnew() ? nil : .giveUp
      }
      return confirm(library, change, agreeing: earlier)
    }
  }

  /// Two scans miss the same rows, too many to ask about all. A list that leaves out what is in the library would do
  /// so twice as well, so one question about some of them decides whether the two are believed.
  private mutating func confirm(
    _ library: ScannedLibrary, _ change: SavedTracksChange, agreeing earlier: SavedTracksChange
  ) -> Step {
    let agreed = RemovalPlan.agreed(first: earlier, second: change)
    let sample = RemovalPlan.sample(of: agreed, beginning: beginning)
    if let question = question(sample) { return question }
    let denied = sample.filter { answers[$0] == false }
    guard denied.count < sample.count else {
      return finish(library, change, removals: change.savedAgain + agreed)
    }
    return finish(library, change, removals: change.savedAgain + denied, leavesQuestions: true)
  }

  private func finish(
    _ library: ScannedLibrary, _ change: SavedTracksChange, removals: [SavedRowIdentity],
    leavesQuestions: Bool = false
  ) -> Step {
    .finish(
      Result(
        mode: .full, inserts: change.inserts, updates: change.updates,
        unlisted: change.unlisted(removing: removals), removals: removals,
        placeholders: Placeholder.all(in: library.slots), totalOffset: library.totalOffset,
        gaps: library.gaps, skipped: library.skipped, pages: scan.pagesRead, costOfScan: scan.cost,
        leavesQuestions: leavesQuestions))
  }

  // MARK: Questions

  /// The next question about rows that have no answer yet.
  private mutating func question(_ rows: [SavedRowIdentity]) -> Step? {
    let open = rows.filter { answers[$0] == nil }
    if open.isEmpty { return nil }
    asked = Array(open.prefix(LibraryQuestions.urisPerRequest))
    return .ask(asked)
  }
}
