import Domain
import Foundation
import Sync
import Testing

@Suite("Changes")
struct SavedTracksChangeTests {
  private static func row(_ key: String, _ time: Int = 1, playable: Bool? = nil) -> SavedRow {
    SavedRow(key: TrackKey(key), addedAt: Date(timeIntervalSince1970: Double(time)), isPlayable: playable)
  }

  private static func local(_ key: String, _ time: Int = 1, ordinal: Int64, playable: Bool? = nil) -> LocalRow
  {
    LocalRow(
      key: TrackKey(key), addedAt: Date(timeIntervalSince1970: Double(time)), ordinal: ordinal,
      isPlayable: playable)
  }

  private static func scan(_ slots: [ScannedSlot], total: Int? = nil) throws -> ScannedLibrary {
    var scan = SavedTracksScan()
    scan.receive(ScannedPage(offset: 0, total: total ?? slots.count, slots: slots))
    guard case .settled(let scanned) = scan.verdict(head: nil) else { throw CancellationError() }
    return scanned
  }

  private static func change(_ local: [LocalRow], _ rows: SavedRow...) throws -> SavedTracksChange {
    SavedTracksChange(local: local, scanned: try scan(rows.map { .row($0) }))
  }

  @Test("new rows of one second get falling ordinals, top first")
  func newGroup() throws {
    let change = try Self.change([], Self.row("a"), Self.row("b"), Self.row("c"))
    #expect(change.inserts.map(\.ordinal) == [3, 2, 1])
    #expect(change.inserts.map(\.key.rawValue) == ["a", "b", "c"])
  }

  @Test("rows that come on top of a second leave the others alone")
  func onTop() throws {
    let held = [Self.local("b", ordinal: 7), Self.local("c", ordinal: -3)]
    let change = try Self.change(held, Self.row("x"), Self.row("y"), Self.row("b"), Self.row("c"))
    #expect(change.inserts.map(\.ordinal) == [9, 8])
    #expect(change.updates.isEmpty)
  }

  @Test("a gap in a second is closed without renumbering")
  func gap() throws {
    let held = [Self.local("a", ordinal: 3), Self.local("b", ordinal: 2), Self.local("c", ordinal: 1)]
    let change = try Self.change(held, Self.row("a"), Self.row("c"))
    #expect(change.inserts.isEmpty && change.updates.isEmpty)
    #expect(change.missing == [Self.row("b").identity])
  }

  @Test("a second in another order is renumbered, and no other")
  func shuffled() throws {
    let held = [
      Self.local("a", 2, ordinal: 1), Self.local("b", ordinal: 2), Self.local("c", ordinal: 1),
    ]
    let change = try Self.change(held, Self.row("a", 2), Self.row("c"), Self.row("b"))
    #expect(Set(change.updates.map(\.key.rawValue)) == ["b", "c"])
    #expect(change.updates.map(\.ordinal) == [2, 1])
  }

  @Test("a row in the middle of a second, and one at its end, are put where they are")
  func middle() throws {
    let held = [Self.local("a", ordinal: 2), Self.local("b", ordinal: 1)]
    let middle = try Self.change(held, Self.row("a"), Self.row("x"), Self.row("b"))
    #expect(
      (middle.inserts + middle.updates).sorted { $0.ordinal > $1.ordinal }.map(\.key.rawValue).first == "a")
    var copy = LocalCopy()
    copy.apply(try Self.change([], Self.row("a"), Self.row("b")), removing: [])
    copy.apply(middle, removing: [])
    #expect(copy.listing.map(\.key.rawValue) == ["a", "x", "b"])
    copy.apply(
      try Self.change(Array(copy.rows.values), Self.row("a"), Self.row("x"), Self.row("b"), Self.row("y")),
      removing: [])
    #expect(copy.listing.map(\.key.rawValue) == ["a", "x", "b", "y"])
  }

  @Test("what can be played is brought up to date, its ordinal stays")
  func playable() throws {
    let change = try Self.change(
      [Self.local("a", ordinal: 5, playable: true)], Self.row("a", playable: false))
    #expect(change.updates == [Self.local("a", ordinal: 5, playable: false)])
  }

  @Test("a track saved again is a new row, and the old one is known to be gone")
  func savedAgain() throws {
    let change = try Self.change([Self.local("a", 1, ordinal: 1)], Self.row("a", 9))
    #expect(change.inserts == [Self.local("a", 9, ordinal: 1)])
    #expect(change.savedAgain == [Self.row("a", 1).identity])
    #expect(change.missing.isEmpty)
  }

  @Test("an element whose key alone could be read vetoes the removal of its rows")
  func malformedKey() throws {
    let scanned = try Self.scan([.malformed(TrackKey("a"))])
    let change = SavedTracksChange(
      local: [Self.local("a", ordinal: 1), Self.local("b", ordinal: 1)], scanned: scanned)
    #expect(change.missing == [Self.row("b").identity])
    #expect(change.savedAgain.isEmpty)
  }

  // MARK: Removals

  @Test("candidates are questions, a row saved again is certain")
  func questions() throws {
    let held = [Self.local("gone", ordinal: 1), Self.local("again", ordinal: 1)]
    let scanned = try Self.scan([.row(Self.row("again", 8))])
    let plan = RemovalPlan(change: SavedTracksChange(local: held, scanned: scanned), scanned: scanned)
    #expect(plan == .confirm(questions: [Self.row("gone").identity], certain: [Self.row("again").identity]))
  }

  @Test("a local file is removed only by a scan without doubts")
  func localFiles() throws {
    let held = [Self.local("spotify:local:a:b:c:1", ordinal: 1)]
    let certain = try Self.scan([])
    #expect(
      RemovalPlan(change: SavedTracksChange(local: held, scanned: certain), scanned: certain)
        == .confirm(questions: [], certain: [held[0].identity]))
    for doubtful in [try Self.scan([.null]), try Self.scan([.malformed(nil)]), try Self.scan([], total: 1)] {
      #expect(
        RemovalPlan(change: SavedTracksChange(local: held, scanned: doubtful), scanned: doubtful)
          == .confirm(questions: [], certain: []))
    }
  }

  @Test("four hundred are asked about, more need a second scan; in doubt only four hundred are")
  func many() throws {
    let held = (0..<401).map { Self.local("t\($0)", ordinal: 1) }
    let empty = try Self.scan([])
    let all = SavedTracksChange(local: held, scanned: empty)
    #expect(RemovalPlan(change: all, scanned: empty) == .scanAgain)
    let fewer = SavedTracksChange(local: Array(held.dropLast()), scanned: empty)
    #expect(RemovalPlan(change: fewer, scanned: empty) == .confirm(questions: fewer.missing, certain: []))
    let doubtful = try Self.scan([.null])
    guard
      case .confirm(let questions, let certain) = RemovalPlan(
        change: SavedTracksChange(local: held, scanned: doubtful), scanned: doubtful)
    else {
      Issue.record("doubts don't ask for a second scan")
      return
    }
    #expect(questions.count == 400 && certain.isEmpty)
  }

  @Test("two scans remove only what both miss")
  func agreed() throws {
    let held = [Self.local("a", ordinal: 1), Self.local("b", ordinal: 1), Self.local("c", ordinal: 1)]
    let first = try Self.change(held, Self.row("c"))
    let second = try Self.change(held, Self.row("a"), Self.row("c", 5))
    #expect(RemovalPlan.agreed(first: first, second: second) == [Self.row("b").identity])
    #expect(second.savedAgain == [Self.row("c").identity])
  }
}
