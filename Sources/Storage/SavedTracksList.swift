import Domain
import FoundationEssentials
import PostgreSQL

/// What a check of somebody's saved tracks begins with.
extension SavedTracks {
  /// Spotify's list beside its rows, as it was read last.
  package struct ListState: Sendable, Equatable {
    /// Top first.
    package let placeholders: [Placeholder]
    /// What the announced total says beyond the slots that can be read.
    package let totalOffset: Int
    package let isAuditDue: Bool
  }

  package struct Top: Sendable {
    /// The newest listed rows, and every row that the list doesn't show.
    package let entries: [Entry]
    /// How many rows the whole list shows.
    package let listed: Int
    /// Nil when the list was never read whole.
    package let state: ListState?
  }

  /// The top of what is present, without reading the rest.
  package func top(of user: UserID, rows count: Int) async throws(StorageError) -> Top {
    let rows = try await database.asUser(
      user,
      """
      SELECT count(*) - (
               SELECT count(*) FROM saved_track
               WHERE user_id = \(user.rawValue) AND removed_at IS NULL AND NOT is_listed)
      FROM saved_track
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL
      """,
      """
      SELECT rows_below, reasons, total_offset, audit_at <= now() AS is_audit_due
      FROM saved_tracks_list
      WHERE user_id = \(user.rawValue)
      """,
      """
      (SELECT track_key, added_at, ordinal, is_playable, is_listed
       FROM saved_track
       WHERE user_id = \(user.rawValue) AND removed_at IS NULL AND is_listed
       ORDER BY added_at DESC, ordinal DESC, track_key
       LIMIT \(count))
      UNION ALL
      SELECT track_key, added_at, ordinal, is_playable, is_listed
      FROM saved_track
      WHERE user_id = \(user.rawValue) AND removed_at IS NULL AND NOT is_listed
      """)
    return try decode { () throws(PostgreSQLError) in
      let listed: Int64 = try rows[0][0].decode(0)
      return Top(
        entries: try SavedTracks.entries(rows[2]), listed: Int(listed),
        state: try rows[1].first.map(SavedTracks.listState))
    }
  }

  private static func listState(_ row: Row) throws(PostgreSQLError) -> ListState {
    let rowsBelow: [Int32] = try row.decode("rows_below")
    let reasons: [String] = try row.decode("reasons")
    return ListState(
      placeholders: zip(rowsBelow, reasons).map { below, reason in
        Placeholder(rowsBelow: Int(below), reason: Gap.Reason(rawValue: reason) ?? .nullElement)
      },
      totalOffset: try row.decode("total_offset"), isAuditDue: try row.decode("is_audit_due"))
  }

  static func entries(_ rows: Rows) throws(PostgreSQLError) -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(rows.count)
    for row in rows {
      entries.append(
        Entry(
          key: TrackKey(try row.decode(0)), addedAt: try row.decode(1), ordinal: try row.decode(2),
          isPlayable: try row.decode(3), isListed: try row.decode(4)))
    }
    return entries
  }

  /// Part of the transaction that ends a run. After a check the audit stays where it was; after an audit the next is
  /// due in a week, spread so that people who connected together don't stay together.
  static func keep(_ list: ListChange, of user: UserID) -> SQL {
    let rowsBelow = list.placeholders.map { Int32($0.rowsBelow) }
    let reasons = list.placeholders.map(\.reason.rawValue)
    switch list.audit {
    case .notDone:
      return """
        UPDATE saved_tracks_list
        SET rows_below = \(rowsBelow), reasons = \(reasons), total_offset = \(Int32(list.totalOffset))
        WHERE user_id = \(user.rawValue)
          AND (rows_below, reasons, total_offset)
              IS DISTINCT FROM (\(rowsBelow)::integer[], \(reasons)::text[], \(Int32(list.totalOffset)))
        """
    case .done, .leavesQuestions:
      let interval = list.audit == .done ? SavedTracks.auditInterval : SavedTracks.restOfQuestions
      return """
        INSERT INTO saved_tracks_list AS held (user_id, rows_below, reasons, total_offset, audit_at)
        VALUES (
          \(user.rawValue), \(rowsBelow), \(reasons), \(Int32(list.totalOffset)),
          now() + make_interval(secs => \(interval.seconds)) * (0.7 + random() * 0.3))
        ON CONFLICT (user_id) DO UPDATE
        SET rows_below = excluded.rows_below, reasons = excluded.reasons,
            total_offset = excluded.total_offset, audit_at = excluded.audit_at
        """
    }
  }

  /// The longest time between two readings of a whole list.
  package static let auditInterval = Duration.seconds(7 * 86_400)

  /// The longest time before what there were too many of to ask about is asked about.
  private static let restOfQuestions = Duration.seconds(86_400)

  /// What a run found out about the list beside its rows.
  package struct ListChange: Sendable {
    package enum Audit: Sendable {
      case notDone, done
      /// The list was read whole, but the next run had better do it again.
      case leavesQuestions
    }

    package let placeholders: [Placeholder]
    package let totalOffset: Int
    package let audit: Audit

    package init(placeholders: [Placeholder], totalOffset: Int, audit: Audit) {
      self.placeholders = placeholders
      self.totalOffset = totalOffset
      self.audit = audit
    }
  }
}
