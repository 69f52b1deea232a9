/// The truth about whom a person follows.
package struct FollowTruth: Codable, Sendable, Equatable {
  package var total: Int
  package var version: Int
  /// In the order of the answers.
  package var ids: [String]
}

/// The truth about a playlist in a person's list.
package struct PlaylistTruth: Codable, Sendable, Equatable {
  package enum Contents: String, Codable, Sendable {
    /// Own or shared: seen in both modes.
    case visible
    /// Somebody else's: seen in Extended alone.
    case foreign
    /// 404.
    case gone
  }

  package var id: String
  package var name: String
  package var snapshot: String
  package var isPublic: Bool?
  package var isCollaborative: Bool
  package var description: String?
  package var ownerId: String?
  /// False: `null` in the list.
  package var isListed: Bool
  package var contents: Contents
  /// Null where there is no content.
  package var uris: [String?]
  /// Null in very old playlists.
  package var addedAt: [String?]
}

/// The truth about what an artist has a part in, in the order of the answers.
package struct ReleaseTruth: Codable, Sendable, Equatable {
  package var artist: String
  package var ids: [String]
  /// album, single, appears_on or compilation.
  package var groups: [String]
  package var dates: [String?]
}

/// All of a person's library, as `GET /_simulator/library` tells it.
struct WholeTruth: Encodable {
  var library: LibraryTruth
  var following: FollowTruth
  var playlists: [PlaylistTruth]
  /// Of followed artists, in their order, from the one that was asked for.
  var releases: [ReleaseTruth]
  /// Which artist comes next; null after the last.
  var releasesNext: Int?

  private enum CodingKeys: CodingKey {
    case following, playlists, releases, releasesNext
  }

  func encode(to encoder: Encoder) throws {
    try library.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(following, forKey: .following)
    try container.encode(playlists, forKey: .playlists)
    try container.encode(releases, forKey: .releases)
    try container.encode(releasesNext, forKey: .releasesNext)
  }
}

extension SimulatorState {
  mutating func followTruth(_ user: String) throws(SimulatorError) -> FollowTruth {
    let follows = follows(try known(user))
    return FollowTruth(total: follows.total, version: follows.version, ids: follows.follows.map(\.id))
  }

  mutating func playlistTruth(_ user: String) throws(SimulatorError) -> [PlaylistTruth] {
    let account = try known(user)
    var shelf = shelf(account)
    let truths = shelf.playlists.indices.map { position in
      let items = shelf.items(at: position)
      let playlist = shelf.playlists[position]
      return PlaylistTruth(
        id: playlist.id, name: playlist.name, snapshot: playlist.snapshot, isPublic: playlist.isPublic,
        isCollaborative: playlist.isCollaborative, description: playlist.description,
        ownerId: CatalogueJSON.id(of: playlist.owner, accounts[account].user), isListed: playlist.isListed,
        contents: playlist.isGone ? .gone : playlist.isOwnOrShared ? .visible : .foreign,
        uris: items.map { $0.uri(catalogue) }, addedAt: items.map { $0.addedAt.map(Timestamp.text) })
    }
    accounts[account].shelf = shelf
    return truths
  }

  func releaseTruth(_ id: String) throws(SimulatorError) -> ReleaseTruth {
    guard let artist = catalogue.artistIDs.index(id), (0..<Catalogue.artistCount).contains(artist) else {
      throw SimulatorError("no such artist: \(id)")
    }
    let releases = releases(artist)
    return ReleaseTruth(
      artist: id, ids: releases.map { catalogue.albumIDs.text($0.album.number) },
      groups: releases.map(\.group.rawValue), dates: releases.map(\.album.releaseDate))
  }

  /// - Parameters:
  ///   - from: the followed artist with whom the releases begin.
  ///   - count: of how many artists.
  mutating func wholeTruth(_ user: String, from: Int, count: Int) throws(SimulatorError) -> WholeTruth {
    let following = try followTruth(user)
    var releases: [ReleaseTruth] = []
    for id in following.ids.dropFirst(from).prefix(count) { releases.append(try releaseTruth(id)) }
    let next = from + releases.count
    return WholeTruth(
      library: try truth(user), following: following, playlists: try playlistTruth(user), releases: releases,
      releasesNext: next < following.ids.count ? next : nil)
  }
}
