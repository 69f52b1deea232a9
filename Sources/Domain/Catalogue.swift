import FoundationEssentials

/// An artist as albums and tracks name it. Local files have artists without an id.
package struct ArtistCredit: Codable, Hashable, Sendable {
  package let id: String?
  package let name: String

  package init(id: String?, name: String) {
    self.id = id
    self.name = name
  }

  private enum CodingKeys: String, CodingKey {
    case id = "spotify_id"
    case name
  }
}

/// An artist with what only asking for the artist tells.
package struct Artist: Hashable, Sendable {
  package let id: ArtistID
  package let name: String
  package let imageURL: String?
  package let genres: [String]?

  package init(id: ArtistID, name: String, imageURL: String?, genres: [String]?) {
    self.id = id
    self.name = name
    self.imageURL = imageURL
    self.genres = genres
  }
}

package struct Album: Hashable, Sendable {
  package let id: AlbumID
  package let name: String
  /// `album`, `single`, `compilation`, `ep`, or what Spotify thinks of next.
  package let type: String?
  /// `2020-10-30`, `2020-10` or `2020`, as the precision says; nil on albums taken down.
  package let releaseDate: String?
  package let releaseDatePrecision: String?
  package let totalTracks: Int?
  package let imageURL: String?
  /// In Spotify's order; the first is whose release it is.
  package let artists: [ArtistCredit]

  package init(
    id: AlbumID, name: String, type: String?, releaseDate: String?, releaseDatePrecision: String?,
    totalTracks: Int?, imageURL: String?, artists: [ArtistCredit]
  ) {
    self.id = id
    self.name = name
    self.type = type
    self.releaseDate = releaseDate
    self.releaseDatePrecision = releaseDatePrecision
    self.totalTracks = totalTracks
    self.imageURL = imageURL
    self.artists = artists
  }
}

package struct Track: Hashable, Sendable {
  package let key: TrackKey
  package let spotifyID: String?
  package let uri: String
  package let name: String
  package let artists: [ArtistCredit]
  package let album: Album?
  package let durationMilliseconds: Int
  package let isExplicit: Bool
  package let isrc: String?
  package let isLocal: Bool

  package init(
    key: TrackKey, spotifyID: String?, uri: String, name: String, artists: [ArtistCredit], album: Album?,
    durationMilliseconds: Int, isExplicit: Bool, isrc: String?, isLocal: Bool
  ) {
    self.key = key
    self.spotifyID = spotifyID
    self.uri = uri
    self.name = name
    self.artists = artists
    self.album = album
    self.durationMilliseconds = durationMilliseconds
    self.isExplicit = isExplicit
    self.isrc = isrc
    self.isLocal = isLocal
  }
}

/// An episode of a podcast; met in playlists only.
package struct Episode: Hashable, Sendable {
  package let id: EpisodeID
  package let uri: String
  package let name: String
  package let showID: String?
  package let showName: String?
  package let durationMilliseconds: Int
  package let isExplicit: Bool
  package let releaseDate: String?
  package let imageURL: String?

  package init(
    id: EpisodeID, uri: String, name: String, showID: String?, showName: String?, durationMilliseconds: Int,
    isExplicit: Bool, releaseDate: String?, imageURL: String?
  ) {
    self.id = id
    self.uri = uri
    self.name = name
    self.showID = showID
    self.showName = showName
    self.durationMilliseconds = durationMilliseconds
    self.isExplicit = isExplicit
    self.releaseDate = releaseDate
    self.imageURL = imageURL
  }
}

/// The copy of what Spotify lists as new, as of one fetch.
package struct ReleaseCatalogue: Sendable {
  /// Moves with every change of the content.
  package let version: Int64
  package let fetchedAt: Date
  /// Newest release first.
  package let releases: [Album]

  package init(version: Int64, fetchedAt: Date, releases: [Album]) {
    self.version = version
    self.fetchedAt = fetchedAt
    self.releases = releases
  }
}

/// Where the new releases came from.
package enum ReleaseSource: String, Sendable {
  /// `/browse/new-releases`, which Extended Quota apps may call.
  case browse
  /// The albums of the artists whom anybody here follows.
  case followed
  /// `/search?q=tag:new`, which every app may call.
  case search
}
