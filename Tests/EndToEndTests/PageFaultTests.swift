import SpotifySimulator
import TestSupport
import Testing

/// A page that fails, wherever it stands and whatever is wrong with it: the run tries again, ends right, and what is
/// there stays.
@Suite struct PageFaultTests {
  /// What a page may be answered with, each once.
  static let faults: [Fault] = [
    Fault(.rateLimit, retryAfter: 1), Fault(.status, status: 500), Fault(.status, status: 502), Fault(.cut),
    Fault(.slow, milliseconds: 150), Fault(.truncated), Fault(.html), Fault(.plainText),
    Fault(.plainText, status: 503),
  ]

  private static func at(_ place: Int, of group: EndpointGroup, _ fault: Fault) -> Fault {
    var fault = fault
    (fault.group, fault.nth) = (group, place)
    return fault
  }

  @Test(arguments: faults)
  func `Followed artists`(_ fault: Fault) async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = "user-library-read user-follow-read"
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 1, artists: 120)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun("following", in: world)
      // Smaller pages, which are tried after a 502, have other borders.
      let tables = fault.status == 502 ? ["followed_artist"] : ["followed_artist", "followed_order"]
      let rows = try await world.content(of: tables)
      for place in 1...3 {
        world.simulator.dropFaults()
        world.simulator.resetCounts()
        world.simulator.add(Self.at(place, of: .following, fault))
        let run = try await mira.sync("following", in: world)
        #expect(run["status"].string == "succeeded", "page \(place): \(run)")
        #expect(run["changes"]["removed"].int == 0 && run["gaps"].array.isEmpty, "page \(place)")
        #expect(world.simulator.counts.count(.following) >= (fault.kind == .slow ? 3 : 4), "no fault met")
        #expect(try await world.content(of: tables) == rows)
      }
      // Nobody goes either when the page never comes; who has gone goes with the run that ends.
      world.simulator.dropFaults()
      try world.simulator.edit("mira", FollowEdit(unfollow: [.position(3), .position(70)]))
      if fault.kind != .slow {
        var lasting = Self.at(2, of: .following, fault)
        let isLimit = fault.kind == .rateLimit || (fault.kind == .plainText && fault.status == nil)
        (lasting.times, lasting.retryAfter) = (0, isLimit ? 90 : nil)
        world.simulator.add(lasting)
        let id = try await mira.requestSync("following")
        try await world.until("it waits") {
          try await mira.get("/spotify/sync/\(id)/").json["status"].string == "waiting"
        }
        #expect(
          try await world.count("SELECT count(*) FROM followed_artist WHERE removed_at IS NOT NULL") == 0)
        world.simulator.dropFaults()
        // This process keeps the pause that Spotify asked for.
        if isLimit { return }
        let run = try await mira.run(id, on: world.reactor)
        #expect(run["status"].string == "succeeded" && run["changes"]["removed"].int == 2, "\(run)")
      }
    }
  }

  @Test(arguments: faults)
  func `Playlists and what is in them`(_ fault: Fault) async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = "user-library-read playlist-read-private playlist-read-collaborative"
      $0.simulator.hasOddities = false
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 1, playlists: 12)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      try await mira.signIn(as: "mira")
      _ = try await mira.syncPlaylists(in: world)
      let tables = ["playlist_item", "track", "episode", "artist"]
      let rows = try await world.content(of: tables)
      let truth = try world.simulator.playlists(of: "mira")
      let big = try #require(truth.first { $0.contents == .visible && (100...146).contains($0.uris.count) })
      let other = try #require(truth.first { $0.contents == .visible && (1...49).contains($0.uris.count) })
      for (place, group) in [(1, EndpointGroup.myPlaylists)] + (1...4).map({ ($0, .playlistItems) }) {
        world.simulator.dropFaults()
        // Another snapshot with the same in it: three pages and one.
        try world.simulator.edit("mira", PlaylistEdit(.id(big.id)))
        try world.simulator.edit("mira", PlaylistEdit(.id(other.id)))
        world.simulator.resetCounts()
        world.simulator.add(Self.at(place, of: group, fault))
        let run = try await mira.syncPlaylists(in: world)
        #expect(run["status"].string == "succeeded", "\(group) \(place): \(run)")
        #expect(run["changes"]["removed"].int == 0 && run["changes"]["added"].int == 0, "\(group) \(place)")
        #expect(world.simulator.counts.total >= (fault.kind == .slow ? 5 : 6), "no fault met")
        #expect(try await world.content(of: tables) == rows, "\(group) \(place)")
        #expect(try await mira.playlists() == world.playlists(of: "mira"))
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func `One playlist whose page never comes stays as it was, and the others go on`(_ place: Int) async throws
  {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = "user-library-read playlist-read-private playlist-read-collaborative"
      $0.simulator.hasOddities = false
      $0.simulator.users = [.init(id: "mira", name: "Mira", tracks: 1, playlists: 12)]
    } _: { world in
      let mira = world.browser(at: try await world.start(.all))
      try await mira.signIn(as: "mira")
      _ = try await mira.syncPlaylists(in: world)
      let truth = try world.simulator.playlists(of: "mira")
      let big = try #require(truth.first { $0.contents == .visible && (110...146).contains($0.uris.count) })
      let other = try #require(truth.first { $0.contents == .visible && (1...49).contains($0.uris.count) })
      let before = try await mira.uris(of: big.id)
      for id in [big.id, other.id] {
        try world.simulator.edit("mira", PlaylistEdit(.id(id)) { $0.remove = [.position(0)] })
      }
      world.simulator.add(
        Fault(
          .status, group: .playlistItems, path: "/v1/playlists/\(big.id)", offset: (place - 1) * 49, times: 0,
          status: 500))
      let run = try await mira.syncPlaylists(in: world)
      #expect(run["status"].string == "succeeded" && run["changes"]["removed"].int == 1, "\(run)")
      #expect(run["gaps"].array.contains { $0["reason"].string == "unanswered" && $0["count"].int == 1 })
      #expect(try await mira.uris(of: big.id) == before)
      let now = try world.simulator.playlists(of: "mira")
      #expect(try await mira.uris(of: other.id) == now.first { $0.id == other.id }?.uris)
      world.simulator.dropFaults()
      let next = try await mira.syncPlaylists(in: world)
      #expect(next["changes"]["removed"].int == 1)
      #expect(try await mira.playlists() == world.playlists(of: "mira"))
    }
  }
}
