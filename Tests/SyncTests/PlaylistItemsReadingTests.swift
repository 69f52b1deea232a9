import Domain
import Foundation
import Sync
import Testing

@Suite("Reading many playlists at once")
struct PlaylistItemsReadingTests {
  private static func slots(_ count: Int, from first: Int = 0) -> [ListSlot<PlaylistEntry>] {
    (first..<first + count).map {
      .row(PlaylistEntry(kind: .track, key: "t\($0)", addedAt: nil, isPlayable: nil))
    }
  }

  private static func page(
    _ slots: [ListSlot<PlaylistEntry>], at offset: Int, total: Int? = nil
  ) -> PlaylistItemsReading.Answer {
    .page(
      ListPage(
        offset: offset, total: total ?? slots.count, slots: Array(slots.dropFirst(offset).prefix(50))))
  }

  private static func next(
    _ reading: inout PlaylistItemsReading
  ) throws -> PlaylistItemsReading.Request {
    let request = reading.next()
    return try #require(request)
  }

  private static func expectNothingToAsk(_ reading: inout PlaylistItemsReading) {
    let request = reading.next()
    #expect(request == nil)
  }

  private static func entries(_ result: PlaylistItemsReading.Result?) -> Int? {
    if case .read(let list)? = result { list.slots.count } else { nil }
  }

  @Test("every playlist is asked for from its top, and its other pages as soon as the first tells how many")
  func order() throws {
    let (a, b) = (PlaylistsPlanTests.playlist("a"), PlaylistsPlanTests.playlist("b", total: 120))
    var reading = PlaylistItemsReading([a, b], pageSize: 50)
    let first = try Self.next(&reading)
    let second = try Self.next(&reading)
    Self.expectNothingToAsk(&reading)
    #expect((first.playlist, first.offset, second.playlist) == (a.id, 0, b.id))
    #expect(reading.progress == (done: 0, total: 4))
    let slots = Self.slots(120)
    reading.receive(Self.page(slots, at: 0), to: second)
    let rest = [try Self.next(&reading), try Self.next(&reading)]
    #expect(rest.map(\.offset) == [49, 98])
    Self.expectNothingToAsk(&reading)
    for request in rest.reversed() { reading.receive(Self.page(slots, at: request.offset), to: request) }
    reading.receive(Self.page(Self.slots(3), at: 0), to: first)
    #expect(Self.entries(reading.results[a.id]) == 3 && Self.entries(reading.results[b.id]) == 120)
    #expect(reading.progress == (done: 4, total: 4))
  }

  @Test("a refusal ends one playlist and no other")
  func refusals() throws {
    let playlists = ["a", "b", "c"].map { PlaylistsPlanTests.playlist($0) }
    var reading = PlaylistItemsReading(playlists, pageSize: 50)
    for playlist in playlists {
      let request = try Self.next(&reading)
      #expect(request.playlist == playlist.id)
      switch playlist.id.rawValue {
      case "a": reading.receive(.refused(.notVisible), to: request)
      case "b": reading.receive(.refused(.notFound), to: request)
      default: reading.receive(Self.page(Self.slots(1), at: 0), to: request)
      }
    }
    guard case .refused(.notVisible)? = reading.results[PlaylistID("a")],
      case .refused(.notFound)? = reading.results[PlaylistID("b")]
    else {
      Issue.record("\(reading.results)")
      return
    }
    #expect(Self.entries(reading.results[PlaylistID("c")]) == 1)
    #expect(reading.progress == (done: 3, total: 3))
  }

  @Test("an edit while it is read means from the top, three times; then it is left as it was")
  func disturbed() throws {
    let playlist = PlaylistsPlanTests.playlist("a")
    var reading = PlaylistItemsReading([playlist], pageSize: 50)
    for number in 1...4 {
      let head = try Self.next(&reading)
      #expect(head.offset == 0 && head.scan == number && reading.results.isEmpty)
      reading.receive(Self.page(Self.slots(90), at: 0), to: head)
      let rest = try Self.next(&reading)
      // Somebody added one on top: the total is another, or the border.
      let edited = Self.slots(1, from: 500) + Self.slots(number % 2 == 0 ? 90 : 89)
      reading.receive(Self.page(edited, at: 49), to: rest)
    }
    Self.expectNothingToAsk(&reading)
    guard case .changing? = reading.results[playlist.id] else {
      Issue.record("\(reading.results)")
      return
    }
  }

  @Test("answers to a reading that was given up count no more")
  func late() throws {
    var reading = PlaylistItemsReading([PlaylistsPlanTests.playlist("a")], pageSize: 50)
    let head = try Self.next(&reading)
    reading.receive(Self.page(Self.slots(120), at: 0), to: head)
    let one = try Self.next(&reading)
    let two = try Self.next(&reading)
    reading.receive(Self.page(Self.slots(121), at: one.offset), to: one)
    let again = try Self.next(&reading)
    #expect(again.offset == 0 && again.scan == 2)
    reading.receive(Self.page(Self.slots(120), at: two.offset), to: two)
    reading.receive(.refused(.notFound), to: two)
    reading.receive(Self.page(Self.slots(4), at: 0), to: again)
    #expect(Self.entries(reading.results[PlaylistID("a")]) == 4)
  }

  @Test("a total that lies is believed when two readings give the same, and says so")
  func lies() throws {
    let id = PlaylistID("a")
    var reading = PlaylistItemsReading([PlaylistsPlanTests.playlist("a")], pageSize: 50)
    for number in 1...2 {
      let head = try Self.next(&reading)
      #expect(head.scan == number && reading.results.isEmpty)
      reading.receive(Self.page(Self.slots(10), at: 0, total: 12), to: head)
    }
    guard case .read(let list)? = reading.results[id] else {
      Issue.record("\(reading.results)")
      return
    }
    #expect(list.slots.count == 10 && list.gaps == [Gap(reason: .missing, count: 2)])

    var moving = PlaylistItemsReading([PlaylistsPlanTests.playlist("a")], pageSize: 50)
    for number in 1...4 {
      let head = try Self.next(&moving)
      moving.receive(Self.page(Self.slots(10 + number), at: 0, total: 30), to: head)
    }
    guard case .changing? = moving.results[id] else {
      Issue.record("\(moving.results)")
      return
    }
  }

  @Test("a reading that goes on asks for the rest alone, and for all of what is of another snapshot")
  func resumes() throws {
    let slots = Self.slots(120)
    let playlists = ["part", "whole", "refused", "stale"].map { PlaylistsPlanTests.playlist($0) }
    var reading = PlaylistItemsReading(
      playlists, pageSize: 50,
      resuming: [
        PlaylistID("part"): .init(scan: 2, answers: [Self.page(slots, at: 98), Self.page(slots, at: 0)]),
        PlaylistID("whole"): .init(scan: 1, answers: [0, 49, 98].map { Self.page(slots, at: $0) }),
        PlaylistID("refused"): .init(scan: 1, answers: [.refused(.notVisible)]),
        PlaylistID("stale"): .init(scan: 3, answers: nil),
      ])
    #expect(Set(reading.results.keys.map(\.rawValue)) == ["whole", "refused"])
    let rest = try Self.next(&reading)
    #expect((rest.playlist.rawValue, rest.scan, rest.offset) == ("part", 2, 49))
    let stale = try Self.next(&reading)
    #expect((stale.playlist.rawValue, stale.scan, stale.offset) == ("stale", 4, 0))
    Self.expectNothingToAsk(&reading)
    reading.receive(Self.page(slots, at: 49), to: rest)
    #expect(Self.entries(reading.results[PlaylistID("part")]) == 120)
  }
}
