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
    /// The open ones; without any, the newest.
    let runs: [SyncRun]
    let tracks: [SavedTrack]
    let releases: [Album]
  }

  static func show(_ call: Call) async throws -> HTTPResponse {
    let releases = Array((call.services.catalogue.current?.releases ?? []).prefix(24))
    guard let user = try await call.userIfAny() else {
      return Page.response(title: "Cratekeeper", WelcomePage.html(releases))
    }
    let services = call.services
    let profile = try await services.users.profile(of: user)
    let runs = try await services.runs.list(of: user, kind: nil, status: nil, after: nil, limit: 8)
    let tracks = try await services.savedTracks.list(
      for: .user(user), filter: .present, matching: nil, after: nil, limit: 12)
    let open = runs.filter(\.status.isOpen)
    let content = Content(
      profile: profile,
      connectionStatus: profile.grant?.connectionStatus(at: Date()) ?? Grant.Status.disconnected.rawValue,
      runs: open.isEmpty ? Array(runs.prefix(1)) : open, tracks: tracks, releases: releases)
    return Page.response(
      title: "Cratekeeper", head: open.isEmpty ? script : "\(script)\(reloading)", HomePage.html(content))
  }

  private static let script: HTML = """
    <script src="\(Assets.url("app.js"))" defer></script>

    """

  /// Where no script runs, the page itself is asked for again while something is under way.
  private static let reloading: HTML = """
    <noscript><meta http-equiv="refresh" content="4"></noscript>

    """
}
