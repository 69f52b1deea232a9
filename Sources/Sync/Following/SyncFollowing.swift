import Accounts
import Domain
import SpotifyAPI
import Storage

/// Brings whom a person follows to what Spotify has: reads the list by cursor, at once where the borders of its
/// pages are known from last time, stages its pages as they arrive, and merges them in one transaction.
///
/// The next try goes on from the pages that were staged.
package struct SyncFollowing: Sendable {
  private let accesses: UserAccesses
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let staged: StagedFollows
  private let followedArtists: FollowedArtists
  private let pagesInParallel: Int

  /// What a run asks `contains` about at most: ten requests of forty.
  private static let mostQuestions = 400

  package init(
    accesses: UserAccesses, spotify: SpotifyClient, pacer: RequestPacer, staged: StagedFollows,
    followedArtists: FollowedArtists, pagesInParallel: Int
  ) {
    self.accesses = accesses
    self.spotify = spotify
    self.pacer = pacer
    self.staged = staged
    self.followedArtists = followedArtists
    self.pagesInParallel = pagesInParallel
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    let reader = FollowedArtistsReader(
      access: try await accesses.access(of: claim.user), spotify: spotify.with(claim.priority), pacer: pacer,
      requests: requests, staged: staged, claim: claim, pagesInParallel: pagesInParallel)
    let pages = try await staged.pages(of: claim)
    let order = try await followedArtists.order(of: claim.user)
    var scan = FollowedArtistsScan(order: order, resuming: pages[1] ?? [])
    var list = try await reader.read(&scan, number: 1, pagesBefore: 0)
    var pagesRead = scan.pagesRead
    let local = try await followedArtists.present(of: claim.user)
    var change = FollowingChange(local: local, list: list)
    if (1...SyncFollowing.mostQuestions).contains(change.candidates.count) {
      let denied = try await reader.denied(of: change.candidates)
      change = FollowingChange(local: local, list: list, denied: denied)
    }
    if change.needsSecondScan {
      let first = list
      var second = FollowedArtistsScan(
        order: first.order(pageSize: reader.pageSize), resuming: pages[2] ?? [])
      list = try await reader.read(&second, number: 2, pagesBefore: pagesRead)
      pagesRead += second.pagesRead
      change = FollowingChange(local: local, list: list, earlier: first)
    }
    let newOrder = list.order(pageSize: reader.pageSize)
    let run = RunOutcome(
      mode: scan.isParallel ? .parallel : .full,
      changes: SyncRun.Changes(
        added: change.inserts.count, removed: change.removals.count, skipped: list.skipped),
      gaps: list.gaps,
      progress: SyncRun.Progress(done: pagesRead, total: pagesRead, unit: "pages"),
      // Every page is read, so that nothing can be saved but time.
      requests: SyncRun.Requests(made: requests.count, saved: 0))
    try await followedArtists.finish(
      FollowedArtists.Outcome(
        run: run, inserts: change.inserts, removals: change.removals,
        order: newOrder == order ? nil : newOrder),
      of: claim)
  }
}
