import Domain
import Foundation
import Sync
import TestSupport

/// Somebody's playlists at Spotify: the truth, and what of it Spotify shows.
struct SimulatedShelf {
  struct Record {
    let id: PlaylistID
    var name: String
    var revision: Int
    var entries: [PlaylistEntry]
    /// The list has a null in its place.
    var isHidden = false
    var refusal: PlaylistItemsReading.Refusal?

    var playlist: Playlist {
      Playlist(
        id: id, uri: "spotify:playlist:\(id)", name: name, description: nil, owner: nil, isPublic: nil,
        isCollaborative: false, snapshotID: "s\(revision)", totalItems: entries.count, imageURL: nil)
    }
  }

  private(set) var records: [Record] = []
  private var made = 0

  init(playlists: Int, _ random: inout SeededRandom) {
    for _ in 0..<playlists { create(&random) }
  }

  func listPage(at offset: Int, size: Int) -> ListPage<Playlist> {
    ListPage(
      offset: offset, total: records.count,
      slots: records.dropFirst(offset).prefix(size).map { $0.isHidden ? .null : .row($0.playlist) })
  }

  func answer(_ id: PlaylistID, at offset: Int, size: Int) -> PlaylistItemsReading.Answer {
    guard let record = records.first(where: { $0.id == id }) else { return .refused(.notFound) }
    if let refusal = record.refusal { return .refused(refusal) }
    return .page(
      ListPage(
        offset: offset, total: record.entries.count,
        slots: record.entries.dropFirst(offset).prefix(size).map { .row($0) }))
  }

  func contains(_ id: PlaylistID) -> Bool { records.contains { $0.id == id } }

  // MARK: Edits

  mutating func edit(_ random: inout SeededRandom) {
    switch random.below(10) {
    case 0: create(&random)
    case 1:
      if records.count > 1 { records.remove(at: random.below(records.count)) }
    case 2:
      guard !records.isEmpty else { return }
      let moved = records.remove(at: random.below(records.count))
      records.insert(moved, at: random.below(records.count + 1))
    case 3:
      change(&random) { record, _ in record.name += "'" }
    default:
      change(&random) { record, random in SimulatedShelf.editItems(&record.entries, &random) }
    }
  }

  mutating func hide(_ random: inout SeededRandom) {
    if !records.isEmpty { records[random.below(records.count)].isHidden = true }
  }

  mutating func refuse(_ random: inout SeededRandom) {
    guard !records.isEmpty else { return }
    records[random.below(records.count)].refusal = random.oneIn(2) ? .notVisible : .notFound
  }

  mutating func showEverything() {
    for index in records.indices {
      records[index].isHidden = false
      if records[index].refusal != nil { records[index].revision += 1 }
      records[index].refusal = nil
    }
  }

  private mutating func create(_ random: inout SeededRandom) {
    made += 1
    var entries: [PlaylistEntry] = []
    for _ in 0..<random.below(40) { entries.append(SimulatedShelf.entry(&random)) }
    records.insert(
      Record(id: PlaylistID("p\(made)"), name: "P", revision: 1, entries: entries), at: 0)
  }

  private mutating func change(
    _ random: inout SeededRandom, _ body: (inout Record, inout SeededRandom) -> Void
  ) {
    guard !records.isEmpty else { return }
    let index = random.below(records.count)
    body(&records[index], &random)
    records[index].revision += 1
  }

  private static func editItems(_ entries: inout [PlaylistEntry], _ random: inout SeededRandom) {
    switch random.below(4) {
    case 0: entries.append(entry(&random))
    case 1: entries.insert(entry(&random), at: random.below(entries.count + 1))
    case 2:
      if !entries.isEmpty { entries.remove(at: random.below(entries.count)) }
    default:
      guard !entries.isEmpty else { return }
      let moved = entries.remove(at: random.below(entries.count))
      entries.insert(moved, at: random.below(entries.count + 1))
    }
  }

  /// Of few tracks and times, so that the same stands there twice now and then.
  private static func entry(_ random: inout SeededRandom) -> PlaylistEntry {
    let addedAt = random.oneIn(6) ? nil : Date(timeIntervalSince1970: Double(random.below(4)))
    return switch random.below(12) {
    case 0: .unavailable(addedAt: addedAt)
    case 1: PlaylistEntry(kind: .episode, key: "e\(random.below(9))", addedAt: addedAt, isPlayable: true)
    default:
      PlaylistEntry(
        kind: .track, key: "t\(random.below(60))", addedAt: addedAt,
        isPlayable: random.oneIn(3) ? nil : !random.oneIn(4))
    }
  }
}

/// What the database would hold of it.
struct LocalShelf {
  private(set) var held: [PlaylistID: HeldPlaylist] = [:]
  private(set) var kept: [PlaylistID: [Int: PlaylistEntry]] = [:]

  mutating func apply(_ change: PlaylistsChange, removing removals: [PlaylistID]) {
    for playlist in change.playlists { held[playlist.playlist.id] = playlist }
    for id in removals {
      guard let old = held[id] else { continue }
      held[id] = HeldPlaylist(
        playlist: old.playlist, position: old.position, contents: old.contents,
        syncedSnapshotID: old.syncedSnapshotID, isPresent: false)
    }
    for place in change.inserts + change.updates {
      kept[place.playlist, default: [:]][place.position] = place.entry
    }
    for (playlist, length) in change.cuts {
      kept[playlist] = kept[playlist]?.filter { $0.key < length }
    }
  }

  var listing: [PlaylistID] {
    held.values.filter(\.isPresent).sorted { $0.position < $1.position }.map(\.playlist.id)
  }

  func contents(of id: PlaylistID) -> [PlaylistEntry] {
    (kept[id] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
  }
}
