import Domain
import FoundationEssentials
import HTTPServer
import Storage

/// The page at `/`.
enum HomeEndpoint {
  /// What the page of somebody who is signed in shows.
  struct Content: Sendable {
    let profile: Users.Profile
    let connectionStatus: String
    /// That the connection ends soon, or has ended.
    let warning: ConnectionWarning?
    /// The open ones; without any, the newest of each kind.
    let runs: [SyncRun]
    let tracks: [SavedTrack]
    let playlists: [HeldPlaylist]
    let artists: [FollowedArtist]
    let releases: [Album]
  }

  static func show(_ call: Call) async throws -> HTTPResponse {
    let releases = Array((call.services.catalogue.current?.releases ?? []).prefix(24))
    guard let user = try await call.userOfSession() else {
      return Page.response(title: "Cratekeeper", WelcomePage.html(releases))
    }
    let services = call.services
    let profile = try await services.users.profile(of: user)
    let runs = try await services.runs.list(of: user, kind: nil, status: nil, after: nil, limit: 20)
    let tracks = try await services.savedTracks.list(
      for: .user(user), filter: .present, matching: nil, after: nil, limit: 12)
    let playlists = try await services.playlists.list(
      for: .user(user), matching: nil, after: nil, limit: shelfLength)
    let artists = try await services.followedArtists.list(
      for: .user(user), filter: .present, matching: nil, after: nil, limit: shelfLength)
    let open = runs.filter(\.status.isOpen)
    let now = Date()
    let content = Content(
      profile: profile,
      connectionStatus: profile.grant?.connectionStatus(at: now) ?? Grant.Status.disconnected.rawValue,
      warning: profile.grant?.warning(at: now),
      runs: open.isEmpty ? newestOfEachKind(runs) : open, tracks: tracks, playlists: playlists,
      artists: artists, releases: releases)
    return Page.response(
      title: "Cratekeeper", head: open.isEmpty ? script : "\(script)\(reloading)", HomePage.html(content))
  }

  /// One line of a wide window.
  private static let shelfLength = 6

  private static func newestOfEachKind(_ runs: [SyncRun]) -> [SyncRun] {
    SyncKind.allCases.compactMap { kind in runs.first { $0.kind == kind } }
  }

  private static let script: HTML = """
    <script src="\(Assets.url("app.js"))" defer></script>

    """

  /// Where no script runs, the page itself is asked for again while something is under way.
  private static let reloading: HTML = """
    <noscript><meta http-equiv="refresh" content="4"></noscript>

    """
}
