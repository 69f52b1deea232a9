import Domain
import PostgreSQL

/// Pages of followed artists as they arrived, until one transaction merges them.
package struct StagedFollows: Sendable {
  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Keeps a page, what it tells about artists, and how far the run is: all or nothing, fenced.
  ///
  /// - Parameters:
  ///   - number: the page's place in its scan; a cursor leads from one to the next.
  ///   - artists: what came with the page, for the catalogue.
  /// - Returns: whether the run was asked to stop.
  package func keep(
    _ page: FollowsPage, number: Int, artists: [Artist], scan: Int, of claim: RunClaim,
    progress: SyncRun.Progress, requestsMade: Int
  ) async throws(StorageError) -> Bool {
    var catalogue = CatalogueRows()
    for artist in artists { catalogue.add(artist) }
    let elements = try decode { () throws(PostgreSQLError) in
      try JSONColumn.encode(page.slots.map(StagedFollow.init))
    }
    let statements: [SQL] =
      catalogue.statements + [
        """
        INSERT INTO staged_list_page (user_id, run_id, scan, list, start, elements, total, cursor)
        VALUES (
          \(claim.user.rawValue), \(claim.run.rawValue), \(Int32(scan)), '', \(Int32(number)), \(elements),
          \(page.total.map { Int32(clamping: $0) }), \(page.cursor))
        ON CONFLICT (user_id, run_id, scan, list, start) DO UPDATE
        SET elements = excluded.elements, total = excluded.total, cursor = excluded.cursor
        """,
        SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade),
      ]
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return try SyncRuns.cancelRequested(rows[rows.count - 1])
  }

  /// What earlier attempts of the run have kept, by scan, in order and without a hole: behind a page that a crash
  /// of Postgres lost, nothing is known to follow.
  package func pages(of claim: RunClaim) async throws(StorageError) -> [Int: [FollowsPage]] {
    let rows = try await database.asUser(
      claim.user,
      """
      SELECT scan, start, elements, total, cursor
      FROM staged_list_page
      WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue) AND list = ''
      ORDER BY scan, start
      """)
    return try decode { () throws(PostgreSQLError) in
      var pages: [Int: [FollowsPage]] = [:]
      for row in rows[0] {
        let elements: [StagedFollow?] = try JSONColumn.decode(row, "elements")
        let page = FollowsPage(
          slots: elements.map { $0?.slot ?? .null }, total: try row.decode("total"),
          cursor: try row.decode("cursor"))
        let (scan, number): (Int, Int) = (try row.decode("scan"), try row.decode("start"))
        if number == pages[scan, default: []].count { pages[scan, default: []].append(page) }
      }
      return pages
    }
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
