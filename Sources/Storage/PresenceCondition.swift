import Domain
import PostgreSQL

extension PresenceFilter {
  /// - Parameter removedAt: the column that tells since when a row has been gone.
  func condition(removedAt: SQL) -> SQL {
    switch self {
    case .present: "\(sql: removedAt) IS NULL"
    case .removed: "\(sql: removedAt) IS NOT NULL"
    case .all: "true"
    }
  }
}
