import PostgreSQL
import Redis
import TestSupport
import Testing

/// What is left of somebody.
extension World {
  /// Tables that have rows of a user, whichever tables there are.
  func tablesWithRows(of user: Int) async throws -> [String] {
    try await rows(
      """
      SELECT held.name
      FROM (
        SELECT c.relname::text AS name, (xpath('//n/text()', query_to_xml(
          format('SELECT count(*) AS n FROM cratekeeper.%I WHERE user_id = %s', c.relname, \(user)::bigint),
          false, true, '')))[1]::text::bigint AS rows
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'cratekeeper'::regnamespace AND c.relkind = 'r'
      ) AS held
      WHERE held.rows > 0
      ORDER BY 1
      """
    ).map { try $0.decode(0, as: String.self) }
  }

  /// Every row of a user, by its table, with what tells whether it was rewritten.
  func rows(of user: Int) async throws -> [String: String] {
    var found: [String: String] = [:]
    for table in try await tablesWithRows(of: user) {
      found[table] = try await rows(
        """
        SELECT query_to_xml(
          format(
            'SELECT xmin, held::text FROM cratekeeper.%I AS held WHERE user_id = %s ORDER BY held::text',
            \(table)::text, \(user)::bigint),
          true, true, '')::text
        """)[0].decode(0)
    }
    return found
  }

  /// Every key of this world's processes, with everything in it.
  func redisTexts() async throws -> [String] {
    var texts: [String] = []
    for name in try await redis("KEYS", key("*")).elements ?? [] {
      let name = name.text ?? ""
      let value =
        switch try await redis("TYPE", name).text {
        case "string": try await redis("GET", name)
        case "list": try await redis("LRANGE", name, "0", "-1")
        case "set": try await redis("SMEMBERS", name)
        case "zset": try await redis("ZRANGE", name, "0", "-1")
        case "hash": try await redis("HGETALL", name)
        default: try await redis("DUMP", name)
        }
      texts.append("\(name) \(World.texts(value).joined(separator: " "))")
    }
    return texts
  }

  private static func texts(_ value: RedisValue) -> [String] {
    if let elements = value.elements { return elements.flatMap(texts) }
    return value.bytes.map { [String(decoding: $0, as: UTF8.self)] } ?? []
  }
}

extension Browser {
  func makeToken(_ name: String, _ scopes: [String]) async throws -> Answer {
    let list = scopes.map { "\"\($0)\"" }.joined(separator: ",")
    return try await send(
      "POST", "/api/me/tokens/", ["Content-Type": "application/json"],
      body: Array(#"{"name":"\#(name)","scopes":[\#(list)]}"#.utf8))
  }

  /// A new API token for everything that one may do.
  func token(_ name: String) async throws -> String {
    try #require(try await makeToken(name, ["read", "sync"]).json["token"].string)
  }

  /// The number of the account that is signed in here.
  var account: Int {
    get async throws { try #require(try await get("/api/me/").json["id"].string.flatMap { Int($0) }) }
  }
}
