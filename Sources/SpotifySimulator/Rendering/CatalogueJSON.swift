/// What an app may see of the catalogue (Spotify's change of February 2026).
package enum QuotaMode: String, Codable, Sendable {
  /// Five users, fewer endpoints, smaller pages, fewer fields.
  case development
  case extended
}

/// Renders artists, albums and tracks in Spotify's shapes, for one address and one mode.
///
/// Remembers the artists, who come again and again, and the last album, whose tracks often stand together.
final class CatalogueJSON {
  let catalogue: Catalogue
  let mode: QuotaMode
  /// Where the request was sent, without a trailing slash: Spotify's `href`s begin with it.
  let origin: String
  /// Where a browser finds the covers.
  let imageOrigin: String
  private var artists: [Int: [UInt8]] = [:]
  private var lastAlbum: (album: Album, json: [UInt8])?

  /// Sold everywhere, in most markets, in few: a page of 50 saved tracks comes to about 150 KB.
  private static let markets: [[UInt8]] = [184, 130, 76].map { count in
    var writer = JSONWriter(capacity: 1_024)
    writer.array(Words.markets.prefix(count)) { $0.value($1) }
    return writer.bytes
  }

  init(catalogue: Catalogue, mode: QuotaMode, origin: String, imageOrigin: String) {
    self.catalogue = catalogue
    self.mode = mode
    self.origin = origin
    self.imageOrigin = imageOrigin
  }

  // MARK: Artists

  /// As inside albums and tracks: without genres and images.
  func simplifiedArtist(_ number: Int, _ json: inout JSONWriter) {
    if let known = artists[number] { return json.raw(known) }
    let artist = catalogue.artist(number)
    let bytes = JSONWriter.object {
      identity("artist", catalogue.artistIDs.text(number), name: artist.name, &$0)
    }
    artists[number] = bytes
    json.raw(bytes)
  }

  func artist(_ number: Int, _ json: inout JSONWriter) {
    let artist = catalogue.artist(number)
    let id = catalogue.artistIDs.text(number)
    json.object { json in
      json.key("genres")
      json.array(artist.genres) { $0.value($1) }
      images(id, &json)
      if mode == .extended {
        json.key("followers")
        json.object {
          $0.nullField("href")
          $0.field("total", artist.followers)
        }
        json.field("popularity", artist.popularity)
      }
      identity("artist", id, name: artist.name, &json)
    }
  }

  // MARK: Albums

  /// - Parameter group: what the album is to the artist who was asked about.
  func simplifiedAlbum(_ album: Album, group: String? = nil, _ json: inout JSONWriter) {
    let id = catalogue.albumIDs.text(album.number)
    json.object { json in
      if let group { json.field("album_group", group) }
      json.field("album_type", album.type)
      artists(album.artists, &json)
      if mode == .extended {
        json.key("available_markets")
        json.raw(CatalogueJSON.markets[album.number % 3])
      }
      images(id, &json)
      json.field("release_date", album.releaseDate)
      json.field("release_date_precision", album.releaseDatePrecision)
      json.field("total_tracks", album.totalTracks)
      identity("album", id, name: album.name, &json)
    }
  }

  // MARK: Tracks

  func track(_ number: Int, padding: Int, _ json: inout JSONWriter) {
    let (album, albumJSON) = album(number / Catalogue.maximumTracksPerAlbum)
    let track = catalogue.track(number, on: album)
    let start = json.bytes.count
    json.object { json in
      json.key("album")
      json.raw(albumJSON)
      artists(track.artists, &json)
      if mode == .extended {
        json.key("available_markets")
        json.raw(CatalogueJSON.markets[album.number % 3])
        json.field("popularity", track.popularity)
      }
      json.field("disc_number", 1)
      json.field("duration_ms", track.durationMilliseconds)
      json.field("explicit", track.isExplicit)
      json.key("external_ids")
      json.object { if let isrc = track.isrc { $0.field("isrc", isrc) } }
      json.field("is_local", false)
      json.field("is_playable", track.isPlayable)
      if !track.isPlayable {
        json.key("restrictions")
        json.object { $0.field("reason", "market") }
      }
      json.nullField("preview_url")
      json.field("track_number", track.position)
      identity("track", catalogue.trackIDs.text(number), name: track.name, &json)
      let missing = padding - (json.bytes.count - start) - 15
      if missing > 0 {
        json.key("_padding")
        json.value(String(repeating: "x", count: missing))
      }
    }
  }

  /// A local file: ids, dates and addresses are null.
  func localFile(_ file: LocalFile, _ json: inout JSONWriter) {
    func artist(_ json: inout JSONWriter) {
      json.object {
        emptyIdentity("artist", &$0)
        $0.field("name", file.artist)
        $0.nullField("uri")
      }
    }
    json.object { json in
      json.key("album")
      json.object { json in
        json.nullField("album_type")
        json.key("artists")
        json.array([0]) { writer, _ in artist(&writer) }
        json.key("images")
        json.array([Int]()) { $0.value($1) }
        json.nullField("release_date")
        json.nullField("release_date_precision")
        emptyIdentity("album", &json)
        json.field("name", file.album)
        json.nullField("uri")
      }
      json.key("artists")
      json.array([0]) { writer, _ in artist(&writer) }
      json.field("disc_number", 0)
      json.field("duration_ms", file.seconds * 1_000)
      json.field("explicit", false)
      json.key("external_ids")
      json.object { _ in }
      json.field("is_local", true)
      json.nullField("preview_url")
      json.field("track_number", 0)
      emptyIdentity("track", &json)
      json.field("name", file.name)
      json.field("uri", file.uri)
    }
  }

  // MARK: Parts

  private func album(_ number: Int) -> (album: Album, json: [UInt8]) {
    if let lastAlbum, lastAlbum.album.number == number { return lastAlbum }
    let album = catalogue.album(number)
    var writer = JSONWriter(capacity: 4_096)
    simplifiedAlbum(album, &writer)
    lastAlbum = (album, writer.bytes)
    return (album, writer.bytes)
  }

  private func artists(_ numbers: [Int], _ json: inout JSONWriter) {
    json.key("artists")
    json.array(numbers) { simplifiedArtist($1, &$0) }
  }

  func identity(_ type: String, _ id: String, name: String, _ json: inout JSONWriter) {
    json.key("external_urls")
    json.object { $0.field("spotify", "https://open.spotify.com/\(type)/\(id)") }
    json.field("href", "\(origin)/v1/\(type)s/\(id)")
    json.field("id", id)
    json.field("name", name)
    json.field("type", type)
    json.field("uri", "spotify:\(type):\(id)")
  }

  func emptyIdentity(_ type: String, _ json: inout JSONWriter) {
    json.key("external_urls")
    json.object { _ in }
    json.nullField("href")
    json.nullField("id")
    json.field("type", type)
  }

  func images(_ id: String, _ json: inout JSONWriter) {
    json.key("images")
    json.array(Cover.sizes) { json, size in
      json.object {
        $0.field("height", size)
        $0.field("url", "\(imageOrigin)/image/\(size)-\(id)")
        $0.field("width", size)
      }
    }
  }
}
