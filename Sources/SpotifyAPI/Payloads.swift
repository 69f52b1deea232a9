import Domain

// What Spotify sends, field by field; everything that may be missing is optional: Development Mode leaves
// fields out since February 2026 (Spotify's migration guide).

struct ImagePayload: Decodable {
  let url: String?
  let width: LenientInt?
}

struct ArtistPayload: Decodable {
  let id: String?
  let name: String?
  let images: [Lenient<ImagePayload>]?
  let genres: [String]?

  var credit: ArtistCredit { ArtistCredit(id: artistID?.rawValue, name: name ?? "") }

  var artistID: ArtistID? { id.flatMap { $0.isUsableID ? ArtistID($0) : nil } }

  /// Nil without an id and a name. Genres may be absent.
  var artist: Artist? {
    guard let artistID, let name else { return nil }
    return Artist(id: artistID, name: name, imageURL: images?.preferred, genres: genres)
  }
}

struct AlbumPayload: Decodable {
  let id: String?
  let name: String?
  let albumType: String?
  let releaseDate: String?
  let releaseDatePrecision: String?
  let totalTracks: LenientInt?
  let images: [Lenient<ImagePayload>]?
  let artists: [Lenient<ArtistPayload>]?

  private enum CodingKeys: String, CodingKey {
    case id, name, images, artists
    case albumType = "album_type"
    case releaseDate = "release_date"
    case releaseDatePrecision = "release_date_precision"
    case totalTracks = "total_tracks"
  }

  /// Nil for the albums of local files, which have no id.
  var album: Album? {
    guard let id, id.isUsableID else { return nil }
    return Album(
      id: AlbumID(id), name: name ?? "", type: albumType, releaseDate: releaseDate,
      releaseDatePrecision: releaseDatePrecision, totalTracks: totalTracks?.value,
      imageURL: images?.preferred, artists: artists.credits)
  }
}

struct TrackPayload: Decodable {
  struct Link: Decodable {
    let id: String?
    let uri: String?
  }

  struct ExternalIDs: Decodable {
    let isrc: String?
  }

  let id: String?
  let uri: String?
  let name: String?
  let artists: [Lenient<ArtistPayload>]?
  let album: AlbumPayload?
  let durationMilliseconds: LenientInt?
  let explicit: Bool?
  let isLocal: Bool?
  let isPlayable: Bool?
  let externalIDs: ExternalIDs?
  /// The track as it was saved, when another instance is shown in its place.
  let linkedFrom: Link?

  private enum CodingKeys: String, CodingKey {
    case id, uri, name, artists, album, explicit
    case durationMilliseconds = "duration_ms"
    case isLocal = "is_local"
    case isPlayable = "is_playable"
    case externalIDs = "external_ids"
    case linkedFrom = "linked_from"
  }

  var key: TrackKey? {
    let key = linkedFrom?.id ?? id ?? uri
    return key.flatMap { $0.isUsableID ? TrackKey($0) : nil }
  }

  var track: Track? {
    guard let key, let name, let uri = linkedFrom?.uri ?? uri, uri.isUsableID else { return nil }
    return Track(
      key: key, spotifyID: linkedFrom?.id ?? id, uri: uri, name: name, artists: artists.credits,
      album: album?.album, durationMilliseconds: durationMilliseconds?.value ?? 0,
      isExplicit: explicit ?? false,
      isrc: externalIDs?.isrc, isLocal: isLocal ?? false)
  }
}

extension String {
  /// Whether it tells something apart wherever it is kept: Postgres refuses U+0000.
  var isUsableID: Bool { !isEmpty && !utf8.contains(0) }
}

extension [Lenient<ImagePayload>] {
  /// The smallest of at least 300 pixels: enough for a cover on a page. Without widths the first, the largest.
  var preferred: String? {
    let images = compactMap { if case .value(let image) = $0 { image } else { nil } }
    let sized = images.filter { ($0.width?.value ?? 0) >= 300 && $0.url != nil }
    return sized.min { ($0.width?.value ?? 0) < ($1.width?.value ?? 0) }?.url ?? images.first?.url
  }
}

extension [Lenient<ArtistPayload>]? {
  var credits: [ArtistCredit] {
    (self ?? []).compactMap { element in
      if case .value(let artist) = element { artist.credit } else { nil }
    }
  }
}
