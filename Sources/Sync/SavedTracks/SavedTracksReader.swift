import Accounts
import Domain
import SpotifyAPI
import Storage

/// Fetches what a scan asks for, in parallel, and stages it while the next pages are on their way.
struct SavedTracksReader: Sendable {
  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let stagedPages: StagedPages
  let claim: RunClaim
  let pagesInParallel: Int

  private enum Event: Sendable {
    case fetched(SavedTracksPage)
    case staged(cancelRequested: Bool)
  }

  /// Reads what is missing from `scan` and judges it; nil when the list was edited meanwhile.
  func read(_ scan: inout SavedTracksScan, number: Int) async throws -> ScannedLibrary? {
    var offsets = scan.missingOffsets
    while !offsets.isEmpty, !scan.isDisturbed {
      try await fetch(offsets, into: &scan, number: number)
      offsets = scan.missingOffsets
    }
    guard !scan.isDisturbed else { return nil }
    let head = scan.needsHeadAgain ? ScannedPage(try await page(at: 0, size: scan.pageSize)) : nil
    guard case .settled(let library) = scan.verdict(head: head) else { return nil }
    return library
  }

  /// Whether each uri is in the library.
  func contains(_ uris: [String]) async throws -> [Bool] {
    try await pacer.send(counting: requests) {
      try await access.perform { token throws(SpotifyError) in
        try await spotify.contains(uris: uris, token: token)
      }
    }
  }

  private func page(at offset: Int, size: Int) async throws -> SavedTracksPage {
    try await pacer.send(counting: requests) {
      try await access.perform { token throws(SpotifyError) in
        try await spotify.savedTracks(offset: offset, limit: size, token: token)
      }
    }
  }

  /// What arrives while a batch is being written waits for the next: few transactions, none in the way.
  private func fetch(_ offsets: [Int], into scan: inout SavedTracksScan, number: Int) async throws {
    let size = scan.pageSize
    try await withThrowingTaskGroup(of: Event.self) { group in
      var waiting = offsets[...]
      var arrived: [SavedTracksPage] = []
      var isWriting = false
      func fetchNext() {
        guard let offset = waiting.popFirst() else { return }
        group.addTask { .fetched(try await page(at: offset, size: size)) }
      }
      for _ in 0..<max(1, pagesInParallel) { fetchNext() }
      while let event = try await group.next() {
        switch event {
        case .fetched(let page):
          scan.receive(ScannedPage(page))
          arrived.append(page)
          if scan.isDisturbed { waiting = [] }
          fetchNext()
        case .staged(let cancelRequested):
          isWriting = false
          if cancelRequested { throw RunCancelled() }
        }
        if !isWriting, !arrived.isEmpty {
          isWriting = true
          let batch = arrived
          let progress = SyncRun.Progress(done: scan.pagesRead, total: scan.pagesExpected, unit: "pages")
          arrived = []
          group.addTask { .staged(cancelRequested: try await stage(batch, number, progress)) }
        }
      }
    }
  }

  private func stage(
    _ pages: [SavedTracksPage], _ number: Int, _ progress: SyncRun.Progress
  ) async throws -> Bool {
    let tracks = pages.flatMap { page in
      page.slots.compactMap { slot in if case .track(let track, _, _) = slot { track } else { nil } }
    }
    return try await stagedPages.keep(
      pages.map(StagedPages.Page.init), tracks: tracks, scan: number, of: claim, progress: progress,
      requestsMade: requests.count)
  }
}
