import Domain
import PostgreSQL

/// Statements that bring episodes to what Spotify said, and touch nothing else.
struct EpisodeRows {
  private var episodes: [String: Episode] = [:]

  mutating func add(_ episode: Episode) { episodes[episode.id.rawValue] = episode }

  var statements: [SQL] {
    guard !episodes.isEmpty else { return [] }
    let sorted = episodes.values.sorted { $0.id.rawValue < $1.id.rawValue }
    let incoming: SQL = """
      unnest(
        \(sorted.map(\.id.rawValue)), \(sorted.map(\.uri.withoutNUL)), \(sorted.map(\.name.withoutNUL)),
        \(sorted.map(\.showID?.withoutNUL)), \(sorted.map(\.showName?.withoutNUL)),
        \(sorted.map { Int32(clamping: $0.durationMilliseconds) }), \(sorted.map(\.isExplicit)),
        \(sorted.map(\.releaseDate?.withoutNUL)), \(sorted.map(\.imageURL?.withoutNUL))
      ) AS new (episode_id, uri, name, show_id, show_name, duration_ms, explicit, release_date, image_url)
      """
    return [
      """
      INSERT INTO episode (episode_id, uri, name, show_id, show_name, duration_ms, explicit, release_date,
                           image_url)
      SELECT new.*
      FROM \(sql: incoming)
      WHERE NOT EXISTS (SELECT FROM episode WHERE episode.episode_id = new.episode_id)
      ORDER BY new.episode_id
      ON CONFLICT DO NOTHING
      """,
      """
      UPDATE episode
      SET uri = new.uri,
          name = new.name,
          show_id = new.show_id,
          show_name = new.show_name,
          duration_ms = new.duration_ms,
          explicit = new.explicit,
          release_date = new.release_date,
          image_url = new.image_url
      FROM \(sql: incoming)
      WHERE episode.episode_id = new.episode_id
        AND (episode.uri, episode.name, episode.show_id, episode.show_name, episode.duration_ms,
             episode.explicit, episode.release_date, episode.image_url)
          IS DISTINCT FROM
            (new.uri, new.name, new.show_id, new.show_name, new.duration_ms,
             new.explicit, new.release_date, new.image_url)
      """,
    ]
  }
}
