import Domain
import FoundationEssentials
import PostgreSQL

/// Pages of a run as they arrived, until one transaction merges them.
package struct StagedPages: Sendable {
  /// A position of a page: a row of the list, or why there is none.
  package enum Slot: Sendable, Equatable {
    case row(TrackKey, addedAt: Date, isPlayable: Bool?)
    case null
    case malformed(TrackKey?)
  }

  package struct Page: Sendable, Equatable {
    package let offset: Int
    package let total: Int
    package let slots: [Slot]

    package init(offset: Int, total: Int, slots: [Slot]) {
      self.offset = offset
      self.total = total
      self.slots = slots
    }
  }

  private let database: Database

  package init(_ database: Database) {
    self.database = database
  }

  /// Keeps pages, what they tell about the catalogue, and how far the run is: all or nothing, fenced.
  ///
  /// - Returns: whether the run was asked to stop.
  package func keep(
    _ pages: [Page], tracks: [Track], scan: Int, of claim: RunClaim, progress: SyncRun.Progress,
    requestsMade: Int
  ) async throws(StorageError) -> Bool {
    var catalogue = CatalogueRows()
    for track in tracks { catalogue.add(track) }
    let statements =
      catalogue.statements + pages.map { StagedPages.insert($0, scan: scan, of: claim) } + [
        SyncRuns.progress(claim, progress: progress, requestsMade: requestsMade)
      ]
    let rows = try await database.changing(claim.run, of: claim.user, statements)
    return try SyncRuns.cancelRequested(rows[rows.count - 1])
  }

  /// What earlier attempts of the run have kept of its newest scan.
  package func newestScan(of claim: RunClaim) async throws(StorageError) -> (scan: Int, pages: [Page]) {
    let rows = try await database.asUser(
      claim.user,
      """
      SELECT scan, start, total, track_keys, added_at, is_playable
      FROM staged_page
      WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue)
        AND scan = (
          SELECT max(scan) FROM staged_page
          WHERE user_id = \(claim.user.rawValue) AND run_id = \(claim.run.rawValue))
      ORDER BY start
      """)
    return try decode { () throws(PostgreSQLError) in
      var pages: [Page] = []
      for row in rows[0] {
        let keys: [String?] = try row.decode(3)
        let times: [Date?] = try row.decode(4)
        let playable: [Bool?] = try row.decode(5)
        var slots: [Slot] = []
        for index in keys.indices {
          slots.append(StagedPages.slot(keys[index], times[index], playable[index]))
        }
        pages.append(Page(offset: try row.decode(1), total: try row.decode(2), slots: slots))
      }
      return (
        scan: try rows[0].first.map { row throws(PostgreSQLError) in try row.decode(0) } ?? 1, pages: pages
      )
    }
  }

  /// A slot without a key was null; with the empty key it was malformed; with a key but no time, malformed too.
  private static func slot(_ key: String?, _ addedAt: Date?, _ isPlayable: Bool?) -> Slot {
    guard let key else { return .null }
    guard let addedAt else { return .malformed(key.isEmpty ? nil : TrackKey(key)) }
    return .row(TrackKey(key), addedAt: addedAt, isPlayable: isPlayable)
  }

  private static func insert(_ page: Page, scan: Int, of claim: RunClaim) -> SQL {
    var keys: [String?] = []
    var times: [Date?] = []
    var playable: [Bool?] = []
    for slot in page.slots {
      switch slot {
      case .row(let key, let addedAt, let isPlayable):
        keys.append(key.rawValue)
        times.append(addedAt)
        playable.append(isPlayable)
      case .null:
        keys.append(nil)
        times.append(nil)
        playable.append(nil)
      case .malformed(let key):
        keys.append(key?.rawValue ?? "")
        times.append(nil)
        playable.append(nil)
      }
    }
    return """
      INSERT INTO staged_page (user_id, run_id, scan, start, total, track_keys, added_at, is_playable)
      VALUES (
        \(claim.user.rawValue), \(claim.run.rawValue), \(Int32(scan)), \(Int32(page.offset)),
        \(Int32(clamping: page.total)), \(keys), \(times), \(playable))
      ON CONFLICT (user_id, run_id, scan, start) DO NOTHING
      """
  }
}
