import Accounts
import Domain
import Reactor
import SpotifyAPI
import Storage

/// Fetches the pages that a scan of followed artists asks for, and stages each.
struct FollowedArtistsReader: Sendable {
  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let staged: StagedFollows
  let claim: RunClaim
  let pagesInParallel: Int
  private let size = Locked(FollowedArtistsReader.largePage)

  private static let largePage = 50
  /// What people get whose larger pages answer 502 (spotify/web-api issues 1226 and 1239).
  private static let smallPage = 25

  private struct Arrived: Sendable {
    let request: FollowedArtistsScan.Request
    let page: FollowedArtistsPage
    let size: Int

    var asked: AskedFollows {
      AskedFollows(number: request.number, after: request.after, page: FollowsPage(page))
    }
  }

  init(
    access: UserAccess, spotify: SpotifyClient, pacer: RequestPacer, requests: RequestCounter,
    staged: StagedFollows, claim: RunClaim, pagesInParallel: Int
  ) {
    self.access = access
    self.spotify = spotify
    self.pacer = pacer
    self.requests = requests
    self.staged = staged
    self.claim = claim
    self.pagesInParallel = pagesInParallel
  }

  /// How many artists a page has at most, as far as it has shown.
  var pageSize: Int { size.withLock { $0 } }

  /// Reads what is missing from a scan.
  ///
  /// - Parameters:
  ///   - number: which scan of the run it is.
  ///   - pagesBefore: what scans before it have read.
  func read(_ scan: inout FollowedArtistsScan, number: Int, pagesBefore: Int) async throws -> FollowedList {
    let fetch = ParallelFetch<FollowedArtistsScan.Request, Arrived>(
      inParallel: pagesInParallel, fetch: { try await page($0) },
      stage: { arrived, progress in
        try await staged.keep(
          arrived.map(\.asked), artists: arrived.flatMap(\.page.artists), scan: number, of: claim,
          progress: progress, requestsMade: requests.count)
      })
    try await fetch(
      next: { scan.next() },
      receive: { scan.receive($0.asked.page, to: $0.request, size: $0.size) },
      progress: {
        let done = pagesBefore + scan.pagesRead
        return SyncRun.Progress(done: done, total: done + scan.pagesLeft(size: pageSize), unit: "pages")
      })
    guard scan.isDone else { throw FollowedListLoops() }
    return scan.list
  }

  /// Who of some artists isn't followed; nil when that can't be asked.
  func denied(of artists: [ArtistID]) async throws -> Set<ArtistID>? {
    let answer = try await LibraryQuestions(
      access: access, spotify: spotify, pacer: pacer, requests: requests
    ).denied(of: artists) { "spotify:artist:\($0)" }
    return answer.isComplete ? Set(answer.denied) : nil
  }

  private func page(_ request: FollowedArtistsScan.Request) async throws -> Arrived {
    if pageSize == FollowedArtistsReader.largePage {
      if let page = try await largePage(after: request.after) {
        return Arrived(request: request, page: page, size: FollowedArtistsReader.largePage)
      }
      size.withLock { $0 = FollowedArtistsReader.smallPage }
    }
    let page = try await pacer.send(counting: requests) {
      try await ask(after: request.after, limit: FollowedArtistsReader.smallPage)
    }
    return Arrived(request: request, page: page, size: FollowedArtistsReader.smallPage)
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
    try await access.perform(onRepeat: requests.increment) { token throws(SpotifyError) in
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
