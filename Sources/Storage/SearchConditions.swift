import Domain
import PostgreSQL

/// A search word as a pattern of LIKE.
enum SearchPattern {
  /// Finds the word anywhere; its own wildcards mean themselves.
  static func containing(_ search: String) -> String { "%\(escaped(search))%" }

  /// Finds the word at the beginning.
  static func beginning(_ search: String) -> String { "\(escaped(search))%" }

  private static func escaped(_ search: String) -> String {
    search.withoutNUL.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined()
  }
}

extension PresenceFilter {
  /// - Parameter removedAt: the column that tells since when a row has been gone.
  static func condition(_ filter: PresenceFilter, removedAt: SQL) -> SQL {
    switch filter {
    case .present: "\(sql: removedAt) IS NULL"
    case .removed: "\(sql: removedAt) IS NOT NULL"
    case .all: "true"
    }
  }
}
