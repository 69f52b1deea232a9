/// Endpoints that are counted, delayed, held and made to fail together.
package enum EndpointGroup: String, Codable, Sendable, CaseIterable {
  case authorize
  case token
  case me
  case savedTracks = "me/tracks"
  case following = "me/following"
  case myPlaylists = "me/playlists"
  case playlists
  case playlistItems = "playlists/items"
  case libraryContains = "me/library/contains"
  case newReleases = "browse/new-releases"
  case search
  case artists
  case artistAlbums = "artists/albums"
  case player = "me/player"
  case image
  /// Paths that aren't simulated.
  case unknown
}

/// Who answers a request.
enum Endpoint: Sendable {
  case home
  case authorize
  case decide
  case token
  case api(APICall)
  case image
  case control(ControlCall)
  case unknown

  enum APICall: Sendable {
    case me
    case savedTracks
    case following
    case myPlaylists
    case playlist
    case playlistItems
    case playlistTracks
    case libraryContains
    case newReleases
    case search
    case artist
    case artistAlbums
    case playback, play, pause, next
  }

  enum ControlCall: Sendable {
    case requests, log, resetCounts, latency, addFaults, faults, dropFaults, edit, editFollowing,
      editPlaylists, editReleases, editPlayer, users, addUser, mode, clock
    case revoke, library, hold, release, held, tokens
  }

  /// Nil for what isn't counted: the simulator's own pages and controls.
  var group: EndpointGroup? {
    switch self {
    case .home, .control: nil
    case .authorize, .decide: .authorize
    case .token: .token
    case .image: .image
    case .unknown: .unknown
    case .api(.me): .me
    case .api(.savedTracks): .savedTracks
    case .api(.following): .following
    case .api(.myPlaylists): .myPlaylists
    case .api(.playlist): .playlists
    case .api(.playlistItems), .api(.playlistTracks): .playlistItems
    case .api(.libraryContains): .libraryContains
    case .api(.newReleases): .newReleases
    case .api(.search): .search
    case .api(.artist): .artists
    case .api(.artistAlbums): .artistAlbums
    case .api(.playback), .api(.play), .api(.pause), .api(.next): .player
    }
  }
}
