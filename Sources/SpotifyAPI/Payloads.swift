import Domain

// What Spotify sends, field by field; everything that may be missing is optional (facts, section 2).

struct ImagePayload: Decodable {
  let url: String?
  let width: LenientInt?
}

struct ArtistPayload: Decodable {
  let id: String?
  let name: String?
  let images: [ImagePayload]?
  let genres: [String]?

  var credit: ArtistCredit { ArtistCredit(id: id, name: name ?? "") }
}

struct AlbumPayload: Decodable {
  let id: String?
  let name: String?
  let album_type: String?
  let release_date: String?
  let release_date_precision: String?
  let total_tracks: LenientInt?
  let images: [ImagePayload]?
  let artists: [Lenient<ArtistPayload>]?

  /// Nil for the albums of local files, which have no id.
  var album: Album? {
    guard let id, !id.isEmpty else { return nil }
    return Album(
      id: AlbumID(id), name: name ?? "", type: album_type, releaseDate: release_date,
      releaseDatePrecision: release_date_precision, totalTracks: total_tracks?.value,
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
  let duration_ms: LenientInt?
  let explicit: Bool?
  let is_local: Bool?
  let is_playable: Bool?
  let external_ids: ExternalIDs?
  /// The track as it was saved, when another instance is shown in its place.
  let linked_from: Link?

  var key: TrackKey? {
    let key = linked_from?.id ?? id ?? uri
    return key.flatMap { $0.isEmpty ? nil : TrackKey($0) }
  }

  var track: Track? {
    guard let key, let name, let uri = linked_from?.uri ?? uri else { return nil }
    return Track(
      key: key, spotifyID: linked_from?.id ?? id, uri: uri, name: name, artists: artists.credits,
      album: album?.album, durationMilliseconds: duration_ms?.value ?? 0, isExplicit: explicit ?? false,
      isrc: external_ids?.isrc, isLocal: is_local ?? false)
  }
}

extension [ImagePayload] {
  /// The smallest of at least 300 pixels: enough for a cover on a page. Without widths the first, the largest.
  var preferred: String? {
    let sized = filter { ($0.width?.value ?? 0) >= 300 && $0.url != nil }
    return sized.min { ($0.width?.value ?? 0) < ($1.width?.value ?? 0) }?.url ?? first?.url
  }
}

extension [Lenient<ArtistPayload>]? {
  var credits: [ArtistCredit] {
    (self ?? []).compactMap { element in
      if case .value(let artist) = element { artist.credit } else { nil }
    }
  }
}
