import Domain
import Foundation
import Sync
import TestSupport
import Testing

@Suite("Scans")
struct SavedTracksScanTests {
  /// Rows of falling time, `0` on top.
  private static func rows(_ numbers: some Sequence<Int>) -> [ScannedSlot] {
    numbers.map { .row(SavedRow(key: TrackKey("t\($0)"), addedAt: Date(timeIntervalSince1970: Double(-$0)))) }
  }

  private static func page(_ offset: Int, of slots: [ScannedSlot], total: Int? = nil) -> ScannedPage {
    ScannedPage(offset: offset, total: total ?? slots.count, slots: Array(slots.dropFirst(offset).prefix(50)))
  }

  private static func settled(_ scan: SavedTracksScan, head: ScannedPage?) -> ScannedLibrary? {
    if case .settled(let scanned) = scan.verdict(head: head) { scanned } else { nil }
  }

  /// Reads everything; the offsets in the order in which they were asked for.
  private static func read(
    _ slots: [ScannedSlot], total: Int? = nil
  ) -> (scan: SavedTracksScan, offsets: [Int]) {
    var scan = SavedTracksScan()
    var offsets: [Int] = []
    while let offset = scan.missingOffsets.first {
      offsets.append(offset)
      scan.receive(page(offset, of: slots, total: total))
    }
    return (scan, offsets)
  }

  @Test(
    "pages of fifty overlap by one and cover any total",
    arguments: [
      (0, [0]), (1, [0]), (49, [0]), (50, [0, 49]), (51, [0, 49]), (98, [0, 49]), (99, [0, 49, 98]),
      (100, [0, 49, 98]), (147, [0, 49, 98]), (148, [0, 49, 98, 147]), (149, [0, 49, 98, 147]),
    ])
  func arithmetic(_ total: Int, _ expected: [Int]) throws {
    let slots = Self.rows(0..<total)
    let (scan, offsets) = Self.read(slots)
    #expect(offsets == expected)
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots)))
    #expect(scanned.rows.count == total)
    #expect(scanned.isClosed)
    #expect(scanned.gaps.isEmpty)
  }

  @Test("ten thousand tracks take 205 pages, and one in advance to learn that")
  func tenThousand() {
    var scan = SavedTracksScan()
    #expect(scan.pagesExpected == nil)
    #expect(scan.missingOffsets == [0])
    let slots = Self.rows(0..<10_000)
    scan.receive(Self.page(0, of: slots))
    #expect(scan.pagesExpected == 205)
    #expect(scan.missingOffsets.count == 204)
    #expect(scan.missingOffsets.last == 9_996)
    #expect(!scan.needsHeadAgain)
    scan.receive(Self.page(49, of: slots))
    #expect(scan.needsHeadAgain)
    #expect(scan.pagesRead == 2)
  }

  @Test("a full last page is looked behind, so that a total which ends there is no lie")
  func lieAtABorder() throws {
    let slots = Self.rows(0..<700)
    let (scan, offsets) = Self.read(slots, total: 50)
    #expect(offsets.count == 15)
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots, total: 50)))
    #expect(scanned.rows.count == 700)
    #expect(!scanned.isClosed)
    #expect(scanned.gaps == [Gap(reason: .surplus, count: 650)])
  }

  @Test("a list that never ends is not followed for ever")
  func endless() {
    let slots = Self.rows(0..<5_000)
    let (scan, offsets) = Self.read(slots, total: 10)
    #expect(offsets.count == 21)
    #expect(Self.settled(scan, head: Self.page(0, of: slots, total: 10))?.isClosed == false)
  }

  @Test("a total beyond what can be read leaves the scan open, and says by how much")
  func missing() throws {
    let slots = Self.rows(0..<90)
    let (scan, offsets) = Self.read(slots, total: 150)
    #expect(offsets == [0, 49, 98, 147])
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots, total: 150)))
    #expect(scanned.rows.count == 90)
    #expect(scanned.gaps == [Gap(reason: .missing, count: 60)])
    #expect(!scanned.isClosed)
  }

  @Test("null and malformed slots keep their places and are counted")
  func oddSlots() throws {
    var slots = Self.rows(0..<120)
    slots[3] = .null
    slots[49] = .null
    slots[60] = .malformed(nil)
    slots[98] = .malformed(TrackKey("known"))
    let (scan, _) = Self.read(slots)
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots)))
    #expect(scanned.rows.count == 116)
    #expect(scanned.unexplained == 3)
    #expect(scanned.skipped == 4)
    #expect(scanned.malformedKeys == [TrackKey("known")])
    #expect(scanned.isClosed)
    #expect(scanned.gaps == [Gap(reason: .nullElement, count: 2), Gap(reason: .malformedElement, count: 2)])
  }

  @Test("a row that comes twice leaves the scan open")
  func twice() throws {
    var slots = Self.rows(0..<80)
    slots[70] = slots[5]
    let (scan, _) = Self.read(slots)
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots)))
    #expect(scanned.rows.count == 79)
    #expect(!scanned.isClosed)
    #expect(scanned.gaps == [Gap(reason: .duplicateElement, count: 1)])
  }

  @Test("a page that was cut short leaves the scan open, for its border can't be compared")
  func cutShort() throws {
    let slots = Self.rows(0..<120)
    var (scan, _) = Self.read(slots)
    scan.receive(ScannedPage(offset: 49, total: 120, slots: Array(slots[49..<80])))
    let scanned = try #require(Self.settled(scan, head: Self.page(0, of: slots)))
    #expect(!scanned.isClosed)
    #expect(scanned.rows.count == 49 + 31 + 22)
  }

  @Test("another total, another border or another head means that somebody edited")
  func disturbed() {
    let slots = Self.rows(0..<120)
    let head = Self.page(0, of: slots)
    let (calm, _) = Self.read(slots)
    #expect(Self.settled(calm, head: head) != nil)

    var otherTotal = calm
    otherTotal.receive(ScannedPage(offset: 98, total: 121, slots: Array(slots[98...])))
    #expect(Self.settled(otherTotal, head: head) == nil)

    var otherBorder = calm
    otherBorder.receive(ScannedPage(offset: 49, total: 120, slots: Array(slots[50..<100])))
    #expect(Self.settled(otherBorder, head: head) == nil)

    let newOnTop = Self.rows(1_000..<1_001) + slots.dropLast()
    #expect(Self.settled(calm, head: Self.page(0, of: newOnTop)) == nil)
    #expect(Self.settled(calm, head: Self.page(0, of: slots, total: 119)) == nil)
    #expect(Self.settled(SavedTracksScan(), head: nil) == nil)
  }

  @Test("what can be played now and wasn't a moment ago is no edit of the list")
  func playable() {
    let slots = Self.rows(0..<60)
    var (scan, _) = Self.read(slots)
    guard case .row(let border) = slots[49] else { return }
    let changed = ScannedSlot.row(SavedRow(key: border.key, addedAt: border.addedAt, isPlayable: true))
    scan.receive(ScannedPage(offset: 49, total: 60, slots: [changed] + slots[50...]))
    #expect(Self.settled(scan, head: Self.page(0, of: slots)) != nil)
  }

  @Test("a scan that goes on from staged pages asks only for the rest and gives the same")
  func resumes() throws {
    var random = SeededRandom(seed: 4)
    for total in [0, 1, 50, 51, 99, 230, 500] {
      let slots = Self.rows(0..<total)
      let (whole, offsets) = Self.read(slots)
      let staged = offsets.filter { _ in random.oneIn(2) }
      var scan = SavedTracksScan(resuming: staged.map { Self.page($0, of: slots) }.shuffled(using: &random))
      var asked: Set<Int> = []
      while let offset = scan.missingOffsets.randomElement(using: &random) {
        #expect(asked.insert(offset).inserted)
        scan.receive(Self.page(offset, of: slots))
      }
      #expect(asked.isDisjoint(with: staged))
      let head = Self.page(0, of: slots)
      let resumed = try #require(Self.settled(scan, head: head))
      #expect(resumed.rows == Self.settled(whole, head: head)?.rows)
      #expect(resumed.isClosed)
    }
  }

  @Test("staged pages of a library that was edited since are found out")
  func staleStage() {
    let before = Self.rows(0..<120)
    let after = Self.rows(1_000..<1_001) + before.dropLast()
    var scan = SavedTracksScan(resuming: [Self.page(0, of: before), Self.page(49, of: before)])
    while let offset = scan.missingOffsets.first { scan.receive(Self.page(offset, of: after)) }
    #expect(Self.settled(scan, head: Self.page(0, of: after)) == nil)
  }
}
