import Accounts
import Domain
import SpotifyAPI
import Storage

/// Asks Spotify what a run of saved tracks needs to know, and stages the pages.
struct SavedTracksReader: Sendable {
  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let stagedPages: StagedPages
  let claim: RunClaim
  let pagesInParallel: Int
  /// The first page, as long as nothing else was asked for: most runs need no other, and stage nothing. What was staged
  /// before counts only if it is still the same.
  private(set) var unstaged: SavedTracksPage?

  /// Reads pages into `plan`, in parallel, and stages them while the next are on their way.
  mutating func read(_ offsets: [Int], _ plan: inout SavedTracksPlan) async throws {
    if offsets == [0] {
      let head = try await page(at: 0, size: plan.pageSize)
      unstaged = head
      return plan.receive(ScannedPage(head))
    }
    let number = plan.scanNumber
    if let head = unstaged {
      let progress = SyncRun.Progress(done: 1, total: plan.pagesExpected, unit: "pages")
      if try await stage([head], number, progress) { throw RunCancelled() }
      unstaged = nil
    }
    let reader = self
    let size = plan.pageSize
    let fetchPages = ParallelFetch<Int, SavedTracksPage>(
      inParallel: pagesInParallel, fetch: { try await reader.page(at: $0, size: size) },
      stage: { try await reader.stage($0, number, $1) })
    var missing = offsets[...]
    try await fetchPages(
      next: { plan.isDisturbed ? nil : missing.popFirst() },
      receive: { plan.receive(ScannedPage($0)) },
      progress: { SyncRun.Progress(done: plan.pagesRead, total: plan.pagesExpected, unit: "pages") })
  }

  /// The first page, to be compared only.
  func head(_ size: Int) async throws -> ScannedPage { ScannedPage(try await page(at: 0, size: size)) }

  /// Whether each uri is in the library.
  func contains(_ uris: [String]) async throws -> [Bool] {
    try await LibraryQuestions(access: access, spotify: spotify, pacer: pacer, requests: requests)
      .contains(uris)
  }

  /// What the catalogue doesn't know yet.
  var unstagedTracks: [Track] { unstaged.map { SavedTracksReader.tracks([$0]) } ?? [] }

  private func page(at offset: Int, size: Int) async throws -> SavedTracksPage {
    try await pacer.send(counting: requests) {
      try await access.perform(onRepeat: requests.increment) { token throws(SpotifyError) in
        try await spotify.savedTracks(offset: offset, limit: size, token: token)
      }
    }
  }

  private func stage(
    _ pages: [SavedTracksPage], _ number: Int, _ progress: SyncRun.Progress
  ) async throws -> Bool {
    try await stagedPages.keep(
      pages.map(StagedPages.Page.init), tracks: SavedTracksReader.tracks(pages), scan: number, of: claim,
      progress: progress, requestsMade: requests.count)
  }

  private static func tracks(_ pages: [SavedTracksPage]) -> [Track] {
    pages.flatMap { page in
      page.slots.compactMap { slot in if case .track(let track, _, _) = slot { track } else { nil } }
    }
  }
}
