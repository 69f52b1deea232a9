/// What a simulator starts with.
package struct SimulatorConfiguration: Sendable {
  /// A registered app.
  package struct Client: Sendable {
    package var id: String
    package var secret: String
    /// Compared exactly. A loopback address without a port matches every port, as at Spotify.
    package var redirectURIs: [String]

    package init(id: String, secret: String, redirectURIs: [String]) {
      self.id = id
      self.secret = secret
      self.redirectURIs = redirectURIs
    }

    /// The app of the demo, which may come back to any port of this machine.
    package static let demo = Client(
      id: "cratekeeper-demo", secret: "cratekeeper-demo-secret",
      redirectURIs: ["127.0.0.1", "[::1]"].flatMap { host in
        ["/spotify/callback/", "/spotify/callback", "/auth/callback/"].map { "http://\(host)\($0)" }
      })
  }

  /// A Spotify user with saved tracks, followed artists and playlists.
  package struct User: Sendable, Codable {
    package var id: String
    package var name: String
    package var tracks: Int
    package var seed: UInt64
    /// How many artists are followed, at most 2,000.
    package var artists: Int
    /// How many playlists are in the person's list, own and followed ones, at most 10,000.
    package var playlists: Int

    /// - Parameter seed: which tracks, artists and playlists; by default one that depends on the id.
    package init(
      id: String, name: String, tracks: Int, seed: UInt64? = nil, artists: Int = 30, playlists: Int = 12
    ) {
      self.id = id
      self.name = name
      self.tracks = tracks
      self.artists = artists
      self.playlists = playlists
      self.seed = seed ?? id.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }
    }
  }

  package var host = "127.0.0.1"
  /// 0: any free one.
  package var port = 0
  package var mode = QuotaMode.development
  package var clients = [Client.demo]
  package var users = [
    User(id: "ada.quill", name: "Ada Quill", tracks: 180),
    User(id: "bertrand", name: "Bertrand 🦉 Ólafur", tracks: 1_234, artists: 120, playlists: 24),
    User(
      id: "mx$kestrel [archive]", name: "Mx. Kestrel <Archive>", tracks: 10_000, artists: 400, playlists: 60),
  ]
  /// Which catalogue; tokens of one seed mean nothing to another.
  package var seed: UInt64 = 1
  /// The day of the newest releases, `YYYY-MM-DD`.
  package var today = "2026-11-20"
  /// A local file in every thousand saved tracks.
  package var hasOddities = true
  /// What each API answer waits before it is made.
  package var latency = Duration.zero
  /// About how many bytes a page of 50 saved tracks has at least; 0 leaves it as it comes.
  package var pageBytes = 0
  /// Where browsers find the covers, when that isn't where the API was asked; without a trailing slash.
  package var publicURL: String?
  package var accessTokenSeconds = 3_600
  /// Six months, counted from the user's agreement.
  package var refreshTokenSeconds = 182 * 86_400
  package var refreshAnswer = RefreshAnswer.absent

  package init() {}
}

/// What the answer to a refresh says about the refresh token.
package enum RefreshAnswer: String, Codable, Sendable {
  /// Nothing: the old one stays valid. What Spotify does since 2026.
  case absent
  /// A new one; the old one is void from then on.
  case new
  /// `"refresh_token": null`.
  case null
  /// `"refresh_token": ""`.
  case empty
}
