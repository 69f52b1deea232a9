import Accounts
import Domain
import SpotifyAPI
import Storage

/// Asks Spotify what a run of playlists needs to know, and stages the answers.
struct PlaylistsReader: Sendable {
  let access: UserAccess
  let spotify: SpotifyClient
  let pacer: RequestPacer
  let requests: RequestCounter
  let stagedLists: StagedLists
  let claim: RunClaim
  let pagesInParallel: Int

  static let pageSize = 50
  private static let mostScans = 4

  // MARK: The list of playlists

  /// The whole list, and how many pages it has.
  ///
  /// - Parameter held: every playlist that is or was in it. A list that begins as it was is read by pages side by
  ///   side, without overlap and without the head again: when it is the same to its end, nothing can be missing.
  func list(expecting held: [HeldPlaylist]) async throws -> (list: ScannedList<Playlist>, pages: Int) {
    let staged: [StagedLists.Page<[ListSlot<Playlist>]>] = try await stagedLists.first(of: claim)
    var scan = ListScan<Playlist>(
      pageSize: PlaylistsReader.pageSize,
      resuming: staged.map { ListPage(offset: $0.start, total: $0.total ?? 0, slots: $0.content) })
    let first = staged.first?.scan ?? 1
    let expected = ExpectedList(held)
    if staged.isEmpty, expected.count > PlaylistsReader.pageSize {
      let head = try await page(at: 0, limit: PlaylistsReader.pageSize)
      if try await stage(
        [head], number: first, progress: SyncRun.Progress(done: 1, total: nil, unit: "pages"))
      {
        throw RunCancelled()
      }
      if let pages = try await unchanged(behind: head, expected) {
        return (list: expected.list(pages), pages: pages.count)
      }
      scan.receive(head)
    }
    for number in first..<(first + PlaylistsReader.mostScans) {
      if let list = try await read(&scan, number: number) { return (list: list, pages: scan.pagesRead) }
      scan = ListScan(pageSize: PlaylistsReader.pageSize)
    }
    throw LibraryKeepsChanging()
  }

  /// The pages of a list that is what it was, nil when it isn't.
  private func unchanged(
    behind head: ListPage<Playlist>, _ expected: ExpectedList
  ) async throws -> [ListPage<Playlist>]? {
    guard expected.hasPage(head) else { return nil }
    var offsets = stride(from: PlaylistsReader.pageSize, to: expected.count, by: PlaylistsReader.pageSize)
      .makeIterator()
    var pages = [head]
    let fetch = ParallelFetch<Int, ListPage<Playlist>>(
      inParallel: pagesInParallel, fetch: { try await page(at: $0, limit: PlaylistsReader.pageSize) },
      // They are few, and asking for them again costs less than keeping them apart from a scan's.
      stage: { _, _ in false })
    try await fetch(
      next: { pages.allSatisfy(expected.hasPage) ? offsets.next() : nil }, receive: { pages.append($0) },
      progress: { SyncRun.Progress(done: pages.count, total: nil, unit: "pages") })
    return pages.allSatisfy(expected.hasPage) ? pages.sorted { $0.offset < $1.offset } : nil
  }

  private func read(_ scan: inout ListScan<Playlist>, number: Int) async throws -> ScannedList<Playlist>? {
    let reader = ListReader<ListPage<Playlist>, Playlist>(
      pagesInParallel: pagesInParallel,
      fetch: { try await page(at: $0, limit: $1) },
      scanned: { $0 },
      stage: { try await stage($0, number: number, progress: $1) })
    return try await reader.read(&scan)
  }

  private func page(at offset: Int, limit: Int) async throws -> ListPage<Playlist> {
    ListPage(
      try await pacer.send(counting: requests) {
        try await access.perform(onRepeat: requests.increment) { token throws(SpotifyError) in
          try await spotify.playlists(offset: offset, limit: limit, token: token)
        }
      })
  }

  /// - Returns: whether the run was asked to stop.
  private func stage(
    _ pages: [ListPage<Playlist>], number: Int, progress: SyncRun.Progress
  ) async throws -> Bool {
    try await stagedLists.keep(
      pages.map {
        StagedLists.Page(list: "", scan: number, start: $0.offset, total: $0.total, content: $0.slots)
      },
      of: claim, progress: progress, requestsMade: requests.count)
  }

  /// Which of some playlists are in the person's list no more; those alone that Spotify answers for.
  func gone(of playlists: [PlaylistID]) async throws -> [PlaylistID] {
    try await LibraryQuestions(access: access, spotify: spotify, pacer: pacer, requests: requests)
      .denied(of: playlists) { "spotify:playlist:\($0)" }.denied
  }

  // MARK: What is in them

  private struct Arrived: Sendable {
    let request: PlaylistItemsReading.Request
    let answer: PlaylistItemsReading.Answer
    var tracks: [Track] = []
    var episodes: [Episode] = []
    /// Why there is no answer.
    var failure: SpotifyError?
  }

  /// So many playlists that can't be had are no trouble of theirs, but Spotify's.
  private static let mostFailures = 3

  /// What every playlist answered, and how many pages that took.
  ///
  /// - Parameter pagesBefore: what the run has read already, for its progress.
  /// - Throws: why pages couldn't be had, unless that concerns a few playlists among others that answered.
  func contents(
    of playlists: [Playlist], pagesBefore: Int
  ) async throws -> (results: [PlaylistID: PlaylistItemsReading.Result], pages: Int) {
    var reading = PlaylistItemsReading(
      playlists, pageSize: PlaylistsReader.pageSize, resuming: try await earlier(playlists))
    let snapshots = Dictionary(
      playlists.map { ($0.id, $0.snapshotID) }, uniquingKeysWith: { first, _ in first })
    let fetch = ParallelFetch<PlaylistItemsReading.Request, Arrived>(
      inParallel: pagesInParallel, fetch: { try await ask($0) },
      stage: { arrived, progress in
        try await stagedLists.keep(
          arrived.compactMap {
            StagedLists.Page(
              $0.answer, to: $0.request, snapshot: snapshots[$0.request.playlist] ?? nil)
          },
          tracks: arrived.flatMap(\.tracks), episodes: arrived.flatMap(\.episodes), of: claim,
          progress: progress, requestsMade: requests.count)
      })
    var answered = 0
    var failed: Set<PlaylistID> = []
    var failure: SpotifyError?
    try await fetch(
      next: { failed.count < PlaylistsReader.mostFailures ? reading.next() : nil },
      receive: {
        reading.receive($0.answer, to: $0.request)
        if let latest = $0.failure {
          failure = latest
          failed.insert($0.request.playlist)
        } else {
          answered += 1
        }
      },
      progress: {
        let (done, total) = reading.progress
        return SyncRun.Progress(done: pagesBefore + done, total: pagesBefore + total, unit: "pages")
      })
    if let failure, answered == 0 || failed.count >= PlaylistsReader.mostFailures {
      throw failure
    }
    return (results: reading.results, pages: reading.progress.done)
  }

  private func ask(_ request: PlaylistItemsReading.Request) async throws -> Arrived {
    do {
      let page = try await pacer.send(counting: requests) {
        try await access.perform(believes403: true, onRepeat: requests.increment) {
          token throws(SpotifyError) in
          try await spotify.playlistItems(
            request.playlist, offset: request.offset, limit: PlaylistsReader.pageSize, token: token)
        }
      }
      return Arrived(
        request: request, answer: .page(ListPage(page)), tracks: page.tracks, episodes: page.episodes)
    } catch let error as SpotifyError where error.isRefusal {
      // One playlist's refusal is no reason to give up the others.
      return Arrived(
        request: request, answer: .refused(error.code == .forbidden ? .notVisible : .notFound))
    } catch let error as SpotifyError where error.code == .unavailable || error.code == .malformed {
      return Arrived(request: request, answer: .failed, failure: error)
    }
  }

  /// What earlier attempts of the run have read, under the same snapshots.
  private func earlier(
    _ playlists: [Playlist]
  ) async throws -> [PlaylistID: PlaylistItemsReading.Earlier] {
    let pages: [StagedLists.Page<StagedItems>] = try await stagedLists.others(of: claim)
    let staged = Dictionary(grouping: pages, by: \.list)
    var earlier: [PlaylistID: PlaylistItemsReading.Earlier] = [:]
    for playlist in playlists {
      guard let pages = staged[playlist.id.rawValue], let scan = pages.first?.scan else { continue }
      let isCurrent = pages.allSatisfy { $0.content.snapshot == playlist.snapshotID }
      earlier[playlist.id] = PlaylistItemsReading.Earlier(
        scan: scan, answers: isCurrent ? pages.map(\.answer) : nil)
    }
    return earlier
  }
}

extension SpotifyError {
  /// Whether Spotify won't answer this question, however often it is asked.
  var isRefusal: Bool { [.forbidden, .notFound, .badRequest].contains(code) }
}
