import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A kind of run with something to do: Mira's copy is whole, then her things at Spotify change in every way
/// that the kind knows.
enum SyncCase: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case tracks, playlists, following, releases

  var testDescription: String { rawValue }

  private var scopes: String {
    switch self {
    case .tracks: "user-library-read"
    case .playlists: "user-library-read playlist-read-private playlist-read-collaborative"
    case .following, .releases: "user-follow-read"
    }
  }

  private var allowed: [String] {
    switch self {
    case .tracks: ["tracks"]
    case .playlists: ["tracks", "playlists"]
    case .following, .releases: ["following", "releases"]
    }
  }

  /// Four pages of tracks, four of follows; eight artists to ask for.
  func prepare(_ options: inout World.Options) {
    options.simulator.hasOddities = false
    options.simulator.users = [
      .init(
        id: "mira", name: "Mira", tracks: self == .tracks ? 170 : 5,
        artists: self == .following ? 160 : 8, playlists: 4)
    ]
    options.environment["SPOTIFY_SCOPES"] = scopes
    options.environment["PAGES_IN_PARALLEL"] = "1"
    // One after the other: the releases needn't wait for the follows they come from.
    options.environment["WORKER_CONCURRENCY"] = "1"
  }

  /// Mira connects, and everything is brought over once.
  func connect(_ mira: Browser, in world: World) async throws {
    if self == .following {
      // The releases of so many artists are not what this is about.
      _ = try await world.rows(
        """
        INSERT INTO artist_check (artist_id, checked_at)
        SELECT followed.artist_id, now()
        FROM unnest(\(Array(try world.follows(of: "mira")))) AS followed (artist_id)
        """)
    }
    try await mira.signIn(as: "mira")
    for kind in allowed {
      let run = try await mira.newestRun(kind, in: world)
      try #require(run["status"].string == "succeeded", "\(run)")
    }
  }

  /// What a run is to bring.
  struct Change: Sendable {
    let added: Int
    let removed: Int
    /// What the API has to show afterwards.
    let truth: [String]
  }

  /// Changes Mira's things at Spotify.
  ///
  /// - Parameter isInDoubt: so that a run doesn't believe its first look.
  func edit(_ mira: Browser, in world: World, isInDoubt: Bool) async throws -> Change {
    let simulator = world.simulator
    switch self {
    case .tracks:
      // On every page, so that all are read; removals are always asked about.
      try simulator.edit("mira", LibraryEdit(save: 2, unsave: [1, 60, 110, 160]))
      return Change(added: 2, removed: 4, truth: try world.library(of: "mira").map(\.description))
    case .playlists:
      let list = try simulator.playlists(of: "mira")
      try simulator.edit("mira", PlaylistEdit(.id(list[0].id)) { ($0.add, $0.at) = (2, 0) })
      try simulator.edit("mira", PlaylistEdit(.id(list[1].id)) { $0.delete = true })
      try simulator.edit("mira", PlaylistEdit(create: .init(name: "New", items: 120, kind: .own)))
      var hidden: [String] = []
      if isInDoubt {
        // A place that may be any playlist.
        hidden = try await mira.playlists().filter { $0.id == list[2].id }.map(\.whole)
        try simulator.edit(
          "mira", PlaylistEdit(.id(list[2].id)) { ($0.isListed, $0.keepSnapshot) = (false, true) })
      }
      let shown = try world.playlists(of: "mira").map(\.whole)
      return Change(added: 123, removed: 1, truth: (shown + hidden).sorted())
    case .following:
      try simulator.edit(
        "mira",
        FollowEdit(
          follow: 3, unfollow: [.position(7), .position(60)], totalOffset: isInDoubt ? 2 : nil))
      return Change(added: 3, removed: 2, truth: try world.follows(of: "mira").sorted())
    case .releases:
      let before = try await mira.releases().map(\.id)
      let artist = try #require(try world.follows(of: "mira").sorted().last)
      let new = try simulator.release(ReleaseEdit(artist: artist)).ids
      // Not merely due: those would be the background's as well.
      _ = try await world.rows(
        "UPDATE artist_check SET checked_at = NULL, next_check_at = now() + interval '1 hour'")
      return Change(added: 1, removed: 0, truth: (before + new).sorted())
    }
  }

  /// What the API shows, to be compared with ``Change/truth``.
  func shown(_ mira: Browser) async throws -> [String] {
    switch self {
    case .tracks: try await mira.tracks().map(\.description)
    case .playlists: try await mira.playlists().map(\.whole).sorted()
    case .following: try await mira.followed().sorted()
    case .releases: try await mira.releases().map(\.id).sorted()
    }
  }

  /// Requests that a run makes, in the order of their first ones.
  var groups: [EndpointGroup] {
    switch self {
    case .tracks: [.savedTracks, .libraryContains]
    case .playlists: [.myPlaylists, .libraryContains, .playlistItems]
    case .following: [.following]
    case .releases: [.artistAlbums]
    }
  }

  /// The table that a run reads between its claim and its first request.
  var firstTable: SQL {
    switch self {
    case .tracks: "staged_page"
    case .playlists, .following: "staged_list_page"
    case .releases: "artist_check"
    }
  }

  /// How much of a run is kept of it for the next try.
  var kept: SQL {
    switch self {
    case .tracks: "SELECT count(*) FROM staged_page"
    case .playlists, .following: "SELECT count(*) FROM staged_list_page"
    case .releases: "SELECT count(*) FROM artist_check WHERE checked_at > now() - interval '1 day'"
    }
  }
}

extension ShownPlaylist {
  /// Everything of it.
  fileprivate var whole: String { "\(self) \(snapshot) \(uris)" }
}
