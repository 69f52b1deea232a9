import Domain
import SpotifyAPI
import Storage

// The same page as Spotify sends it, as the planner judges it and as the database stages it: the adapters
// don't know each other, so the words meet here.

extension ScannedPage {
  init(_ page: SavedTracksPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .track(let track, let addedAt, let isPlayable):
          .row(SavedRow(key: track.key, addedAt: addedAt, isPlayable: isPlayable))
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }

  init(_ page: StagedPages.Page) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .row(let key, let addedAt, let isPlayable):
          .row(SavedRow(key: key, addedAt: addedAt, isPlayable: isPlayable))
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }
}

extension StagedPages.Page {
  init(_ page: SavedTracksPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .track(let track, let addedAt, let isPlayable):
          .row(track.key, addedAt: addedAt, isPlayable: isPlayable)
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }
}

extension LocalRow {
  init(_ entry: SavedTracks.Entry) {
    self.init(
      key: entry.key, addedAt: entry.addedAt, ordinal: entry.ordinal, isPlayable: entry.isPlayable,
      isListed: entry.isListed)
  }
}

extension SavedTracks.Entry {
  init(_ row: LocalRow) {
    self.init(
      key: row.key, addedAt: row.addedAt, ordinal: row.ordinal, isPlayable: row.isPlayable,
      isListed: row.isListed)
  }
}

extension SavedTracks.Outcome {
  /// - Parameters:
  ///   - tracks: of pages that were not staged.
  ///   - requests: what the run has asked for in all.
  init(_ result: SavedTracksPlan.Result, tracks: [Track], requests: Int) {
    let audit: SavedTracks.ListChange.Audit =
      result.mode != .full ? .notDone : result.leavesQuestions ? .leavesQuestions : .done
    self.init(
      run: RunOutcome(
        mode: result.mode,
        changes: SyncRun.Changes(
          added: result.inserts.count, updated: result.updates.count, removed: result.removals.count,
          skipped: result.skipped),
        gaps: result.gaps,
        progress: SyncRun.Progress(done: result.pages, total: result.pages, unit: "pages"),
        requests: SyncRun.Requests(made: requests, saved: max(0, result.costOfScan - requests))),
      inserts: result.inserts.map(SavedTracks.Entry.init),
      updates: (result.updates + result.unlisted).map(SavedTracks.Entry.init),
      removals: result.removals.map { (key: $0.key, addedAt: $0.addedAt) },
      list: SavedTracks.ListChange(
        placeholders: result.placeholders, totalOffset: result.totalOffset, audit: audit),
      tracks: tracks)
  }
}
