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
  private static let urisPerQuestion = 40

  // MARK: The list of playlists

  /// The whole list, and how many pages it has.
  func list() async throws -> (list: ScannedList<Playlist>, pages: Int) {
    let staged: [StagedLists.Page<[ListSlot<Playlist>]>] = try await stagedLists.first(of: claim)
    var scan = ListScan<Playlist>(
      pageSize: PlaylistsReader.pageSize,
      resuming: staged.map { ListPage(offset: $0.start, total: $0.total ?? 0, slots: $0.content) })
    let first = staged.first?.scan ?? 1
    for number in first..<(first + PlaylistsReader.mostScans) {
      if let list = try await read(&scan, number: number) { return (list: list, pages: scan.pagesRead) }
      scan = ListScan(pageSize: PlaylistsReader.pageSize)
    }
    throw LibraryKeepsChanging()
  }

  private func read(_ scan: inout ListScan<Playlist>, number: Int) async throws -> ScannedList<Playlist>? {
    let reader = ListReader<ListPage<Playlist>, Playlist>(
      pagesInParallel: pagesInParallel,
      fetch: { offset, limit in
        ListPage(
          try await pacer.send(counting: requests) {
            try await access.perform { token throws(SpotifyError) in
              try await spotify.playlists(offset: offset, limit: limit, token: token)
            }
          })
      },
      scanned: { $0 },
      stage: { pages, progress in
        try await stagedLists.keep(
          pages.map {
            StagedLists.Page(
              list: "", scan: number, start: $0.offset, total: $0.total, content: $0.slots)
          },
          of: claim, progress: progress, requestsMade: requests.count)
      })
    return try await reader.read(&scan)
  }

  /// Which of some playlists are in the person's list no more; none of them when that can't be asked.
  func gone(of playlists: [PlaylistID]) async throws -> [PlaylistID] {
    var gone: [PlaylistID] = []
    for start in stride(from: 0, to: playlists.count, by: PlaylistsReader.urisPerQuestion) {
      let part = playlists[start..<min(start + PlaylistsReader.urisPerQuestion, playlists.count)]
      do {
        let answers = try await pacer.send(counting: requests) {
          try await access.perform { token throws(SpotifyError) in
            try await spotify.contains(uris: part.map { "spotify:playlist:\($0)" }, token: token)
          }
        }
        gone += zip(part, answers).filter { !$0.1 }.map(\.0)
      } catch let error as SpotifyError where error.isRefusal || error.code == .insufficientScope {
        return gone
      }
    }
    return gone
  }

  // MARK: What is in them

  private struct Arrived: Sendable {
    let request: PlaylistItemsReading.Request
    let answer: PlaylistItemsReading.Answer
    var tracks: [Track] = []
    var episodes: [Episode] = []
  }

  /// What every playlist answered, and how many pages that took.
  ///
  /// - Parameter pagesBefore: what the run has read already, for its progress.
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
          arrived.map {
            StagedLists.Page(
              $0.answer, to: $0.request, snapshot: snapshots[$0.request.playlist] ?? nil)
          },
          tracks: arrived.flatMap(\.tracks), episodes: arrived.flatMap(\.episodes), of: claim,
          progress: progress, requestsMade: requests.count)
      })
    try await fetch(
      next: { reading.next() },
      receive: { reading.receive($0.answer, to: $0.request) },
      progress: {
        let (done, total) = reading.progress
        return SyncRun.Progress(done: pagesBefore + done, total: pagesBefore + total, unit: "pages")
      })
    return (results: reading.results, pages: reading.progress.done)
  }

  private func ask(_ request: PlaylistItemsReading.Request) async throws -> Arrived {
    do {
      let page = try await pacer.send(counting: requests) {
        try await access.perform { token throws(SpotifyError) in
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
