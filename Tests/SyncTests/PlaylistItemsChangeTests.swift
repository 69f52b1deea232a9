import Domain
import Foundation
import Sync
import Testing

@Suite("Changes of a playlist's contents")
struct PlaylistItemsChangeTests {
  private static func entry(_ key: String, _ time: Int = 0, playable: Bool? = nil) -> PlaylistEntry {
    PlaylistEntry(
      kind: .track, key: key, addedAt: Date(timeIntervalSince1970: Double(time)), isPlayable: playable)
  }

  private static func kept(_ entries: PlaylistEntry...) -> [Int: PlaylistEntry] {
    Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0, $1) })
  }

  private static func change(
    _ kept: [Int: PlaylistEntry], _ slots: ListSlot<PlaylistEntry>...
  ) throws -> PlaylistItemsChange {
    PlaylistItemsChange(of: PlaylistID("p"), kept: kept, read: try PlaylistsPlanTests.scan(slots))
  }

  @Test("equal contents give an empty change")
  func same() throws {
    let (a, b) = (Self.entry("a"), Self.entry("b"))
    let change = try Self.change(Self.kept(a, b, a), .row(a), .row(b), .row(a))
    #expect(change.inserts.isEmpty && change.updates.isEmpty && change.cut == nil)
    #expect((change.added, change.removed, change.updated) == (0, 0, 0))
  }

  @Test("only places that differ are written, and a move is neither coming nor going")
  func moved() throws {
    let (a, b, c) = (Self.entry("a"), Self.entry("b"), Self.entry("c"))
    let change = try Self.change(Self.kept(a, b, c), .row(b), .row(a), .row(c))
    #expect(change.updates.map(\.position) == [0, 1] && change.inserts.isEmpty && change.cut == nil)
    #expect((change.added, change.removed) == (0, 0))
  }

  @Test("what comes on top shifts the rest, and is counted once")
  func onTop() throws {
    let (a, b, x) = (Self.entry("a"), Self.entry("b"), Self.entry("x"))
    let change = try Self.change(Self.kept(a, b), .row(x), .row(a), .row(b))
    #expect(change.updates.map(\.position) == [0, 1] && change.inserts.map(\.position) == [2])
    #expect((change.added, change.removed) == (1, 0))
  }

  @Test("a shorter playlist is cut, one of two equal items goes as one")
  func shorter() throws {
    let a = Self.entry("a")
    let change = try Self.change(Self.kept(a, a, a), .row(a))
    #expect(change.cut == 1 && change.updates.isEmpty)
    #expect((change.added, change.removed) == (0, 2))
    #expect(try Self.change(Self.kept(a)).cut == 0)
  }

  @Test("what can be played is an update of the item where it stands")
  func playable() throws {
    let change = try Self.change(Self.kept(Self.entry("a", playable: true)), .row(Self.entry("a")))
    #expect(change.updates.count == 1 && change.updated == 1)
    #expect((change.added, change.removed) == (0, 0))
  }

  @Test("a place without content is unavailable, and the item that was there has gone")
  func unavailable() throws {
    let change = try Self.change(Self.kept(Self.entry("a")), .row(.unavailable(addedAt: nil)))
    #expect(change.updates.map(\.entry) == [.unavailable(addedAt: nil)])
    #expect((change.added, change.removed) == (0, 1))
  }

  @Test("an element that can't be explained may be what was there, unless that stands elsewhere")
  func unexplained() throws {
    let (a, b, c) = (Self.entry("a"), Self.entry("b"), Self.entry("c"))
    let kept = Self.kept(a, b, c)
    for odd in [ListSlot<PlaylistEntry>.null, .malformed(nil), .malformed("b")] {
      #expect(try Self.change(kept, .row(a), odd, .row(c)).updates.isEmpty)
      let shifted = try Self.change(kept, .row(a), .row(c), odd)
      #expect(shifted.updates.map(\.position) == [1, 2])
      #expect(shifted.updates.last?.entry == .unavailable(addedAt: nil))
      #expect(try Self.change([:], odd).inserts.map(\.entry) == [.unavailable(addedAt: nil)])
    }
  }
}
