import Accounts
import Domain
import FoundationEssentials
import Logging
import SpotifyAPI
import Storage

/// Brings a person's saved tracks to what Spotify has, as ``SavedTracksPlan`` says: mostly by one request, by a few
/// where something has left, by the whole list when that is the judge.
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

  /// More than a page has, so that a page of known rows is found among them with what was removed on it.
  private static let rowsOfTop = 100
  /// One scheduled run in so many reads a page at a random place, too.
  private static let probesOnceIn = 12

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
    var reader = SavedTracksReader(
      access: try await accesses.access(of: claim.user), spotify: spotify.with(claim.priority), pacer: pacer,
      requests: requests, stagedPages: stagedPages, claim: claim, pagesInParallel: pagesInParallel)
    var plan = try await plan(of: claim)
    while true {
      switch plan.next() {
      case .loadWhole: plan.load(try await savedTracks.present(of: claim.user).map(LocalRow.init))
      case .read(let offsets): try await reader.read(offsets, &plan)
      case .readHeadAgain: plan.receive(headAgain: try await reader.head(plan.pageSize))
      case .ask(let rows): plan.receive(try await reader.contains(rows.compactMap(\.uri)))
      case .finish(let result):
        let outcome = SavedTracks.Outcome(result, tracks: reader.unstagedTracks, requests: requests.count)
        return try await savedTracks.finish(outcome, of: claim)
      case .giveUp: throw LibraryKeepsChanging()
      }
    }
  }

  private func plan(of claim: RunClaim) async throws -> SavedTracksPlan {
    let top = try await savedTracks.top(of: claim.user, rows: SyncSavedTracks.rowsOfTop)
    let staged = try await stagedPages.newestScan(of: claim)
    let local = top.entries.map(LocalRow.init)
    // Audits and probes ride on runs that nobody waits for.
    let isScheduled = claim.trigger == .schedule
    return SavedTracksPlan(
      known: KnownList(
        rows: local.filter(\.isListed), rowCount: top.listed, placeholders: top.state?.placeholders ?? [],
        totalOffset: top.state?.totalOffset ?? 0),
      local: local, audits: top.state.map { isScheduled && $0.isAuditDue } ?? true,
      probe: isScheduled && Int.random(in: 0..<SyncSavedTracks.probesOnceIn) == 0
        ? Double.random(in: 0..<1) : nil,
      beginning: Double.random(in: 0..<1), resuming: staged.pages.map(ScannedPage.init),
      scanNumber: staged.scan)
  }
}
