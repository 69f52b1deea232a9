import Domain
import FoundationEssentials
import PostgreSQL

/// Pages of somebody's followed artists, by name without regard to case.
extension FollowedArtists {
  /// Where a page ends; the next begins behind it.
  package struct Position: Sendable, Equatable {
    package let name: String
    package let artist: ArtistID

    package init(name: String, artist: ArtistID) {
      self.name = name
      self.artist = artist
    }
  }

  /// At most `limit` artists from behind `position`; `matching` searches their names.
  package func list(
    for caller: Caller, filter: PresenceFilter, matching search: String?, after position: Position?,
    limit: Int
  ) async throws(StorageError) -> [FollowedArtist] {
    let presence = filter.condition(removedAt: "followed.removed_at")
    let matches: SQL =
      if let search { "AND artist.name ILIKE \(search.searchPattern)" } else { "" }
    // By bytes, so that a page's end means the same to every server, whatever its locale.
    let behind: SQL =
      if let position {
        """
        AND (lower(artist.name) COLLATE "C", artist.artist_id COLLATE "C")
          > (lower(\(position.name)) COLLATE "C", \(position.artist.rawValue) COLLATE "C")
        """
      } else {
        ""
      }
    let (_, rows) = try await database.asCaller(
      caller,
      """
      SELECT artist.artist_id, artist.name, artist.image_url, artist.genres, followed.first_seen_at,
             followed.removed_at
      FROM followed_artist AS followed
      JOIN artist USING (artist_id)
      WHERE \(sql: presence) \(sql: behind) \(sql: matches)
      ORDER BY lower(artist.name) COLLATE "C", artist.artist_id COLLATE "C"
      LIMIT \(limit)
      """)
    return try decode { () throws(PostgreSQLError) in
      var artists: [FollowedArtist] = []
      for row in rows[0] {
        let artist = Artist(
          id: ArtistID(try row.decode(0)), name: try row.decode(1), imageURL: try row.decode(2),
          genres: try row.decode(3))
        artists.append(
          FollowedArtist(artist: artist, firstSeenAt: try row.decode(4), removedAt: try row.decode(5)))
      }
      return artists
    }
  }
}
