import Foundation
import PostgreSQL
import TestSupport
import Testing

/// Something that looks like a secret and is put into every place where none may be, in another form each time.
struct Canary {
  private let text =
    "canary" + (0..<36).map { _ in String("abcdefghijkmnpqrstuvwxyz".randomElement() ?? "a") }.joined()

  var secret: SecretSearch.Secret { .init("the canary", text) }
  /// Comes back with every answer that it was sent for.
  var headers: [String: String] { ["X-Request-Id": text] }

  let places: Set = [
    "a log", "an answer", "the operations' answers", "Redis at last", "the last dump",
  ]

  func plant(in world: World, _ life: SecretLife) async throws {
    let base64 = Data(("x" + text).utf8).base64EncodedString()
    _ = try await life.mira.get("/nothing/\(text)", headers)
    let hex = text.utf8.map { String(format: "%02x", $0) }.joined()
    _ = try await world.redis("HSET", world.key("canary"), "field", hex)
    // In a binary column, and there in Base64: neither the text nor its hexadecimal digits stand in the dump.
    _ = try await world.rows(
      """
      INSERT INTO session (user_id, token_hash, idle_until, ends_at, user_agent)
      SELECT user_id, \(Array(base64.utf8)), now(), now(), 'canary' FROM user_account LIMIT 1
      """)
  }
}
