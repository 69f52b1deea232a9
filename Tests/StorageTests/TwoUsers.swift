import Domain
import PostgreSQL
import Storage
import TestSupport

/// Runs `body` with a database in which every table with a user has rows of two of them; `tables` are their names.
func withTwoUsers(
  _ body:
    @escaping @Sendable (_ db: ServiceDatabase, _ ada: UserID, _ bert: UserID, _ tables: [String])
    async throws ->
    Void
) async throws {
  try await withServiceDatabase { db async throws in
    var users: [UserID] = []
    for name in ["ada", "bert"] {
      let user = try await db.connectedUser(name)
      try await db.fill(user, name)
      users.append(user)
    }
    try await body(db, users[0], users[1], try await IsolationRules.userTables(db.owner))
  }
}

extension ServiceDatabase {
  /// Puts a row into each table that has a user: a rule that meets no row proves nothing.
  func fill(_ user: UserID, _ name: String) async throws {
    try await sessions.start(for: user, tokenHash: Array(name.utf8), userAgent: "tests")
    try await save([Sample.entry("one", at: 1), Sample.entry("two", at: 2)], for: user)
    let claim = try await claim(user)
    _ = try await pages.keep(
      [StagedPages.Page(offset: 0, total: 1, slots: [.null])], tracks: [], scan: 1, of: claim,
      progress: SyncRun.Progress(done: 1, total: 1, unit: "pages"), requestsMade: 1)
    let id = user.rawValue
    for statement: SQL in [
      "INSERT INTO playlist (user_id, playlist_id, uri, name, is_collaborative, position) VALUES (\(id), 'p', 'u', 'n', false, 0)",
      "INSERT INTO playlist_item (user_id, playlist_id, position, type) VALUES (\(id), 'p', 0, 'unavailable')",
      "INSERT INTO staged_list_page (user_id, run_id, scan, list, start, elements) VALUES (\(id), uuid_v7(), 1, '', 0, '[]')",
      "INSERT INTO followed_artist (user_id, artist_id) VALUES (\(id), 'a')",
      "INSERT INTO followed_order (user_id, artists, borders) VALUES (\(id), 60, '{a}')",
      "INSERT INTO api_token (user_id, token_hash, name, scopes) VALUES (\(id), int8send(\(id)), 'n', '{read}')",
      "INSERT INTO sync_schedule (user_id, kind, next_check_at) VALUES (\(id), 'playlists', now()) ON CONFLICT DO NOTHING",
    ] {
      _ = try await owner.query(statement)
    }
  }

  /// What tables have of a user, row by row, with what tells whether a row was rewritten.
  func rows(of user: UserID, in tables: [String]) async throws -> [String: [String]] {
    var found: [String: [String]] = [:]
    for table in tables {
      let rows = try await evaluate(
        "SELECT xmin::text || ' ' || t::text FROM \(table) AS t WHERE user_id = \(user) ORDER BY 1")
      if !rows.isEmpty { found[table] = rows }
    }
    return found
  }
}
