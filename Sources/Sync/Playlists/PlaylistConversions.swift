import Domain
import SpotifyAPI
import Storage

// The same pages as Spotify sends them, as the planners judge them and as they are staged.

extension ListPage<Playlist> {
  init(_ page: PlaylistsPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .playlist(let playlist): .row(playlist)
        case .null: .null
        case .malformed(let id): .malformed(id)
        }
      })
  }
}

extension ListPage<PlaylistEntry> {
  init(_ page: PlaylistItemsPage) {
    self.init(
      offset: page.offset, total: page.total,
      slots: page.slots.map { slot in
        switch slot {
        case .track(let track, let addedAt, let isPlayable):
          .row(
            PlaylistEntry(kind: .track, key: track.key.rawValue, addedAt: addedAt, isPlayable: isPlayable))
        case .episode(let episode, let addedAt, let isPlayable):
          .row(
            PlaylistEntry(
              kind: .episode, key: episode.id.rawValue, addedAt: addedAt, isPlayable: isPlayable))
        case .unavailable(let addedAt): .row(.unavailable(addedAt: addedAt))
        case .null: .null
        case .malformed(let key): .malformed(key)
        }
      })
  }
}

extension PlaylistItemsPage {
  var tracks: [Track] {
    slots.compactMap { if case .track(let track, _, _) = $0 { track } else { nil } }
  }

  var episodes: [Episode] {
    slots.compactMap { if case .episode(let episode, _, _) = $0 { episode } else { nil } }
  }
}

/// What a playlist's contents answered, as it is staged.
struct StagedItems: Codable, Sendable {
  /// The playlist's snapshot as the list had told it: what was staged under another doesn't count.
  let snapshot: String?
  let slots: [ListSlot<PlaylistEntry>]
  let refusal: PlaylistItemsReading.Refusal?
}

extension StagedLists.Page<StagedItems> {
  /// Nil for what wasn't answered.
  init?(
    _ answer: PlaylistItemsReading.Answer, to request: PlaylistItemsReading.Request, snapshot: String?
  ) {
    let (total, slots, refusal): (Int?, [ListSlot<PlaylistEntry>], PlaylistItemsReading.Refusal?)
    switch answer {
    case .page(let page): (total, slots, refusal) = (page.total, page.slots, nil)
    case .refused(let reason): (total, slots, refusal) = (nil, [], reason)
    case .failed: return nil
    }
    self.init(
      list: request.playlist.rawValue, scan: request.scan, start: request.offset, total: total,
      content: StagedItems(snapshot: snapshot, slots: slots, refusal: refusal))
  }

  var answer: PlaylistItemsReading.Answer {
    content.refusal.map { .refused($0) }
      ?? .page(ListPage(offset: start, total: total ?? 0, slots: content.slots))
  }
}
