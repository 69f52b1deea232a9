import Domain
import Foundation
import Testing

@testable import Web

@Suite("Who follows a run")
struct RunWatcherTests {
  private let run = RunID(UUID())
  private let user = UserID(1)

  @Test("many changes are one wake, and another run's are none")
  func wakes() async throws {
    let watchers = RunWatchers()
    let watch = try watchers.watch(run, of: user)
    var wakes = watch.wakes.makeAsyncIterator()
    for _ in 0..<5 { watchers.wake(run) }
    watchers.wake(RunID(UUID()))
    #expect(await wakes.next() != nil)
    watchers.wakeAll()
    #expect(await wakes.next() != nil)
    watchers.close()
    #expect(await wakes.next() == nil, "a wake was left over")
  }

  @Test("a place is free again when its watch is let go of")
  func places() throws {
    let watchers = RunWatchers(mostPerUser: 2, most: 3)
    var held = [try watchers.watch(run, of: user), try watchers.watch(run, of: user)]
    #expect(throws: Problem.self) { try watchers.watch(run, of: user) }
    held.append(try watchers.watch(run, of: UserID(2)))
    #expect(watchers.count == 3)
    #expect(throws: Problem.self) { try watchers.watch(run, of: UserID(3)) }
    held.removeAll()
    #expect(watchers.count == 0)
    held.append(try watchers.watch(run, of: user))
  }

  @Test("nobody begins to follow while the process ends")
  func closing() async throws {
    let watchers = RunWatchers()
    let watch = try watchers.watch(run, of: user)
    watchers.close()
    for await _ in watch.wakes {}
    #expect(throws: Problem.self) { try watchers.watch(run, of: user) }
  }

  @Test("an event is one line of data under an id of its own")
  func event() throws {
    let failure = RunFailure(code: "odd", detail: "a\nb\r\n\nid: 7")
    let text = String(decoding: RunEvent(Samples.run(.waiting, failure: failure)).bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 5 && lines[0] == "event: run" && lines[3].isEmpty && lines[4].isEmpty)
    #expect(lines[1].hasPrefix("id: ") && lines[2].hasPrefix("data: {") && lines[2].hasSuffix("}"))
    #expect(!text.contains("\r"))
    let run = Samples.run(.running)
    #expect(RunEvent(run).id == RunEvent(run).id && RunEvent(run).id != RunEvent(Samples.run(.running)).id)
    #expect(!RunEvent(run).isLast && RunEvent(Samples.run(.cancelled)).isLast)
  }
}
