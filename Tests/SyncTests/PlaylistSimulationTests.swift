import Domain
import Foundation
import Sync
import TestSupport
import Testing

@Suite("Syncs of random playlists, edited while they are read")
struct PlaylistSimulationTests {
  @Test("what is there is never removed, an undisturbed run ends equal, and the next one asks nothing")
  func manyRuns() async throws {
    for seed in Seeds.chosen(0..<1_500) {
      var random = SeededRandom(seed: seed)
      try live(seed, &random)
      await Task.yield()
    }
  }

  private func live(_ seed: UInt64, _ random: inout SeededRandom) throws {
    var shelf = SimulatedShelf(playlists: random.below(14), &random)
    var local = LocalShelf()
    let pageSize = 2 + random.below(9)
    let edits = [nil, 4, 12][random.below(3)]
    for _ in 0..<3 {
      if random.oneIn(4) { shelf.hide(&random) }
      if random.oneIn(4) { shelf.refuse(&random) }
      for _ in 0..<random.below(4) { shelf.edit(&random) }
      var run = SimulatedPlaylistsRun(
        shelf: shelf, pageSize: pageSize, editsOnceIn: edits, crashesOnceIn: random.oneIn(3) ? 5 : nil,
        random: SeededRandom(seed: random.next()))
      try run.sync(&local, seed)
      shelf = run.shelf
    }
    shelf.showEverything()
    var calm = SimulatedPlaylistsRun(
      shelf: shelf, pageSize: pageSize, editsOnceIn: nil, crashesOnceIn: nil, random: random)
    try calm.sync(&local, seed)
    guard local.listing == shelf.records.map(\.id) else {
      throw Broken(seed: seed, promise: "an undisturbed run lists what is there, in its order")
    }
    for record in shelf.records {
      guard local.held[record.id]?.playlist == record.playlist,
        local.held[record.id]?.contents == .synced, local.contents(of: record.id) == record.entries
      else { throw Broken(seed: seed, promise: "an undisturbed run ends equal") }
    }
    let asked = calm.contentRequests
    let change = try calm.sync(&local, seed)
    guard calm.contentRequests == asked else {
      throw Broken(seed: seed, promise: "what hasn't changed isn't asked for")
    }
    guard let change, change.playlists.isEmpty, change.inserts.isEmpty, change.updates.isEmpty,
      change.cuts.isEmpty, change.changes == SyncRun.Changes()
    else { throw Broken(seed: seed, promise: "an unchanged shelf gives an empty change") }
  }
}

/// A run as a worker does it, with the playlists' owner at work beside it.
struct SimulatedPlaylistsRun {
  var shelf: SimulatedShelf
  let pageSize: Int
  let editsOnceIn: Int?
  let crashesOnceIn: Int?
  var random: SeededRandom
  private(set) var contentRequests = 0
  private var wasEdited = false

  init(
    shelf: SimulatedShelf, pageSize: Int, editsOnceIn: Int?, crashesOnceIn: Int?, random: SeededRandom
  ) {
    self.shelf = shelf
    self.pageSize = pageSize
    self.editsOnceIn = editsOnceIn
    self.crashesOnceIn = crashesOnceIn
    self.random = random
  }

  /// - Returns: nil when the list was edited during every scan: nothing changes then.
  @discardableResult
  mutating func sync(_ local: inout LocalShelf, _ seed: UInt64) throws -> PlaylistsChange? {
    guard let listed = list() else {
      guard wasEdited else { throw Broken(seed: seed, promise: "only an edit disturbs a list") }
      return nil
    }
    let held = Array(local.held.values)
    let plan = PlaylistsPlan(
      held: held, listed: listed, pageSize: pageSize, person: SpotifyUserID("nobody"), now: .distantFuture)
    let removals = plan.isListTrusted ? plan.missing : plan.missing.filter { !shelf.contains($0) }
    guard !removals.contains(where: { shelf.contains($0) }) else {
      throw Broken(seed: seed, promise: "what is in the list is never removed")
    }
    let results = contents(of: plan.toRead)
    for (id, result) in results {
      if case .changing = result, !wasEdited {
        throw Broken(seed: seed, promise: "only an edit disturbs a playlist (\(id))")
      }
    }
    let before = local
    let change = PlaylistsChange(
      held: held, listed: listed, removals: removals, results: results,
      kept: local.kept.filter { results[$0.key] != nil }, now: .distantFuture)
    local.apply(change, removing: removals)
    for (id, kept) in before.kept where local.kept[id] != kept {
      guard case .read? = results[id] else {
        throw Broken(seed: seed, promise: "only what was read is rewritten")
      }
    }
    return change
  }

  private mutating func list() -> ScannedList<Playlist>? {
    for _ in 0..<4 {
      var scan = ListScan<Playlist>(pageSize: pageSize)
      while case let missing = scan.missingOffsets, !missing.isEmpty {
        for offset in missing.shuffled(using: &random) {
          editPerhaps()
          scan.receive(shelf.listPage(at: offset, size: pageSize))
        }
      }
      var head: ListPage<Playlist>?
      if scan.needsHeadAgain {
        editPerhaps()
        head = shelf.listPage(at: 0, size: pageSize)
      }
      if case .settled(let list) = scan.verdict(head: head) { return list }
    }
    return nil
  }

  /// A few requests are on their way at a time and answered in any order, until the worker dies.
  private mutating func contents(of playlists: [Playlist]) -> [PlaylistID: PlaylistItemsReading.Result] {
    var staged: [PlaylistItemsReading.Request: PlaylistItemsReading.Answer] = [:]
    var reading = PlaylistItemsReading(playlists, pageSize: pageSize)
    var sent: [PlaylistItemsReading.Request] = []
    while true {
      while sent.count < 4, let request = reading.next() { sent.append(request) }
      guard !sent.isEmpty else { return reading.results }
      let request = sent.remove(at: random.below(sent.count))
      editPerhaps()
      contentRequests += 1
      let answer = shelf.answer(request.playlist, at: request.offset, size: pageSize)
      staged[request] = answer
      reading.receive(answer, to: request)
      if let crashesOnceIn, random.oneIn(crashesOnceIn) {
        sent = []
        reading = PlaylistItemsReading(playlists, pageSize: pageSize, resuming: newest(staged))
      }
    }
  }

  private func newest(
    _ staged: [PlaylistItemsReading.Request: PlaylistItemsReading.Answer]
  ) -> [PlaylistID: PlaylistItemsReading.Earlier] {
    Dictionary(grouping: staged, by: \.key.playlist).mapValues { answers in
      let scan = answers.map(\.key.scan).max() ?? 1
      return PlaylistItemsReading.Earlier(
        scan: scan, answers: answers.filter { $0.key.scan == scan }.map(\.value))
    }
  }

  private mutating func editPerhaps() {
    guard let editsOnceIn, random.oneIn(editsOnceIn) else { return }
    wasEdited = true
    shelf.edit(&random)
  }
}
