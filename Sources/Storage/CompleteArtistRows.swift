import Domain
import PostgreSQL

/// Statements that bring artists to what they said themselves: picture and genres, too.
struct CompleteArtistRows {
  private var artists: [String: Artist] = [:]

  mutating func add(_ artist: Artist) { artists[artist.id.rawValue] = artist }

  func has(_ id: String) -> Bool { artists[id] != nil }

  var statements: [SQL] {
    guard !artists.isEmpty else { return [] }
    let sorted = artists.values.sorted { $0.id.rawValue < $1.id.rawValue }
    // An array of arrays can't be taken apart by rows, so genres travel as one text each.
    let incoming: SQL = """
      (SELECT artist_id, name, image_url, string_to_array(genres, chr(10)) AS genres
       FROM unnest(
         \(sorted.map(\.id.rawValue)), \(sorted.map(\.name.withoutNUL)), \(sorted.map(\.imageURL?.withoutNUL)),
         \(sorted.map(CompleteArtistRows.genres))
       ) AS told (artist_id, name, image_url, genres)) AS new
      """
    return [
      """
      INSERT INTO artist (artist_id, name, image_url, genres, fetched_at)
      SELECT new.artist_id, new.name, new.image_url, coalesce(new.genres, '{}'), now()
      FROM \(sql: incoming)
      WHERE NOT EXISTS (SELECT FROM artist WHERE artist.artist_id = new.artist_id)
      ORDER BY new.artist_id
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE artist
      SET name = new.name,
          image_url = new.image_url,
          genres = coalesce(new.genres, artist.genres, '{}'),
          fetched_at = now(),
          wanted_at = NULL
      FROM \(sql: incoming)
      WHERE artist.artist_id = new.artist_id
        AND (artist.fetched_at IS NULL OR artist.wanted_at IS NOT NULL
             OR (artist.name, artist.image_url, artist.genres)
               IS DISTINCT FROM (new.name, new.image_url, coalesce(new.genres, artist.genres, '{}')))
      """,
    ]
  }

  /// Nil when Spotify told none: then those that are known stay.
  private static func genres(_ artist: Artist) -> String? {
    artist.genres.map { genres in
      genres.map { String($0.map { $0.isNewline ? " " : $0 }).withoutNUL }.joined(separator: "\n")
    }
  }
}
