import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("API tokens")
struct APITokenTests {
  private static func hash(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 32) }

  /// Two people, each with a session: 1 and 2.
  private func withTwoPeople(
    _ body: @escaping @Sendable (ServiceDatabase, _ ada: UserID, _ bert: UserID) async throws -> Void
  ) async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.sessions.start(for: ada, tokenHash: Self.hash(1), userAgent: "tests")
      try await db.sessions.start(for: bert, tokenHash: Self.hash(2), userAgent: "tests")
      try await body(db, ada, bert)
    }
  }

  @Test("are listed newest first, page by page, and nobody sees another's")
  func list() async throws {
    try await withTwoPeople { db, _, _ in
      for number in 10..<15 {
        let scopes: [TokenScope] = number == 12 ? [.sync, .read] : [.sync]
        let issued = try #require(
          try await db.tokens.add(
            Self.hash(number), name: "token \(number) 🦉", scopes: scopes, askedBy: Self.hash(1)))
        #expect(issued.name == "token \(number) 🦉" && issued.lastUsedAt == nil)
      }
      let first = try await db.tokens.list(askedBy: Self.hash(1), after: nil, limit: 3)
      #expect(first.map(\.name) == [14, 13, 12].map { "token \($0) 🦉" })
      #expect(first.map(\.scopes) == [[.sync], [.sync], [.read, .sync]])
      let rest = try await db.tokens.list(askedBy: Self.hash(1), after: first[2].id, limit: 3)
      #expect(rest.map(\.name) == [11, 10].map { "token \($0) 🦉" })
      #expect(try await db.tokens.list(askedBy: Self.hash(2), after: nil, limit: 3).isEmpty)
      // A token is no session.
      #expect(
        await storageCode { try await db.tokens.list(askedBy: Self.hash(10), after: nil, limit: 3) }
          == .unauthenticated)
    }
  }

  @Test("let in with their scope, until they are revoked by their own person")
  func scopes() async throws {
    try await withTwoPeople { db, ada, bert in
      try await db.save([Sample.entry("hers", at: 1)], for: ada)
      try await db.save([Sample.entry("his", at: 1)], for: bert)
      let token = try #require(
        try await db.tokens.add(Self.hash(10), name: "r", scopes: [.read], askedBy: Self.hash(1)))
      func seen(_ scope: TokenScope?, _ number: Int = 10) async throws -> [String] {
        try await db.savedTracks.list(
          for: .token(hash: Self.hash(number), scope: scope), filter: .all, matching: nil, after: nil,
          limit: 9
        ).map(\.track.key.rawValue)
      }
      #expect(try await seen(.read) == ["hers"])
      #expect(try await seen(nil) == ["hers"])
      #expect(await storageCode { try await seen(.sync) } == .scopeMissing(.sync))
      #expect(await storageCode { try await seen(.read, 1) } == .tokenInvalid)
      #expect(await storageCode { try await seen(.read, 99) } == .tokenInvalid)
      #expect(try await db.database.user(of: .token(hash: Self.hash(10), scope: .read)) == ada)

      #expect(try await !db.tokens.revoke(token.id, askedBy: Self.hash(2)))
      #expect(try await !db.tokens.revoke(APITokenID(UUID()), askedBy: Self.hash(1)))
      #expect(try await seen(.read) == ["hers"])
      #expect(try await db.tokens.revoke(token.id, askedBy: Self.hash(1)))
      #expect(await storageCode { try await seen(.read) } == .tokenInvalid)
      #expect(await storageCode { try await seen(.sync) } == .tokenInvalid)
    }
  }

  @Test("end with the account, and with the disconnection they don't")
  func endings() async throws {
    try await withTwoPeople { db, ada, _ in
      _ = try await db.tokens.add(Self.hash(10), name: "t", scopes: [.read], askedBy: Self.hash(1))
      _ = try await Erasure(db.database).disconnect(ada)
      #expect(try await db.database.user(of: .token(hash: Self.hash(10), scope: .read)) == ada)
      #expect(try await Erasure(db.database).deleteAccount(ada)?[.apiTokens] == 1)
      #expect(
        await storageCode { try await db.database.user(of: .token(hash: Self.hash(10), scope: .read)) }
          == .tokenInvalid)
    }
  }

  @Test("have their use written at most once in a quarter of an hour, and only when they let in")
  func lastUse() async throws {
    try await withTwoPeople { db, ada, _ in
      _ = try await db.tokens.add(Self.hash(10), name: "t", scopes: [.read], askedBy: Self.hash(1))
      _ = await storageCode { try await db.database.user(of: .token(hash: Self.hash(10), scope: .sync)) }
      #expect(try await db.value("SELECT last_used_at IS NULL FROM api_token") == true)
      func use() async throws {
        #expect(try await db.database.user(of: .token(hash: Self.hash(10), scope: .read)) == ada)
      }
      try await use()
      let first = try await db.content(of: "api_token")
      #expect(try await db.value("SELECT last_used_at > now() - interval '1 minute' FROM api_token") == true)
      for _ in 0..<3 { try await use() }
      #expect(try await db.content(of: "api_token") == first)
      _ = try await db.owner.query("UPDATE api_token SET last_used_at = now() - interval '16 minutes'")
      try await use()
      #expect(try await db.value("SELECT last_used_at > now() - interval '1 minute' FROM api_token") == true)
    }
  }

  @Test("are at most fifty of a person, also when many are made at once")
  func bound() async throws {
    try await withTwoPeople { db, _, _ in
      let made = try await atOnce(60) { number in
        try await db.tokens.add(Self.hash(10 + number), name: "t", scopes: [.read], askedBy: Self.hash(1))
      }
      #expect(made.compactMap { $0 }.count == 50)
      #expect(try await db.value("SELECT count(*) FROM api_token") == 50)
      let his = try await db.tokens.add(Self.hash(99), name: "t", scopes: [.read], askedBy: Self.hash(2))
      #expect(his != nil)
      let one = try #require(made.compactMap { $0 }.first)
      #expect(try await db.tokens.revoke(one.id, askedBy: Self.hash(1)))
      #expect(
        try await db.tokens.add(Self.hash(100), name: "t", scopes: [.read], askedBy: Self.hash(1)) != nil)
    }
  }

  @Test("have their use written by one caller, for whose query no other waits")
  func usedAtOnce() async throws {
    try await withTwoPeople { db, ada, _ in
      _ = try await db.tokens.add(Self.hash(10), name: "t", scopes: [.read], askedBy: Self.hash(1))
      for lastUse in ["NULL", "now() - interval '16 minutes'"] {
        _ = try await db.owner.query(SQL(trustedScript: "UPDATE api_token SET last_used_at = \(lastUse)"))
        let writer = try await db.service.withTransaction { (slow: inout Transaction) in
          let rows = try await slow.query(
            "SELECT user_id, pg_current_xact_id_if_assigned()::text FROM enter_api_token(\(Self.hash(10)), 'read')"
          )
          let users = try await atOnce(8) { _ in
            try await db.database.user(of: .token(hash: Self.hash(10), scope: .read))
          }
          #expect(users == Array(repeating: ada, count: 8))
          return try rows[0].decode(1, as: String.self)
        }
        #expect(try await db.value("SELECT xmin::text FROM api_token") == writer)
        #expect(
          try await db.value("SELECT last_used_at > now() - interval '1 minute' FROM api_token") == true)
      }
    }
  }

  @Test("are not refused as too many when the account is deleted meanwhile")
  func accountGone() async throws {
    try await withTwoPeople { db, ada, _ in
      let isWaiting: SQL = """
        SELECT EXISTS (
          SELECT FROM pg_locks
          JOIN pg_database AS here ON here.oid = pg_locks.database
          WHERE locktype = 'advisory' AND NOT granted AND here.datname = current_database())
        """
      let added = try await db.owner.withTransaction { (ahead: inout Transaction) in
        _ = try await ahead.query(
          "SELECT pg_advisory_xact_lock(hashtextextended('api_token', \(ada.rawValue)))")
        let adding = db.reactor.spawn {
          await storageCode {
            try await db.tokens.add(Self.hash(10), name: "t", scopes: [.read], askedBy: Self.hash(1))
          }
        }
        while try await !ahead.query(isWaiting)[0].decode(0, as: Bool.self) {}
        _ = try await Erasure(db.database).deleteAccount(ada)
        return adding
      }
      #expect(await added.value == .accountGone)
      #expect(try await db.value("SELECT count(*) FROM api_token") == 0)
      // Who is there still gets one.
      #expect(
        try await db.tokens.add(Self.hash(11), name: "t", scopes: [.read], askedBy: Self.hash(2)) != nil)
    }
  }
}

extension ServiceDatabase {
  fileprivate var tokens: APITokens { APITokens(database) }
}
