import Accounts
import Domain
import FoundationEssentials
import Logging
import SpotifyAPI
import Storage

/// Brings a person's saved tracks to what Spotify has: reads the whole list in parallel pages, stages them as
/// they arrive, and merges them in one transaction.
///
/// A page that can't be had ends the try and removes nothing; the next one goes on from the staged pages.
package struct SyncSavedTracks: Sendable {
  private let accesses: UserAccesses
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let stagedPages: StagedPages
  private let savedTracks: SavedTracks
  private let pagesInParallel: Int
  private let logger: Logger

  /// Scans that somebody's edits may disturb before the run is put off.
  private static let mostScans = 4
  private static let urisPerQuestion = 40

  package init(
    accesses: UserAccesses, spotify: SpotifyClient, pacer: RequestPacer, stagedPages: StagedPages,
    savedTracks: SavedTracks, pagesInParallel: Int, logger: Logger
  ) {
    self.accesses = accesses
    self.spotify = spotify
    self.pacer = pacer
    self.stagedPages = stagedPages
    self.savedTracks = savedTracks
    self.pagesInParallel = pagesInParallel
    self.logger = logger
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    let reader = SavedTracksReader(
      access: try await accesses.access(of: claim.user), spotify: spotify.with(claim.priority), pacer: pacer,
      requests: requests, stagedPages: stagedPages, claim: claim, pagesInParallel: pagesInParallel)
    let staged = try await stagedPages.newestScan(of: claim)
    var scan = SavedTracksScan(resuming: staged.pages.map(ScannedPage.init))
    var earlier: SavedTracksChange?
    for number in staged.scan..<(staged.scan + SyncSavedTracks.mostScans) {
      if let library = try await reader.read(&scan, number: number) {
        let change = SavedTracksChange(
          local: try await savedTracks.present(of: claim.user).map(LocalRow.init), scanned: library)
        if let removals = try await removals(change, library, earlier: earlier, reader: reader) {
          let outcome = outcome(change, removals, library, pages: scan.pagesRead, requests: requests.count)
          return try await savedTracks.finish(outcome, of: claim)
        }
        earlier = change
      }
      scan = SavedTracksScan()
    }
    throw LibraryKeepsChanging()
  }

  /// The rows to remove; nil when a second scan has to agree first.
  private func removals(
    _ change: SavedTracksChange, _ library: ScannedLibrary, earlier: SavedTracksChange?,
    reader: SavedTracksReader
  ) async throws -> [SavedRowIdentity]? {
    switch RemovalPlan(change: change, scanned: library) {
    case .scanAgain:
      return earlier.map { RemovalPlan.agreed(first: $0, second: change) }
    case .confirm(let questions, let certain):
      var removals = certain
      for start in stride(from: 0, to: questions.count, by: SyncSavedTracks.urisPerQuestion) {
        let part = questions[start..<min(start + SyncSavedTracks.urisPerQuestion, questions.count)]
        let answers = try await reader.contains(part.compactMap(\.uri))
        removals += zip(part, answers).filter { !$0.1 }.map(\.0)
      }
      return removals
    }
  }

  private func outcome(
    _ change: SavedTracksChange, _ removals: [SavedRowIdentity], _ library: ScannedLibrary, pages: Int,
    requests: Int
  ) -> SavedTracks.Outcome {
    SavedTracks.Outcome(
      run: RunOutcome(
        mode: .full,
        changes: SyncRun.Changes(
          added: change.inserts.count, updated: change.updates.count, removed: removals.count,
          skipped: library.skipped),
        gaps: library.gaps, progress: SyncRun.Progress(done: pages, total: pages, unit: "pages"),
        requests: SyncRun.Requests(made: requests, saved: 0)),
      inserts: change.inserts.map(SavedTracks.Entry.init),
      updates: change.updates.map(SavedTracks.Entry.init),
      removals: removals.map { (key: $0.key, addedAt: $0.addedAt) })
  }
}
