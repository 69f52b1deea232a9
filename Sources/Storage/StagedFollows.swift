import Domain
import PostgreSQL

/// Pages of followed artists as they arrived, until one transaction merges them.
package struct StagedFollows: Sendable {
  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Keeps pages, what they tell about artists, and how far the run is: all or nothing, fenced.
  ///
  /// - Parameter artists: what came with the pages, for the catalogue.
  /// - Returns: whether the run was asked to stop.
  package func keep(
    _ pages: [AskedFollows], artists: [Artist], scan: Int, of claim: RunClaim, progress: SyncRun.Progress,
    requestsMade: Int
  ) async throws(StorageError) -> Bool {
    var catalogue = CatalogueRows()
    for artist in artists { catalogue.add(artist) }
    var statements = catalogue.statements
    for page in pages { statements.append(try StagedFollows.insert(page, scan: scan, of: claim)) }
    statements.append(SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade))
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return try SyncRuns.cancelRequested(rows[rows.count - 1])
  }

  /// What earlier attempts of the run have kept, by scan, in the order in which it was asked for. A crash of
  /// Postgres may have lost any of it.
  package func pages(of claim: RunClaim) async throws(StorageError) -> [Int: [AskedFollows]] {
    let rows = try await database.asUser(
      claim.user,
      StagedLists.forgetOldList(of: claim),
      """
      SELECT scan, start, asked_from, elements, total, cursor
      FROM staged_list_page
      WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue) AND list = ''
      ORDER BY scan, start
      """)
    return try decode { () throws(PostgreSQLError) in
      var pages: [Int: [AskedFollows]] = [:]
      for row in rows[1] {
        let elements: [StagedFollow?] = try JSONColumn.decode(row, "elements")
        let page = FollowsPage(
          slots: elements.map { $0?.slot ?? .null }, total: try row.decode("total"),
          cursor: try row.decode("cursor"))
        pages[try row.decode("scan"), default: []].append(
          AskedFollows(number: try row.decode("start"), after: try row.decode("asked_from"), page: page))
      }
      return pages
    }
  }

  private static func insert(
    _ asked: AskedFollows, scan: Int, of claim: RunClaim
  ) throws(StorageError) -> SQL {
    let elements = try decode { () throws(PostgreSQLError) in
      try JSONColumn.encode(asked.page.slots.map(StagedFollow.init))
    }
    return """
      INSERT INTO staged_list_page (user_id, run_id, scan, list, start, asked_from, elements, total, cursor)
      VALUES (
        \(claim.user.rawValue), \(claim.run.rawValue), \(Int32(scan)), '', \(Int32(asked.number)),
        \(asked.after), \(elements), \(asked.page.total.map { Int32(clamping: $0) }), \(asked.page.cursor))
      ON CONFLICT (user_id, run_id, scan, list, start) DO UPDATE
      SET asked_from = excluded.asked_from, elements = excluded.elements, total = excluded.total,
          cursor = excluded.cursor
      """
  }
}

/// A slot as jsonb; null for a slot that came as null.
private struct StagedFollow: Codable {
  let id: String?
  let isWhole: Bool

  init?(_ slot: FollowsPage.Slot) {
    switch slot {
    case .artist(let artist): (id, isWhole) = (artist.rawValue, true)
    case .malformed(let artist): (id, isWhole) = (artist?.rawValue, false)
    case .null: return nil
    }
  }

  var slot: FollowsPage.Slot {
    let artist = id.map { ArtistID($0) }
    return isWhole ? artist.map { .artist($0) } ?? .null : .malformed(artist)
  }
}
