import SpotifySimulator
import TestSupport
import Testing

/// What may go wrong while a library is read, and what must come out all the same.
///
/// Mira has 175 tracks: pages at 0, 49, 98 and 147.
@Suite struct CorrectnessTests {
  /// Begins behind a first run that went well.
  private func withSyncedLibrary(
    _ change: (inout World.Options) -> Void = { _ in },
    _ body: @escaping @Sendable (World, Browser) async throws -> Void
  ) async throws {
    try await withWorld(change) { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      #expect(try await mira.newestRun(in: world)["status"].string == "succeeded")
      world.simulator.resetCounts()
      try await body(world, mira)
    }
  }

  private static func changes(_ run: JSONValue) -> [Int?] {
    ["added", "updated", "removed", "skipped"].map { run["changes"][$0].int }
  }

  @Test func `What is gone at Spotify goes here, once contains has confirmed it`() async throws {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      try world.simulator.edit("mira", LibraryEdit(save: 2, unsave: [0, 60, 61, 174]))
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [2, 0, 4, 0])
      let after = try await mira.tracks()
      #expect(try after == world.library(of: "mira"))
      #expect(world.simulator.counts.count(.libraryContains) == 1)
      #expect(run["mode"].string == "bisect")
      #expect(run["requests"]["made"].int == 5, "four pages and one question")
      let gone = Set(before).subtracting(after)
      #expect(try await Set(mira.tracks("state=removed")) == gone)
      #expect(try await mira.tracks("state=all").count == 177)
      let removed = try await mira.get("/api/me/tracks/?state=removed&limit=1").json["items"][0]
      #expect(removed["removed_at"].string != nil)
      #expect(try await mira.get("/api/me/").json["counts"]["tracks"].int == 173)
    }
  }

  @Test func `A track saved again is a new row, and its old one goes without a question`() async throws {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(saveAgain: [100, 30]))
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [2, 0, 2, 0])
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(world.simulator.counts.count(.libraryContains) == 0)
    }
  }

  @Test func `A slot without content keeps its place, is told, and removes nothing`() async throws {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      try world.simulator.edit("mira", LibraryEdit(insertNullAt: [10, 120]))
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [0, 0, 0, 2])
      #expect(run["gaps"].array.map(\.["reason"].string) == ["null_element"])
      #expect(run["gaps"][0]["count"].int == 2)
      #expect(try await mira.tracks() == before)
    }
  }

  @Test func `An element of the wrong shape is told, and the row it may be stays`() async throws {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      world.simulator.add(Fault(.malformedElement, group: .savedTracks, offset: 98, times: 0, index: 20))
      world.simulator.add(Fault(.nullElement, group: .savedTracks, offset: 147, times: 0, index: 3))
      let run = try await mira.audit(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [0, 0, 0, 2])
      #expect(Set(run["gaps"].array.map(\.["reason"].string)) == ["malformed_element", "null_element"])
      #expect(
        world.simulator.counts.count(.libraryContains) == 1, "nobody asked about the rows that were missed")
      #expect(try await mira.tracks() == before)
    }
  }

  @Test func `A total that never matches is told, additions come, and only what contains denies goes`()
    async throws
  {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [50], totalOffset: 3))
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [1, 0, 1, 0])
      #expect(run["gaps"].array.map(\.["reason"].string) == ["missing"])
      #expect(run["gaps"][0]["count"].int == 3)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `A library edited while it is read is read again, and comes out exact`() async throws {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [20, 90]), before: 3, of: .savedTracks)
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [5]), before: 5, of: .savedTracks)
      let run = try await mira.audit(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(CorrectnessTests.changes(run) == [2, 0, 3, 0])
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `A page that can't be had removes nothing, and what it was waits to be tried again`()
    async throws
  {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      world.simulator.add(Fault(.status, group: .savedTracks, offset: 98, times: 0, status: 500))
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [3, 100]))
      let id = try await mira.requestSync()
      let waiting = try await mira.run(id, on: world.reactor) { $0["status"].string == "waiting" }
      #expect(waiting["error"]["code"].string == "spotify_unavailable")
      #expect(waiting["attempt"].int == 1 && waiting["waiting_until"].string != nil)
      #expect(waiting["changes"]["removed"].int == 0)
      #expect(try await mira.tracks() == before, "something was half-written")
      world.simulator.dropFaults()
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded" && run["error"] == .null)
      #expect(CorrectnessTests.changes(run) == [1, 0, 2, 0])
      #expect(try await mira.tracks() == world.library(of: "mira"))
      let counts = world.simulator.counts
      #expect(run["requests"]["made"].int == counts.count(.savedTracks) + counts.count(.libraryContains))
    }
  }

  @Test(arguments: [Fault.Kind.html, .truncated, .cut, .plainText, .status])
  func `A page that isn't what it should be once is asked for again`(_ kind: Fault.Kind) async throws {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [150]))
      world.simulator.add(
        Fault(kind, group: .savedTracks, offset: 147, status: kind == .plainText ? 502 : nil))
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded" && run["attempt"].int == 1)
      #expect(CorrectnessTests.changes(run) == [1, 0, 1, 0])
      #expect(run["requests"]["made"].int == 5, "three pages, one of them twice, and a question")
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }
}
