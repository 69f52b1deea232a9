import Foundation
import PostgreSQL
import Secrets
import TestSupport
import TokenVault

/// An entry of `TOKEN_KEYS`.
struct Key {
  let id: String
  let entry: String
  var base64: String { String(entry.dropFirst(id.count + 1)) }

  /// A new one.
  init() {
    entry = KeyRing.generate()
    id = String(entry.prefix { $0 != ":" })
  }

  /// It, to look for: as it is written, and its bytes.
  var secrets: [SecretSearch.Secret] {
    let text = String(entry.drop { $0 != ":" }.dropFirst())
    return [
      .init("key \(id)'s text", text), .init("key \(id)", Data(base64Encoded: text).map { Array($0) } ?? []),
    ]
  }

  init(id: String, base64: String) {
    self.id = id
    entry = "\(id):\(base64)"
  }
}

extension World {
  /// The one that all processes have unless they are told otherwise.
  var firstKey: Key { Key(id: "k1", base64: tokenKey) }

  /// Runs `keys list`, `rotate` or `verify` to its end.
  func keys(_ word: String, _ keys: Key...) async throws -> (code: Int32, output: String, errors: String) {
    try await BuiltProgram.run(["keys", word], keySettings(keys))
  }

  /// Begins to re-seal.
  func launchRotation(_ keys: Key...) throws -> ChildProcess {
    try launch(["keys", "rotate"], keySettings(keys))
  }

  /// Nothing but what `keys` says that it reads.
  private func keySettings(_ keys: [Key]) -> [String: String] {
    ["DATABASE_URL": database.url, "TOKEN_KEYS": keys.map(\.entry).joined(separator: ",")]
  }

  /// Adds connections of people whom Spotify doesn't know, with tokens that nobody asks it about.
  ///
  /// - Returns: their users' numbers, in order.
  func addGrants(_ count: Int, under key: Key) async throws -> [Int64] {
    let vault = TokenVault(ring: try KeyRing(parsing: key.entry))
    let users: [Int64] = try await rows(
      """
      INSERT INTO user_account (spotify_user_id)
      SELECT 'person ' || gen_random_uuid() FROM generate_series(1, \(count))
      RETURNING user_id
      """
    ).map { try $0.decode(0) }
    let statements = users.sorted().map { user -> SQL in
      let (access, refresh) = (
        vault.seal(SecretBytes(copying: "a\(user)".utf8), for: user, purpose: .accessToken, version: 1),
        vault.seal(SecretBytes(copying: "r\(user)".utf8), for: user, purpose: .refreshToken, version: 1)
      )
      return """
        INSERT INTO spotify_grant (
          user_id, app_id, status, scopes, authorized_at, ends_at, access_token, access_token_expires_at,
          refresh_token, token_version)
        SELECT \(user), app_id, 'healthy', '{}', now(), now() + interval '100 days', \(access.bytes),
               now() + interval '1 hour', \(refresh.bytes), 1
        FROM spotify_app
        """
    }
    try await transaction { _ = try await $0.pipeline(statements) }
    return users.sorted()
  }

  /// Keeps whoever re-seals from getting past the grant of `user` while `body` runs.
  func holdingRotation(at user: Int64, _ body: () async throws -> Void) async throws {
    try await transaction { transaction in
      _ = try await transaction.query("SELECT FROM spotify_grant WHERE user_id = \(user) FOR UPDATE")
      try await body()
    }
  }

  /// Returns when so many processes that re-seal wait for a row.
  func untilRotationsWait(_ count: Int = 1) async throws {
    try await until("\(count) rotations wait for a row") {
      try await self.count(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'cratekeeper keys' AND wait_event_type = 'Lock' AND datname = current_database()
        """) == count
    }
  }
}
