import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A run of every kind at work for one person at the same time, each stopped in its middle.
struct AllKinds {
  let world: World
  let mira: Browser
  private var ids: [(kind: String, id: String)] = []
  private let released: [String]

  private static let scopes =
    "user-library-read user-follow-read playlist-read-private playlist-read-collaborative"
  /// Where each stops, in the order of their beginnings: the releases would wait for the follows.
  private static let gates: [(kind: String, gate: Gate)] = [
    ("releases", Gate(.artistAlbums, 3, kept: 1)), ("tracks", Gate(.savedTracks, 2, kept: 1)),
    ("playlists", Gate(.playlistItems, 2, kept: 2)), ("following", Gate(.following, 2, kept: 1)),
  ]
  private static let artistsToAsk = 8

  static func prepare(_ options: inout World.Options) {
    options.simulator.hasOddities = false
    options.simulator.users = [.init(id: "mira", name: "Mira", tracks: 120, artists: 110, playlists: 4)]
    options.environment["SPOTIFY_SCOPES"] = scopes
    options.environment["PAGES_IN_PARALLEL"] = "1"
  }

  /// Brings everything over, changes it at Spotify, asks for a run of each kind, and returns when each is stopped
  /// with something kept of it.
  static func begin(_ mira: Browser, in world: World) async throws -> AllKinds {
    let follows = try world.follows(of: "mira").sorted()
    let asked = Array(follows.prefix(artistsToAsk))
    _ = try await world.rows(
      """
      INSERT INTO artist_check (artist_id, checked_at)
      SELECT followed.artist_id, now() FROM unnest(\(Array(follows.dropFirst(artistsToAsk)))) AS followed (artist_id)
      """)
    try await mira.signIn(as: "mira")
    for (kind, _) in gates {
      let run = try await mira.newestRun(kind, in: world)
      try #require(run["status"].string == "succeeded", "\(run)")
    }
    let new = try world.change(mira: asked)
    _ = try await world.rows(
      """
      UPDATE artist_check SET checked_at = NULL, next_check_at = now() + interval '1 hour'
      WHERE artist_id = ANY (\(asked))
      """)
    world.simulator.resetCounts()
    var all = AllKinds(world: world, mira: mira, released: new)
    for (kind, gate) in gates {
      world.simulator.hold(gate.group, fromNth: gate.nth)
      all.ids.append((kind: kind, id: try await mira.requestSync(kind)))
      try await world.simulator.waitUntilHeld(gate.group)
    }
    try await world.until("something of each is kept") {
      try await world.count(
        """
        SELECT (SELECT count(*) FROM staged_page) + (SELECT count(*) FROM staged_list_page)
               + (SELECT count(*) FROM artist_check WHERE checked_at > now() - interval '1 day')
        """) == gates.reduce(0) { $0 + $1.gate.kept } + follows.count - artistsToAsk
    }
    return all
  }

  private init(world: World, mira: Browser, released: [String]) {
    (self.world, self.mira, self.released) = (world, mira, released)
  }

  /// Lets Spotify answer.
  func goOn() {
    for (_, gate) in AllKinds.gates { world.simulator.release(gate.group) }
  }

  /// That every run ended well, with everything brought over, once.
  func expectAllRight() async throws {
    let expected = [
      "releases": (1, 0), "tracks": (2, 3), "playlists": (123, 1), "following": (0, 2),
    ]
    for (kind, id) in ids {
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded", "\(kind): \(run)")
      #expect(run["changes"]["added"].int == expected[kind]?.0, "\(kind): \(run)")
      #expect(run["changes"]["removed"].int == expected[kind]?.1, "\(kind): \(run)")
    }
    #expect(try await world.count("SELECT count(*) FROM sync_run WHERE trigger = 'manual'") == ids.count)
    #expect(try await mira.tracks() == world.library(of: "mira"))
    #expect(try await mira.playlists() == world.playlists(of: "mira"))
    #expect(try await mira.followed() == world.follows(of: "mira"))
    let shown = try await mira.releases().map(\.id)
    #expect(Set(shown).isSuperset(of: released) && Set(shown).count == shown.count)
    try await world.until("nothing is left in Redis") { try await world.isDispatchIdle }
  }
}

extension World {
  /// Changes something of every kind; nobody new is followed, whose releases would be asked for, too.
  ///
  /// - Parameter artists: one of them brings something out, none of them is left.
  /// - Returns: ids of what came out.
  fileprivate func change(mira artists: [String]) throws -> [String] {
    try simulator.edit("mira", LibraryEdit(save: 2, unsave: [1, 60, 110]))
    let list = try simulator.playlists(of: "mira")
    try simulator.edit("mira", PlaylistEdit(.id(list[0].id)) { ($0.add, $0.at) = (2, 0) })
    try simulator.edit("mira", PlaylistEdit(.id(list[1].id)) { $0.delete = true })
    try simulator.edit("mira", PlaylistEdit(create: .init(name: "New", items: 120, kind: .own)))
    let left = try simulator.follows(of: "mira").ids.filter { !artists.contains($0) }
    try simulator.edit("mira", FollowEdit(unfollow: left.prefix(2).map { .id($0) }))
    return try simulator.release(ReleaseEdit(artist: artists[artists.count - 1])).ids
  }
}
