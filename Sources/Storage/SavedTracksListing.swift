import Domain
import FoundationEssentials
import PostgreSQL

/// Pages of somebody's saved tracks, newest first, equal times in Spotify's order.
extension SavedTracks {
  /// Where a page ends; the next begins behind it.
  package struct Position: Sendable, Equatable {
    package let addedAt: Date
    package let ordinal: Int64
    package let key: TrackKey

    package init(addedAt: Date, ordinal: Int64, key: TrackKey) {
      self.addedAt = addedAt
      self.ordinal = ordinal
      self.key = key
    }
  }

  /// At most `limit` tracks from behind `position`; `matching` searches track, artist and album names.
  package func list(
    for caller: Caller, filter: PresenceFilter, matching search: String?, after position: Position?,
    limit: Int
  ) async throws(StorageError) -> [SavedTrack] {
    let presence = filter.condition(removedAt: "saved.removed_at")
    let matches: SQL =
      if let search {
        """
        AND (track.name ILIKE \(search.searchPattern) OR album.name ILIKE \(search.searchPattern)
             OR EXISTS (SELECT FROM jsonb_array_elements(track.artists) AS artist
                        WHERE artist ->> 'name' ILIKE \(search.searchPattern)))
        """
      } else {
        ""
      }
    let behind: SQL =
      if let position {
        """
        AND (saved.added_at < \(position.addedAt)
             OR (saved.added_at = \(position.addedAt)
                 AND (saved.ordinal < \(position.ordinal)
                      OR (saved.ordinal = \(position.ordinal) AND saved.track_key > \(position.key.rawValue)))))
        """
      } else {
        ""
      }
    let (_, rows) = try await database.asCaller(
      caller,
      """
      SELECT \(sql: TrackColumns.sql),
             saved.added_at, saved.ordinal, saved.is_playable, saved.removed_at
      FROM saved_track AS saved
      JOIN track ON track.track_key = saved.track_key
      LEFT JOIN album ON album.album_id = track.album_id
      WHERE \(sql: presence) \(sql: behind) \(sql: matches)
      ORDER BY saved.added_at DESC, saved.ordinal DESC, saved.track_key
      LIMIT \(limit)
      """)
    return try decode { () throws(PostgreSQLError) in
      var tracks: [SavedTrack] = []
      tracks.reserveCapacity(rows[0].count)
      for row in rows[0] { tracks.append(try SavedTracks.savedTrack(row)) }
      return tracks
    }
  }

  private static func savedTrack(_ row: Row) throws(PostgreSQLError) -> SavedTrack {
    SavedTrack(
      track: try TrackColumns.track(row), addedAt: try row.decode(14), ordinal: try row.decode(15),
      isPlayable: try row.decode(16), removedAt: try row.decode(17))
  }
}
