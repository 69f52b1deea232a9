import Domain
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Everybody's sealed tokens")
struct SealedGrantsTests {
  @Test("are counted by the key that they name, damaged ones apart")
  func counted() async throws {
    try await withServiceDatabase { db in
      #expect(try await db.sealed.keyUses() == [])
      for (name, tokens) in [
        ("ada", ("k1", "k1")), ("bert", ("k1", "k2")), ("cleo", ("k-_9", "k2")),
      ] {
        try await db.connect(name, sealed(tokens.0), sealed(tokens.1))
      }
      let long = String(repeating: "x", count: 32)
      try await db.connect("dora", sealed(long), [2, 2, 0x6b, 0x31, 0, 0])
      #expect(
        try await db.sealed.keyUses() == [
          use("k-_9", 1), use("k1", 3), use("k2", 2), use(long, 1), use(nil, 1),
        ])
    }
  }

  @Test("are damaged when they name no key that could be, whatever else they are")
  func damaged() async throws {
    try await withServiceDatabase { db in
      let forms: [[UInt8]] = [
        [], [1], [1, 2], [1, 0, 0x6b], [1, 3, 0x6b, 0x31], [1, 2, 0xff, 0x00], [1, 2, 0x6b, 0x0a],
        [1, 2, 0x6b, 0x5c], [0, 2, 0x6b, 0x31], [1, 33] + [UInt8](repeating: 0x6b, count: 40),
        [1, 255] + [UInt8](repeating: 0x6b, count: 255),
      ]
      for (index, form) in forms.enumerated() { try await db.connect("user-\(index)", form, sealed("k1")) }
      #expect(try await db.sealed.keyUses() == [use("k1", forms.count), use(nil, forms.count)])
      #expect(try await db.sealed.users(notUnder: "k1").count == forms.count)
    }
  }

  @Test("are found by what isn't under a key, in the order of their users, and without who has none")
  func found() async throws {
    try await withServiceDatabase { db in
      let ada = try await db.connect("ada", sealed("k1"), sealed("k1"))
      let bert = try await db.connect("bert", sealed("k2"), sealed("k1"))
      let cleo = try await db.connect("cleo", sealed("k2"), sealed("k2"))
      let dora = try await db.connect("dora", [], sealed("k2"))
      let emil = try await db.connect("emil", sealed("k1"), sealed("k1"))
      _ = try await Erasure(db.database).disconnect(emil)
      #expect(try await db.sealed.users(notUnder: "k2") == [ada, bert, dora])
      #expect(try await db.sealed.users(notUnder: "k1") == [bert, cleo, dora])
      #expect(try await db.sealed.users(notUnder: nil) == [ada, bert, cleo, dora])
      #expect(try await db.sealed.users(under: "k2", most: 2) == [bert, cleo])
      #expect(try await db.sealed.users(under: "k1", most: 9) == [ada, bert])
      #expect(try await db.sealed.users(under: "k3", most: 9) == [])
      #expect(try await db.sealed.load([emil, cleo, ada]).map(\.user) == [cleo, ada])
    }
  }

  @Test("are replaced both or not at all, and only as long as they and their version are what was read")
  func replaced() async throws {
    try await withServiceDatabase { db in
      let users = [
        try await db.connect("ada", sealed("k1", 1), sealed("k1", 2)),
        try await db.connect("bert", sealed("k1", 1), sealed("k1", 2)),
        try await db.connect("cleo", sealed("k1", 1), sealed("k1", 2)),
        try await db.connect("dora", sealed("k1", 1), sealed("k1", 2)),
        try await db.connect("emil", sealed("k1", 1), sealed("k1", 2)),
      ]
      let old = try await db.sealed.load(users)
      let others = try await db.content(of: "user_account")
      let number = { (user: Int) in users[user].rawValue }
      _ = try await db.owner.query(
        "UPDATE spotify_grant SET token_version = 2 WHERE user_id = \(number(1))")
      _ = try await db.owner.query(
        "UPDATE spotify_grant SET access_token = '\\x0102' WHERE user_id = \(number(2))")
      _ = try await db.owner.query(
        "UPDATE spotify_grant SET refresh_token = '\\x0102' WHERE user_id = \(number(3))")
      let changed = try await db.sealed.load(users[1...3])
      let changes = old.map { pair in
        var new = pair
        new.accessToken = sealed("k2", 3)
        new.refreshToken = sealed("k2", 4)
        return (old: pair, new: new)
      }
      #expect(try await db.sealed.replace(changes) == 2)
      #expect(try await db.sealed.load([users[0], users[4]]) == [changes[0].new, changes[4].new])
      #expect(try await db.sealed.load(users[1...3]) == changed)
      #expect(try await db.content(of: "user_account") == others)
      #expect(try await db.sealed.replace([]) == 0)
    }
  }

  @Test("tell the service numbers of users and of tokens, and nobody else anything")
  func narrow() async throws {
    try await withServiceDatabase { db in
      _ = try await db.connect("ada", sealed("k1"), sealed("k1"))
      #expect(
        try await db.evaluate(
          """
          SELECT proname || ': ' || pg_get_function_result(oid) FROM pg_proc
          WHERE proname IN ('users_with_tokens', 'users_under_key', 'key_uses') ORDER BY 1
          """) == [
            "key_uses: TABLE(key_id text, tokens bigint)", "users_under_key: SETOF bigint",
            "users_with_tokens: SETOF bigint",
          ])
      #expect(
        try await db.evaluate(
          """
          -- Granted to whom: roles of the cluster may be members of the service's, and come and go.
          SELECT grantee::regrole || ' ' || proname FROM pg_proc, aclexplode(proacl)
          WHERE proname IN ('users_with_tokens', 'users_under_key', 'key_uses') AND grantee <> proowner ORDER BY 1
          """) == [
            "cratekeeper_service key_uses", "cratekeeper_service users_under_key",
            "cratekeeper_service users_with_tokens",
          ])
      // It knows whose they are, and still sees none of them as nobody.
      #expect(try await db.sealed.users(notUnder: nil).count == 1)
      #expect(try await db.service.query("SELECT user_id FROM spotify_grant").isEmpty)
    }
  }

  /// The head of a token that a key has sealed, and something behind it.
  private func sealed(_ key: String, _ content: UInt8 = 7) -> [UInt8] {
    [1, UInt8(key.utf8.count)] + Array(key.utf8) + [content, 0xff]
  }

  private func use(_ key: String?, _ tokens: Int) -> SealedGrants.KeyUse {
    SealedGrants.KeyUse(keyID: key, tokens: tokens)
  }
}

extension ServiceDatabase {
  fileprivate var sealed: SealedGrants { SealedGrants(database) }

  /// A user with a grant of version 1 and these tokens.
  @discardableResult
  fileprivate func connect(
    _ name: String, _ accessToken: [UInt8], _ refreshToken: [UInt8]
  ) async throws -> UserID {
    let user = try await user(name)
    _ = try await grants.store(
      Grants.SealedTokens(
        accessToken: accessToken, refreshToken: refreshToken, accessTokenExpiresAt: Sample.time(0)),
      of: user, app: try await grants.registerApp(clientID: "an app"), scopes: [], version: 1, firstRuns: [])
    return user
  }
}
