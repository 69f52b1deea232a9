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
    Migration(4, "playlists_follows_releases", PackageResources._004_playlists_follows_releases_sql),
    Migration(5, "key_ids_in_use", PackageResources._005_key_ids_in_use_sql),
    Migration(6, "request_ledger", PackageResources._006_request_ledger_sql),
    Migration(7, "saved_tracks_list", PackageResources._007_saved_tracks_list_sql),
    Migration(8, "artist_pace", PackageResources._008_artist_pace_sql),
    Migration(9, "followed_order", PackageResources._009_followed_order_sql),
    Migration(10, "adaptive_schedule", PackageResources._010_adaptive_schedule_sql),
    Migration(11, "staged_list_age", PackageResources._011_staged_list_age_sql),
    Migration(12, "key_rotation", PackageResources._012_key_rotation_sql),
    Migration(13, "grant_life", PackageResources._013_grant_life_sql),
    Migration(14, "sessions_tokens", PackageResources._014_sessions_tokens_sql),
    Migration(15, "ids_in_order", PackageResources._015_ids_in_order_sql),
    Migration(16, "many_people", PackageResources._016_many_people_sql),
    Migration(17, "last_use_without_waiting", PackageResources._017_last_use_without_waiting_sql),
    Migration(18, "schedule_of_an_app", PackageResources._018_schedule_of_an_app_sql),
  ]

  static var newest: Int { all[all.count - 1].version }

  /// As its file is named: `0001 foundation`.
  var title: String { "\(10_000 + version) \(name)".dropFirst().description }

  /// The script and its record, as one transaction.
  var sql: SQL {
    SQL(
      trustedScript: """
        SET LOCAL search_path TO cratekeeper, pg_temp;
        \(script)
        INSERT INTO schema_migration (version, name) VALUES (\(version), '\(name)');
        """)
  }

  /// Where it is written what has been done.
  static let bookkeeping = SQL(
    trustedScript: """
      CREATE SCHEMA IF NOT EXISTS cratekeeper;
      CREATE TABLE IF NOT EXISTS cratekeeper.schema_migration (
        version    integer     PRIMARY KEY,
        name       text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      """)

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
