import Accounts
import Domain
import SpotifyAPI
import Storage

/// Brings whom a person follows to what Spotify has: reads the list by cursor, stages its pages as they arrive,
/// and merges them in one transaction.
///
/// The next try goes on from the last cursor that was staged.
package struct SyncFollowing: Sendable {
  private let accesses: UserAccesses
  private let spotify: SpotifyClient
  private let pacer: RequestPacer
  private let staged: StagedFollows
  private let followedArtists: FollowedArtists

  package init(
    accesses: UserAccesses, spotify: SpotifyClient, pacer: RequestPacer, staged: StagedFollows,
    followedArtists: FollowedArtists
  ) {
    self.accesses = accesses
    self.spotify = spotify
    self.pacer = pacer
    self.staged = staged
    self.followedArtists = followedArtists
  }

  /// Runs to the end, or throws what ``RunDecision`` judges.
  package func callAsFunction(_ claim: RunClaim, counting requests: RequestCounter) async throws {
    var reader = FollowedArtistsReader(
      access: try await accesses.access(of: claim.user), spotify: spotify.with(claim.priority), pacer: pacer,
      requests: requests,
      staged: staged, claim: claim)
    let pages = try await staged.pages(of: claim)
    let first = try await reader.read(resuming: pages[1] ?? [], number: 1)
    let local = try await followedArtists.present(of: claim.user)
    var (list, change) = (first, FollowingChange(local: local, list: first))
    if change.needsSecondScan {
      list = try await reader.read(resuming: pages[2] ?? [], number: 2)
      change = FollowingChange(local: local, list: list, earlier: first)
    }
    let run = RunOutcome(
      mode: .full,
      changes: SyncRun.Changes(
        added: change.inserts.count, removed: change.removals.count, skipped: list.skipped),
      gaps: list.gaps,
      progress: SyncRun.Progress(done: reader.pagesRead, total: reader.pagesRead, unit: "pages"),
      requests: SyncRun.Requests(made: requests.count, saved: 0))
    try await followedArtists.finish(
      FollowedArtists.Outcome(run: run, inserts: change.inserts, removals: change.removals), of: claim)
  }
}

/// Fetches the pages of a scan one after the other, and stages each.
struct FollowedArtistsReader: Sendable {
  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let staged: StagedFollows
  let claim: RunClaim
  /// Of all scans.
  private(set) var pagesRead = 0
  private var pageSize = FollowedArtistsReader.largePage

  private static let largePage = 50
  /// What people get whose larger pages answer 502 (facts, section 2).
  private static let smallPage = 25

  init(
    access: UserAccess, spotify: SpotifyClient, pacer: RequestPacer, requests: RequestCounter,
    staged: StagedFollows, claim: RunClaim
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.requests = requests
    self.staged = staged
    self.claim = claim
  }

  /// - Parameter pages: what is staged of this scan.
  mutating func read(resuming pages: [FollowsPage], number: Int) async throws -> FollowedList {
    var scan = try FollowedArtistsScan(resuming: pages)
    pagesRead += scan.pagesRead
    while case .page(let cursor) = scan.next {
      let page = try await page(after: cursor)
      let follows = FollowsPage(page)
      let place = scan.pagesRead
      try scan.receive(follows)
      pagesRead += 1
      let progress = SyncRun.Progress(
        done: pagesRead, total: pagesRead + scan.pagesLeft(size: pageSize), unit: "pages")
      let isCancelled = try await staged.keep(
        follows, number: place, artists: page.artists, scan: number, of: claim, progress: progress,
        requestsMade: requests.count)
      if isCancelled { throw RunCancelled() }
    }
    return scan.list
  }

  private mutating func page(after cursor: String?) async throws -> FollowedArtistsPage {
    if pageSize == FollowedArtistsReader.largePage {
      if let page = try await largePage(after: cursor) { return page }
      pageSize = FollowedArtistsReader.smallPage
    }
    return try await pacer.send(counting: requests) {
      try await ask(after: cursor, limit: FollowedArtistsReader.smallPage)
    }
  }

  /// Nil when Spotify answers 502: the page is too large for this person's list.
  private func largePage(after cursor: String?) async throws -> FollowedArtistsPage? {
    try await pacer.send(counting: requests) {
      do {
        return try await ask(after: cursor, limit: FollowedArtistsReader.largePage)
      } catch let error as SpotifyError where error.status == 502 {
        return nil
      }
    }
  }

  private func ask(after cursor: String?, limit: Int) async throws -> FollowedArtistsPage {
    try await access.perform { token throws(SpotifyError) in
      try await spotify.followedArtists(after: cursor, limit: limit, token: token)
    }
  }
}

extension FollowedArtistsPage {
  fileprivate var artists: [Artist] {
    slots.compactMap { slot in if case .artist(let artist) = slot { artist } else { nil } }
  }
}

extension FollowsPage {
  fileprivate init(_ page: FollowedArtistsPage) {
    self.init(
      slots: page.slots.map { slot in
        switch slot {
        case .artist(let artist): .artist(artist.id)
        case .null: .null
        case .malformed(let artist): .malformed(artist)
        }
      }, total: page.total, cursor: page.cursor)
  }
}
