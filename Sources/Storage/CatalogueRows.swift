import Domain
import PostgreSQL

/// Statements that bring artists, albums and tracks to what Spotify said, and touch nothing else.
///
/// Insert what is missing, update what differs: an unchanged row is neither rewritten nor locked. Everything is
/// sorted by key, so that two writers meet rows in the same order.
struct CatalogueRows {
  private var artists: [String: String] = [:]
  private var completeArtists = CompleteArtistRows()
  private var albums: [String: Album] = [:]
  private var tracks: [String: Track] = [:]
  private var episodes = EpisodeRows()

  mutating func add(_ track: Track) {
    if tracks.updateValue(track, forKey: track.key.rawValue) == nil { add(track.artists) }
    if let album = track.album { add(album) }
  }

  mutating func add(_ album: Album) {
    if albums.updateValue(album, forKey: album.id.rawValue) == nil { add(album.artists) }
  }

  mutating func add(_ episode: Episode) { episodes.add(episode) }

  /// What the artist itself told, more than a credit does.
  mutating func add(_ artist: Artist) { completeArtists.add(artist) }

  private mutating func add(_ credits: [ArtistCredit]) {
    for credit in credits {
      if let id = credit.id { artists[id] = credit.name.withoutNUL }
    }
  }

  var statements: [SQL] {
    completeArtists.statements + artistStatements + albumStatements + trackStatements
      + episodes.statements
  }

  private var artistStatements: [SQL] {
    let sorted = artists.filter { !completeArtists.has($0.key) }.sorted { $0.key < $1.key }
    guard !sorted.isEmpty else { return [] }
    let (ids, names) = (sorted.map(\.key), sorted.map(\.value))
    return [
      """
      INSERT INTO artist (artist_id, name)
      SELECT new.artist_id, new.name
      FROM unnest(\(ids), \(names)) AS new (artist_id, name)
      WHERE NOT EXISTS (SELECT FROM artist WHERE artist.artist_id = new.artist_id)
      ORDER BY new.artist_id
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE artist
      SET name = new.name
      FROM unnest(\(ids), \(names)) AS new (artist_id, name)
      WHERE artist.artist_id = new.artist_id AND artist.name <> new.name
      """,
    ]
  }

  private var albumStatements: [SQL] {
    guard !albums.isEmpty else { return [] }
    let sorted = albums.values.sorted { $0.id.rawValue < $1.id.rawValue }
    let incoming: SQL = """
      unnest(
        \(sorted.map(\.id.rawValue)), \(sorted.map(\.name.withoutNUL)), \(sorted.map(\.type?.withoutNUL)),
        \(sorted.map(\.releaseDate?.withoutNUL)), \(sorted.map(\.releaseDatePrecision?.withoutNUL)),
        \(sorted.map { $0.totalTracks.map { Int32(clamping: $0) } }), \(sorted.map(\.imageURL?.withoutNUL)),
        \(sorted.map { CreditsJSON.text($0.artists) })
      ) AS new (album_id, name, album_type, release_date, release_date_precision, total_tracks, image_url,
                artists)
      """
    return [
      """
      INSERT INTO album (album_id, name, album_type, release_date, release_date_precision, total_tracks,
                         image_url, artists)
      SELECT new.*
      FROM \(sql: incoming)
      WHERE NOT EXISTS (SELECT FROM album WHERE album.album_id = new.album_id)
      ORDER BY new.album_id
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE album
      SET name = new.name,
          album_type = new.album_type,
          release_date = new.release_date,
          release_date_precision = new.release_date_precision,
          total_tracks = new.total_tracks,
          image_url = new.image_url,
          artists = new.artists
      FROM \(sql: incoming)
      WHERE album.album_id = new.album_id
        AND (album.name, album.album_type, album.release_date, album.release_date_precision,
             album.total_tracks, album.image_url, album.artists)
          IS DISTINCT FROM
            (new.name, new.album_type, new.release_date, new.release_date_precision,
             new.total_tracks, new.image_url, new.artists)
      """,
    ]
  }

  private var trackStatements: [SQL] {
    guard !tracks.isEmpty else { return [] }
    let sorted = tracks.values.sorted { $0.key.rawValue < $1.key.rawValue }
    let incoming: SQL = """
      unnest(
        \(sorted.map(\.key.rawValue)), \(sorted.map(\.spotifyID)), \(sorted.map(\.uri)),
        \(sorted.map(\.name.withoutNUL)), \(sorted.map { CreditsJSON.text($0.artists) }),
        \(sorted.map { $0.album?.id.rawValue }), \(sorted.map { Int32(clamping: $0.durationMilliseconds) }),
        \(sorted.map(\.isExplicit)), \(sorted.map(\.isrc?.withoutNUL)), \(sorted.map(\.isLocal))
      ) AS new (track_key, spotify_id, uri, name, artists, album_id, duration_ms, explicit, isrc, is_local)
      """
    return [
      """
      INSERT INTO track (track_key, spotify_id, uri, name, artists, album_id, duration_ms, explicit, isrc,
                         is_local)
      SELECT new.*
      FROM \(sql: incoming)
      WHERE NOT EXISTS (SELECT FROM track WHERE track.track_key = new.track_key)
      ORDER BY new.track_key
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE track
      SET spotify_id = new.spotify_id,
          uri = new.uri,
          name = new.name,
          artists = new.artists,
          album_id = new.album_id,
          duration_ms = new.duration_ms,
          explicit = new.explicit,
          isrc = new.isrc,
          is_local = new.is_local
      FROM \(sql: incoming)
      WHERE track.track_key = new.track_key
        AND (track.spotify_id, track.uri, track.name, track.artists, track.album_id, track.duration_ms,
             track.explicit, track.isrc, track.is_local)
          IS DISTINCT FROM
            (new.spotify_id, new.uri, new.name, new.artists, new.album_id, new.duration_ms,
             new.explicit, new.isrc, new.is_local)
      """,
    ]
  }
}
