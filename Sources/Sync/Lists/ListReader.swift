import Domain

/// Fetches what a scan asks for, in parallel, and stages it while the next pages are on their way.
struct ListReader<Page: Sendable, Row: ListRow>: Sendable {
  let pagesInParallel: Int
  let fetch: @Sendable (_ offset: Int, _ limit: Int) async throws -> Page
  /// A page as the scan judges it.
  let scanned: @Sendable (Page) -> ListPage<Row>
  let stage: @Sendable ([Page], SyncRun.Progress) async throws -> Bool

  /// Reads what is missing from `scan` and judges it; nil when the list was edited meanwhile.
  func read(_ scan: inout ListScan<Row>) async throws -> ScannedList<Row>? {
    let size = scan.pageSize
    let fetchPages = ParallelFetch<Int, Page>(
      inParallel: pagesInParallel, fetch: { try await fetch($0, size) }, stage: stage)
    var offsets = scan.missingOffsets[...]
    while !offsets.isEmpty, !scan.isDisturbed {
      try await fetchPages(
        next: { scan.isDisturbed ? nil : offsets.popFirst() },
        receive: { scan.receive(scanned($0)) },
        progress: { SyncRun.Progress(done: scan.pagesRead, total: scan.pagesExpected, unit: "pages") })
      offsets = scan.missingOffsets[...]
    }
    guard !scan.isDisturbed else { return nil }
    let head = scan.needsHeadAgain ? scanned(try await fetch(0, size)) : nil
    guard case .settled(let list) = scan.verdict(head: head) else { return nil }
    return list
  }
}
