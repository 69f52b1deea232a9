import Domain
import FoundationEssentials
import PostgreSQL

/// Pages of a run over several lists as they arrived, until one transaction merges them.
///
/// What a page says is the sync's own; here it is JSON that comes back as it was kept.
package struct StagedLists: Sendable {
  package struct Page<Content: Codable & Sendable>: Sendable {
    /// Which list of the run; empty for the one that names the others.
    package let list: String
    /// A list that had to be read again is staged under the next number.
    package let scan: Int
    package let start: Int
    package let total: Int?
    package let content: Content

    package init(list: String, scan: Int, start: Int, total: Int?, content: Content) {
      self.list = list
      self.scan = scan
      self.start = start
      self.total = total
      self.content = content
    }
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Keeps pages, what they tell about the catalogue, and how far the run is: all or nothing, fenced.
  ///
  /// - Returns: whether the run was asked to stop.
  package func keep<Content>(
    _ pages: [Page<Content>], tracks: [Track] = [], episodes: [Episode] = [], of claim: RunClaim,
    progress: SyncRun.Progress, requestsMade: Int
  ) async throws(StorageError) -> Bool {
    var catalogue = CatalogueRows()
    for track in tracks { catalogue.add(track) }
    for episode in episodes { catalogue.add(episode) }
    var statements = catalogue.statements
    for page in pages { statements.append(try StagedLists.insert(page, of: claim)) }
    statements.append(SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade))
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return try SyncRuns.cancelRequested(rows[rows.count - 1])
  }

  /// What earlier attempts of the run have kept, lately, of the newest scan of the list that names the others.
  package func first<Content>(of claim: RunClaim) async throws(StorageError) -> [Page<Content>] {
    _ = try await database.asUser(claim.user, StagedLists.forgetOldList(of: claim))
    return try await newest("page.list = ''", of: claim)
  }

  /// A list is read at one go: what of it is older says nothing of how it is now.
  private static let longestAge = Duration.seconds(300)

  static func forgetOldList(of claim: RunClaim) -> SQL {
    """
    DELETE FROM staged_list_page AS page
    WHERE page.user_id = \(claim.user.rawValue) AND page.run_id = \(claim.run.rawValue) AND page.list = ''
      AND EXISTS (
        SELECT FROM staged_list_page AS old
        WHERE old.user_id = page.user_id AND old.run_id = page.run_id AND old.list = ''
          AND old.staged_at < now() - make_interval(secs => \(longestAge.seconds)))
    """
  }

  /// What they have kept of the newest scan of each of the others.
  package func others<Content>(of claim: RunClaim) async throws(StorageError) -> [Page<Content>] {
    try await newest("page.list <> ''", of: claim)
  }

  private func newest<Content>(
    _ condition: SQL, of claim: RunClaim
  ) async throws(StorageError) -> [Page<Content>] {
    let rows = try await database.asUser(
      claim.user,
      """
      SELECT page.list, page.scan, page.start, page.total, page.elements
      FROM staged_list_page AS page
      WHERE page.user_id = \(claim.user.rawValue) AND page.run_id = \(claim.run.rawValue)
        AND \(sql: condition)
        AND page.scan = (
          SELECT max(other.scan) FROM staged_list_page AS other
          WHERE other.user_id = page.user_id AND other.run_id = page.run_id AND other.list = page.list)
      ORDER BY page.list, page.start
      """)
    return try decode { () throws(PostgreSQLError) in
      var pages: [Page<Content>] = []
      for row in rows[0] {
        pages.append(
          Page(
            list: try row.decode(0), scan: try row.decode(1), start: try row.decode(2),
            total: try row.decode(3), content: try JSONColumn.decode(row, "elements")))
      }
      return pages
    }
  }

  private static func insert<Content>(
    _ page: Page<Content>, of claim: RunClaim
  ) throws(StorageError) -> SQL {
    let content: JSONText = try decode { () throws(PostgreSQLError) in try JSONColumn.encode(page.content) }
    return """
      INSERT INTO staged_list_page (user_id, run_id, scan, list, start, elements, total)
      VALUES (
        \(claim.user.rawValue), \(claim.run.rawValue), \(Int32(page.scan)), \(page.list),
        \(Int32(clamping: page.start)), \(content), \(page.total.map { Int32(clamping: $0) }))
      ON CONFLICT (user_id, run_id, scan, list, start) DO NOTHING
      """
  }
}
