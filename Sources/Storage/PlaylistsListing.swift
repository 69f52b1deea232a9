import Domain
import FoundationEssentials
import PostgreSQL

/// Pages of somebody's playlists in the person's order, and of what is in one of them.
extension Playlists {
  /// Where a page ends; the next begins behind it.
  package struct Position: Sendable, Equatable {
    package let position: Int
    package let playlist: PlaylistID

    package init(position: Int, playlist: PlaylistID) {
      self.position = position
      self.playlist = playlist
    }
  }

  /// At most `limit` playlists from behind `position`; `matching` searches their names.
  package func list(
    for caller: Caller, matching search: String?, after position: Position?, limit: Int
  ) async throws(StorageError) -> [HeldPlaylist] {
    let matches: SQL = if let search { "AND name ILIKE \(search.searchPattern)" } else { "" }
    let behind: SQL =
      if let position {
        "AND (position, playlist_id) > (\(Int32(clamping: position.position)), \(position.playlist.rawValue))"
      } else {
        ""
      }
    let (_, rows) = try await database.asCaller(
      caller,
      """
      SELECT \(sql: Playlists.columns)
      FROM playlist
      WHERE removed_at IS NULL \(sql: behind) \(sql: matches)
      ORDER BY position, playlist_id
      LIMIT \(limit)
      """)
    return try rows[0].map { row throws(StorageError) in
      try decode { () throws(PostgreSQLError) in try Playlists.held(row) }
    }
  }

  /// A playlist of the person's list; nil when it isn't there.
  package func show(_ playlist: PlaylistID, for caller: Caller) async throws(StorageError) -> HeldPlaylist? {
    let (_, rows) = try await database.asCaller(caller, Playlists.select(playlist))
    return try decode { () throws(PostgreSQLError) in
      try rows[0].first.map { row throws(PostgreSQLError) in try Playlists.held(row) }
    }
  }

  /// At most `limit` items from behind `position`, in the playlist's order; nil when there is no such playlist.
  /// Of contents that may not be seen there are none.
  package func items(
    of playlist: PlaylistID, for caller: Caller, after position: Int?, limit: Int
  ) async throws(StorageError) -> (playlist: HeldPlaylist, items: [PlaylistItem])? {
    let behind: SQL =
      if let position { "AND item.position > \(Int32(clamping: position))" } else { "" }
    let (_, rows) = try await database.asCaller(
      caller,
      Playlists.select(playlist),
      """
      SELECT \(sql: TrackColumns.sql),
             item.position, item.added_at, item.type, item.is_playable,
             episode.episode_id, episode.uri, episode.name, episode.show_id, episode.show_name,
             episode.duration_ms, episode.explicit, episode.release_date, episode.image_url
      FROM playlist_item AS item
      LEFT JOIN track ON item.type = 'track' AND track.track_key = item.item_key
      LEFT JOIN album ON album.album_id = track.album_id
      LEFT JOIN episode ON item.type = 'episode' AND episode.episode_id = item.item_key
      WHERE item.playlist_id = \(playlist.rawValue) \(sql: behind)
        AND EXISTS (SELECT FROM playlist
                    WHERE playlist.playlist_id = item.playlist_id AND contents <> 'not_visible')
      ORDER BY item.position
      LIMIT \(limit)
      """)
    return try decode { () throws(PostgreSQLError) in
      guard let row = rows[0].first else { return nil }
      var items: [PlaylistItem] = []
      items.reserveCapacity(rows[1].count)
      for row in rows[1] { items.append(try Playlists.item(row)) }
      return (playlist: try Playlists.held(row), items: items)
    }
  }

  private static func select(_ playlist: PlaylistID) -> SQL {
    """
    SELECT \(sql: columns)
    FROM playlist
    WHERE playlist_id = \(playlist.rawValue) AND removed_at IS NULL
    """
  }

  private static func item(_ row: Row) throws(PostgreSQLError) -> PlaylistItem {
    let first = TrackColumns.count
    let kind: PlaylistEntry.Kind = try row.decode(first + 2)
    let content: PlaylistItem.Content =
      switch kind {
      case .track: .track(try TrackColumns.track(row))
      case .episode: .episode(try episode(row, from: first + 4))
      case .unavailable: .unavailable
      }
    return PlaylistItem(
      position: try row.decode(first), addedAt: try row.decode(first + 1), content: content,
      isPlayable: try row.decode(first + 3))
  }

  private static func episode(_ row: Row, from column: Int) throws(PostgreSQLError) -> Episode {
    Episode(
      id: EpisodeID(try row.decode(column)), uri: try row.decode(column + 1),
      name: try row.decode(column + 2), showID: try row.decode(column + 3),
      showName: try row.decode(column + 4), durationMilliseconds: try row.decode(column + 5),
      isExplicit: try row.decode(column + 6), releaseDate: try row.decode(column + 7),
      imageURL: try row.decode(column + 8))
  }
}
