import Domain

/// Reads the contents of many playlists at once, each by pages that overlap by one element.
///
/// A pure value: answers in, requests and results out. A playlist that was edited while it was read is read
/// again, up to three times; so is one whose total isn't what can be read, until two readings agree. The head
/// isn't asked for again: the snapshot was told before the contents, so an edit that no border shows makes the
/// next run read the playlist anew.
package struct PlaylistItemsReading: Sendable {
  package struct Request: Hashable, Sendable {
    package let playlist: PlaylistID
    /// Which reading of the playlist in this run.
    package let scan: Int
    package let offset: Int
  }

  /// Why Spotify doesn't show what is in a playlist.
  package enum Refusal: String, Codable, Sendable {
    case notVisible, notFound
  }

  package enum Answer: Sendable {
    case page(ListPage<PlaylistEntry>)
    case refused(Refusal)
    /// None could be had, however often it was asked for.
    case failed
  }

  package enum Result: Sendable {
    case read(ScannedList<PlaylistEntry>)
    case refused(Refusal)
    /// It was edited during every reading.
    case changing
    /// A page of it couldn't be had.
    case unanswered
  }

  /// What an earlier attempt of the same run had read of a playlist already.
  package struct Earlier: Sendable {
    package let scan: Int
    /// Nil: they are of another snapshot, so that none of them counts.
    package let answers: [Answer]?

    package init(scan: Int, answers: [Answer]?) {
      self.scan = scan
      self.answers = answers
    }
  }

  private struct State: Sendable {
    var scan: ListScan<PlaylistEntry>
    var number: Int
    var readings = 1
    /// Requests of this reading that have no answer yet, sent or not.
    var outstanding = 0
    /// What a reading gave whose total didn't fit.
    var openSlots: [ListSlot<PlaylistEntry>]?
    let announced: Int?
  }

  package static let mostReadings = 4

  package private(set) var results: [PlaylistID: Result] = [:]
  private let pageSize: Int
  private var states: [PlaylistID: State] = [:]
  /// The next one last: a playlist that was begun is finished before the next is.
  private var waiting: [Request] = []

  package init(_ playlists: [Playlist], pageSize: Int, resuming earlier: [PlaylistID: Earlier] = [:]) {
    self.pageSize = pageSize
    for playlist in playlists.reversed() {
      let staged = earlier[playlist.id]
      var pages: [ListPage<PlaylistEntry>] = []
      var refusal: Refusal?
      for answer in staged?.answers ?? [] {
        switch answer {
        case .page(let page): pages.append(page)
        case .refused(let found): refusal = found
        case .failed: break
        }
      }
      let isStale = staged != nil && staged?.answers == nil
      states[playlist.id] = State(
        scan: ListScan(pageSize: pageSize, resuming: pages), number: (staged?.scan ?? 1) + (isStale ? 1 : 0),
        announced: playlist.totalItems)
      if let refusal { results[playlist.id] = .refused(refusal) } else { advance(playlist.id) }
    }
  }

  /// How far it is, in pages.
  package var progress: (done: Int, total: Int) {
    states.reduce(into: (done: 0, total: 0)) { sum, element in
      let (id, state) = element
      if case .refused? = results[id] {
        sum = (sum.done + 1, sum.total + 1)
      } else {
        let expected =
          state.scan.pagesExpected
          ?? ListScan<PlaylistEntry>.pages(total: state.announced ?? 0, pageSize: pageSize)
        sum = (sum.done + state.scan.pagesRead, sum.total + max(expected, state.scan.pagesRead))
      }
    }
  }

  /// What to ask for now; nil: nothing before the next answer.
  package mutating func next() -> Request? {
    while let request = waiting.popLast() {
      if isCurrent(request) { return request }
    }
    return nil
  }

  package mutating func receive(_ answer: Answer, to request: Request) {
    guard isCurrent(request) else { return }
    let id = request.playlist
    switch answer {
    case .refused(let refusal):
      results[id] = .refused(refusal)
    case .failed:
      results[id] = .unanswered
    case .page(let page):
      states[id]?.scan.receive(page)
      states[id]?.outstanding -= 1
      advance(id)
    }
  }

  private func isCurrent(_ request: Request) -> Bool {
    results[request.playlist] == nil && states[request.playlist]?.number == request.scan
  }

  /// Decides what follows from what a playlist has answered so far.
  private mutating func advance(_ id: PlaylistID) {
    guard let state = states[id] else { return }
    if state.scan.isDisturbed { return readAgain(id) }
    guard state.outstanding == 0 else { return }
    let missing = state.scan.missingOffsets
    guard missing.isEmpty else {
      states[id]?.outstanding = missing.count
      waiting += missing.reversed().map { Request(playlist: id, scan: state.number, offset: $0) }
      return
    }
    guard case .settled(let list) = state.scan.verdict(head: nil) else { return readAgain(id) }
    if list.isClosed || state.openSlots == list.slots {
      results[id] = .read(list)
    } else {
      states[id]?.openSlots = list.slots
      readAgain(id)
    }
  }

  private mutating func readAgain(_ id: PlaylistID) {
    guard var state = states[id] else { return }
    guard state.readings < PlaylistItemsReading.mostReadings else {
      results[id] = .changing
      return
    }
    state.readings += 1
    state.number += 1
    state.scan = ListScan(pageSize: pageSize)
    state.outstanding = 0
    states[id] = state
    advance(id)
  }
}
