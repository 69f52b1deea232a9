import Accounts
import Domain
import FoundationEssentials
import SpotifyAPI
import Storage

/// Brings a person's playlists and what is in them to what Spotify has: reads the list, then the contents of
/// those whose snapshot is another than the one that was asked for last, and merges all of it in one
/// transaction.
///
/// An answer that can't be had ends the try and changes nothing; the next one goes on from what was staged. A
/// playlist that this app may not see, that Spotify doesn't find, or that is edited during every reading keeps
/// what is here of it; the run's gaps say so.
package struct SyncPlaylists: Sendable {
  private let accesses: UserAccesses
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let stagedLists: StagedLists
  private let playlists: Playlists
  private let pagesInParallel: Int

  /// What a run asks `contains` about at most: ten requests of forty.
  private static let mostQuestions = 400

  package init(
    accesses: UserAccesses, spotify: SpotifyClient, pacer: RequestPacer, stagedLists: StagedLists,
    playlists: Playlists, pagesInParallel: Int
  ) {
    self.accesses = accesses
    self.spotify = spotify
    self.pacer = pacer
    self.stagedLists = stagedLists
    self.playlists = playlists
    self.pagesInParallel = pagesInParallel
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    let reader = PlaylistsReader(
      access: try await accesses.access(of: claim.user), spotify: spotify.with(claim.priority), pacer: pacer,
      requests: requests,
      stagedLists: stagedLists, claim: claim, pagesInParallel: pagesInParallel)
    let held = try await playlists.held(of: claim.user)
    let (list, listPages) = try await reader.list(expecting: held)
    let now = Date.now
    let plan = PlaylistsPlan(
      held: held, listed: list, pageSize: PlaylistsReader.pageSize,
      person: try await playlists.person(claim.user), now: now)
    let removals = try await removals(plan, reader)
    let (results, pages) = try await reader.contents(of: plan.toRead, pagesBefore: listPages)
    let read = results.compactMap { id, result in if case .read = result { id } else { nil } }
    let change = PlaylistsChange(
      held: held, listed: list, removals: removals, results: results,
      kept: try await playlists.entries(of: claim.user, in: read), now: now)
    let done = listPages + pages
    try await playlists.finish(
      Playlists.Outcome(
        run: RunOutcome(
          mode: plan.unchanged > 0 ? .snapshot : .full, changes: change.changes, gaps: change.gaps,
          progress: SyncRun.Progress(done: done, total: done, unit: "pages"),
          requests: SyncRun.Requests(made: requests.count, saved: plan.requestsSaved)),
        playlists: change.playlists, removals: removals, inserts: change.inserts, updates: change.updates,
        cuts: change.cuts),
      of: claim)
  }

  /// Playlists that Spotify denies. A list is never enough by itself: a wrong answer may show none of them.
  private func removals(_ plan: PlaylistsPlan, _ reader: PlaylistsReader) async throws -> [PlaylistID] {
    let asked = Array(plan.missing.prefix(SyncPlaylists.mostQuestions))
    let gone = try await reader.gone(of: asked)
    // So many that not all are asked about go if the list is beyond doubt and none of those asked about is there.
    return plan.isListTrusted && gone.count == asked.count ? plan.missing : gone
  }
}
