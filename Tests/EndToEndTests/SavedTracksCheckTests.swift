import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// What a check of saved tracks costs and says of itself, and what no fault may do to the copy.
///
/// Mira has 175 tracks: pages at 0, 49, 98 and 147, so a scan takes five requests with the head read again.
@Suite struct SavedTracksCheckTests {
  private func withSyncedLibrary(
    _ body: @escaping @Sendable (World, Browser) async throws -> Void
  ) async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let first = try await mira.newestRun(in: world)
      #expect(first["mode"].string == "full" && first["requests"]["saved"].int == 0)
      world.simulator.resetCounts()
      try await body(world, mira)
    }
  }

  @Test func `Nothing new takes one request and writes no row`() async throws {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      let tables: [SQL] = ["saved_track", "saved_tracks_list", "staged_page", "track", "album", "artist"]
      let versions = try await world.versions(of: tables)
      let run = try await mira.sync(in: world)
      #expect(run["status"].string == "succeeded" && run["mode"].string == "head")
      #expect(run["requests"]["made"].int == 1 && run["requests"]["saved"].int == 4)
      #expect(world.simulator.counts.count(.savedTracks) == 1)
      #expect(try await mira.tracks() == before)
      #expect(try await world.versions(of: tables) == versions)
    }
  }

  @Test func `What was saved on top comes with one request, its names included`() async throws {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(save: 3))
      let run = try await mira.sync(in: world)
      #expect(run["mode"].string == "head" && run["requests"]["made"].int == 1)
      #expect(run["changes"]["added"].int == 3)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `Null slots that stay are told each time and cost nothing more`() async throws {
    try await withSyncedLibrary { world, mira in
      try world.simulator.edit("mira", LibraryEdit(insertNullAt: [10, 120]))
      _ = try await mira.audit(in: world)
      try world.simulator.edit("mira", LibraryEdit(save: 2))
      let run = try await mira.sync(in: world)
      #expect(run["mode"].string == "head" && run["requests"]["made"].int == 1)
      #expect(run["gaps"][0]["reason"].string == "null_element" && run["gaps"][0]["count"].int == 2)
    }
  }

  @Test func `An audit is due within a week, reads everything, and puts the next one off`() async throws {
    try await withSyncedLibrary { world, mira in
      let soon: SQL = """
        SELECT count(*) FROM saved_tracks_list
        WHERE audit_at BETWEEN now() + interval '4 days' AND now() + interval '7 days'
        """
      #expect(try await world.count(soon) == 1)
      let versions = try await world.versions(of: ["saved_track"])
      let run = try await mira.audit(in: world)
      #expect(run["trigger"].string == "schedule" && run["mode"].string == "full")
      #expect(run["requests"]["made"].int == 5 && run["requests"]["saved"].int == 0)
      #expect(
        try await world.versions(of: ["saved_track"]) == versions, "an unchanged scan writes no row of it")
      #expect(try await world.count(soon) == 1)
    }
  }

  /// Faults that last until they are dropped, and what the run says meanwhile.
  static let faults: [(Fault.Kind, Int?)] = [
    (.status, 500), (.status, 502), (.status, 503), (.plainText, 429), (.plainText, 502),
    (.quotaExceeded, nil),
    (.rateLimit, nil), (.cut, nil), (.html, nil), (.truncated, nil), (.nullElement, nil),
    (.malformedElement, nil), (.total, nil), (.repeatPage, nil),
  ]

  @Test(arguments: faults)
  func `A page that fails, wherever it is, removes nothing`(_ kind: Fault.Kind, _ status: Int?) async throws {
    try await withSyncedLibrary { world, mira in
      let before = try await mira.tracks()
      for offset in [0, 49, 98, 147] {
        world.simulator.add(
          Fault(
            kind, group: .savedTracks, offset: offset, times: 0, status: status,
            retryAfter: kind == .rateLimit ? 120 : nil, index: 0, value: 900))
        let run = try await mira.audit(in: world) {
          $0["finished_at"].string != nil || $0["status"].string == "waiting"
        }
        #expect(run["changes"]["removed"].int == 0)
        #expect(try await mira.tracks() == before, "at \(offset)")
        world.simulator.dropFaults()
        let id = try #require(run["id"].string)
        _ = try await mira.delete("/spotify/sync/\(id)/")
        _ = try await mira.run(id, on: world.reactor)
        try await world.forgetPauses()
      }
      try world.simulator.edit("mira", LibraryEdit(save: 1, unsave: [3, 100]))
      _ = try await mira.audit(in: world)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }
}
