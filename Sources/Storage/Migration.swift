import PostgreSQL

/// One step of the schema, forward only. The program carries the text.
struct Migration: Sendable {
  let version: Int
  let name: String
  let script: String

  static let all: [Migration] = [
    Migration(1, "foundation", PackageResources._001_foundation_sql),
    Migration(2, "catalogue", PackageResources._002_catalogue_sql),
    Migration(3, "sync", PackageResources._003_sync_sql),
  ]

  static var newest: Int { all[all.count - 1].version }

  private init(_ version: Int, _ name: String, _ script: [UInt8]) {
    self.version = version
    self.name = name
    self.script = String(decoding: script, as: UTF8.self)
  }

  /// Whether a database at `applied` is what this program works on.
  static func compare(applied: Int) throws(StorageError) {
    if applied > newest {
      throw StorageError(
        .newerDatabase,
        "the database is at migration \(applied), this program knows \(newest): run the newer program")
    }
    if applied < newest {
      throw StorageError(
        .notMigrated,
        "the database is at migration \(applied) of \(newest): run `cratekeeper migrate`")
    }
  }
}
