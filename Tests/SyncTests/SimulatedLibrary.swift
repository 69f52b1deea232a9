import Domain
import Foundation
import Sync
import TestSupport

/// Somebody's saved tracks at Spotify: the truth, and what of it Spotify shows.
///
/// A row that has left never comes back: a track saved again has a time of its own. So a row that was known
/// before a run and is here after it was here throughout.
struct SimulatedLibrary {
  enum Look { case plain, null, malformed, malformedWithKey }

  struct Entry {
    var row: SavedRow
    var look = Look.plain
  }

  /// Top first, by time; rows of equal time in an order of their own.
  private(set) var entries: [Entry] = []
  /// Rows that the list leaves out without a word, `total` included, though they are saved.
  private var leftOut: Set<TrackKey> = []
  /// What `total` says too much or too little, always.
  var totalOffset = 0 {
    didSet { if totalOffset != oldValue { hasHiddenChanges = true } }
  }
  /// Whether something happened since this was unset that the count and the top of the list don't tell: a row came
  /// below the top or is shown otherwise than before.
  var hasHiddenChanges = false
  private let hasLocalFiles: Bool
  private var made = 0
  private var clock = 1_000

  var total: Int { max(0, entries.count + totalOffset) }
  var hasOddities: Bool { totalOffset != 0 || entries.contains { $0.look != .plain } }

  init(rows: Int, hasLocalFiles: Bool = true, _ random: inout SeededRandom) {
    self.hasLocalFiles = hasLocalFiles
    while entries.count < rows { saveOnTop(min(rows - entries.count, 1 + random.below(4)), &random) }
  }

  func page(at offset: Int, size: Int) -> ScannedPage {
    let slots = entries.dropFirst(offset).prefix(size).map { entry -> ScannedSlot in
      switch entry.look {
      case .plain: .row(entry.row)
      case .null: .null
      case .malformed: .malformed(nil)
      case .malformedWithKey: .malformed(entry.row.key)
      }
    }
    return ScannedPage(offset: offset, total: total, slots: slots)
  }

  /// What `contains` answers: the truth, also about rows that the list hides.
  func contains(_ key: TrackKey) -> Bool {
    leftOut.contains(key) || entries.contains { $0.row.key == key }
  }

  func has(_ row: SavedRowIdentity) -> Bool { entries.contains { $0.row.identity == row } }

  // MARK: Edits

  mutating func edit(_ random: inout SeededRandom) {
    switch random.below(8) {
    case 0, 1: saveOnTop(1 + random.below(3), &random)
    case 2, 3: unsave(&random)
    case 4: saveAgain(&random)
    case 5: saveWithOldTime(&random)
    case 6: swapEquals(&random)
    default:
      guard let index = randomIndex(&random) else { return }
      let row = entries[index].row
      entries[index].row = SavedRow(
        key: row.key, addedAt: row.addedAt, isPlayable: row.isPlayable == nil ? random.oneIn(2) : nil)
    }
  }

  /// Additions on top, removals anywhere: what the copy follows without reading the whole list.
  mutating func editAsPromised(_ random: inout SeededRandom) {
    switch random.below(4) {
    case 0: saveOnTop(1 + random.below(3), &random)
    case 1: saveAgain(&random)
    case 2: unsave(&random)
    default:
      let start = random.below(entries.count + 1)
      unsave(start..<min(entries.count, start + random.below(6)))
    }
  }

  /// The time now, later than any in the library, or the newest one's second once more.
  private mutating func tick(_ seconds: Int = 1) {
    let newest = entries.first.map { Int($0.row.addedAt.timeIntervalSince1970) - SimulatedLibrary.epoch }
    clock = max(clock, newest ?? 0) + seconds
  }

  mutating func saveOnTop(_ count: Int, _ random: inout SeededRandom) {
    tick(random.oneIn(5) ? 0 : 1)
    let areEqual = random.oneIn(2)
    for _ in 0..<count {
      if !areEqual { clock += random.below(3) }
      entries.insert(Entry(row: newRow(at: clock, &random)), at: 0)
    }
  }

  mutating func unsave(_ random: inout SeededRandom) {
    if let index = randomIndex(&random) { entries.remove(at: index) }
  }

  mutating func unsave(_ indices: Range<Int>) { entries.removeSubrange(indices) }

  /// The list shows these no more, again and again; they are saved all the same.
  mutating func leaveOut(_ indices: Range<Int>) {
    leftOut.formUnion(entries[indices].map(\.row.key))
    entries.removeSubrange(indices)
  }

  mutating func saveAgain(_ random: inout SeededRandom) {
    guard let index = randomIndex(&random) else { return }
    let row = entries.remove(at: index).row
    tick()
    entries.insert(
      Entry(row: SavedRow(key: row.key, addedAt: time(clock), isPlayable: row.isPlayable)), at: 0)
  }

  /// A client chose the time: the row lands above those of the same second.
  mutating func saveWithOldTime(_ random: inout SeededRandom) {
    guard let index = randomIndex(&random) else { return }
    hasHiddenChanges = true
    let seconds = Int(entries[index].row.addedAt.timeIntervalSince1970) + (random.oneIn(2) ? 0 : 1)
    let row = newRow(at: seconds - SimulatedLibrary.epoch, &random)
    let place = entries.firstIndex { $0.row.addedAt <= row.addedAt } ?? entries.count
    entries.insert(Entry(row: row), at: place)
  }

  /// Spotify shows rows of equal time in another order.
  mutating func swapEquals(_ random: inout SeededRandom) {
    guard let one = randomIndex(&random) else { return }
    let equals = entries.indices.filter { entries[$0].row.addedAt == entries[one].row.addedAt }
    entries.swapAt(one, equals[random.below(equals.count)])
  }

  mutating func hide(_ random: inout SeededRandom) {
    guard let index = randomIndex(&random) else { return }
    hasHiddenChanges = true
    entries[index].look = [.null, .malformed, .malformedWithKey][random.below(3)]
  }

  mutating func hide(at index: Int) {
    hasHiddenChanges = true
    entries[index].look = .null
  }

  mutating func showEverything() {
    hasHiddenChanges = true
    for index in entries.indices { entries[index].look = .plain }
    totalOffset = 0
  }

  private func randomIndex(_ random: inout SeededRandom) -> Int? {
    entries.isEmpty ? nil : random.below(entries.count)
  }

  private static let epoch = 1_500_000_000

  private func time(_ seconds: Int) -> Date {
    Date(timeIntervalSince1970: Double(SimulatedLibrary.epoch + seconds))
  }

  private mutating func newRow(at seconds: Int, _ random: inout SeededRandom) -> SavedRow {
    made += 1
    let key = hasLocalFiles && random.oneIn(12) ? "spotify:local:a:b:c:\(made)" : "track\(made)"
    return SavedRow(
      key: TrackKey(key), addedAt: time(seconds), isPlayable: random.oneIn(5) ? nil : !random.oneIn(5))
  }
}
