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

  /// Reads what is missing from `scan` and judges it; nil when the list was edited meanwhile.
  func read(_ scan: inout SavedTracksScan, number: Int) async throws -> ScannedLibrary? {
    let reader = ListReader<SavedTracksPage, SavedRow>(
      pagesInParallel: pagesInParallel,
      fetch: { offset, limit in try await page(at: offset, size: limit) },
      scanned: { ScannedPage($0) },
      stage: { pages, progress in try await stage(pages, number, progress) })
    return try await reader.read(&scan)
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
