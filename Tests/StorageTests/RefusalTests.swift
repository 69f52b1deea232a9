import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("A refused refresh token")
struct RefusalTests {
  @Test("makes the grant suspect, with its tokens, and nobody asks for some hours")
  func suspect() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.person()
      #expect(try await db.refuse(user) == .suspect)
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.status == .suspect && held.grant.suspectSince != nil && held.tokens != nil)
      #expect(try #require(held.refreshPause) > .seconds(3 * 3_600 - 60))
      #expect(
        try await !db.grants.beginRefresh(of: user, version: 1, holder: UUID(), lease: .seconds(30)))
    }
  }

  @Test("is held against what others of the same app hear, and against nobody else")
  func others() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.person()
      #expect(try await db.refuse(user) == .suspect)
      try await db.age(user, hours: 4)
      // None of these says that refreshes work now.
      let strangers = ["before", "refused", "disconnected", "elsewhere"]
      for name in strangers { _ = try await db.person(name) }
      try await db.change(
        "refused", "refused_at = now() - interval '1 day', refreshed_at = now(), status = 'suspect'")
      _ = try await db.owner.query(
        "INSERT INTO spotify_app (client_id, developer_account) VALUES ('elsewhere', 'elsewhere')")
      try await db.change(
        "elsewhere", "app_id = (SELECT app_id FROM spotify_app WHERE client_id = 'elsewhere')")
      try await db.change(
        "disconnected",
        "status = 'disconnected', access_token = NULL, refresh_token = NULL, access_token_expires_at = NULL")
      #expect(try await db.refuse(user) == .suspect)
      try await db.age(user, hours: 4)
      // Nor does one who connected again meanwhile, whose new token was refreshed or not.
      for authorized: SQL in ["now()", "now() - interval '2 hours'"] {
        try await db.change(
          "before", "refreshed_at = now() - interval '1 hour', authorized_at = \(sql: authorized)")
        #expect(try await db.refuse(user) == .suspect)
        try await db.age(user, hours: 4)
      }
      // This does, as it was there before the first refusal.
      try await db.change(
        "before", "refreshed_at = now() - interval '1 hour', authorized_at = now() - interval '1 day'")
      #expect(try await db.refuse(user) == .dead)
      #expect(try await db.grants.load(user)?.tokens != nil)
      #expect(
        try await !db.grants.beginRefresh(of: user, version: 1, holder: UUID(), lease: .seconds(30)))
    }
  }

  @Test("whose end has come is dead, and no sign of an outage for others")
  func ends() async throws {
    try await withServiceDatabase { db async throws in
      for number in 0..<5 {
        let user = try await db.person("ended \(number)")
        try await db.change("ended \(number)", "ends_at = now() - interval '1 minute'")
        #expect(try await db.refuse(user) == .dead)
      }
      #expect(try await db.refuse(try await db.person()) == .suspect)
    }
  }

  @Test("of a hundred at once believes itself alone in none of them")
  func together() async throws {
    try await withServiceDatabase(connections: 2) { db async throws in
      let users = try await atOnce(100) { try await db.person("user \($0)") }
      _ = try await db.owner.query("UPDATE spotify_grant SET refreshed_at = now() + interval '1 second'")
      func all() async throws -> [RefusalJudgement?] {
        try await atOnce(100) { try await db.refuse(users[$0]) }
      }
      // One after the other, whoever came first: those before have seen too few who were refused.
      let first = try await all()
      #expect(first.count { $0 == .suspect } == 34 && first.count { $0 == .outage } == 66)
      // Whoever connects newly in the meantime says nothing of refresh tokens.
      _ = try await db.person("new")
      for user in users { try await db.age(user, hours: 4) }
      #expect(try await all() == Array(repeating: .outage, count: 100))
      #expect(
        try await db.owner.query("SELECT count(*) FROM spotify_grant WHERE status = 'suspect'")[0].decode(0)
          == 100)
    }
  }

  @Test("is judged in an outage without waiting for other judgements")
  func withoutWaiting() async throws {
    try await withServiceDatabase { db async throws in
      #expect(try await db.refuse(try await db.person("another")) == .suspect)
      let user = try await db.person()
      try await db.owner.withTransaction { (transaction: inout Transaction) in
        // Another judgement that doesn't end.
        _ = try await transaction.query("SELECT FROM spotify_app FOR NO KEY UPDATE")
        #expect(try await db.refuse(user) == .outage)
      }
    }
  }

  @Test("is an outage's with a large share of thousands, and one person's with a small one")
  func share() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.person()
      #expect(try await db.refuse(user) == .suspect)
      try await db.age(user, hours: 4)
      _ = try await db.owner.query(
        """
        WITH many AS (
          INSERT INTO user_account (spotify_user_id) SELECT 'one of many ' || n FROM generate_series(1, 6000) AS n
          RETURNING user_id
        )
        INSERT INTO spotify_grant (
          user_id, app_id, status, scopes, authorized_at, ends_at, access_token, access_token_expires_at,
          refresh_token, token_version, refreshed_at)
        SELECT user_id, (SELECT min(app_id) FROM spotify_app), 'healthy', '{}', now() - interval '9 days',
               now() + interval '9 days', '', now(), '', 1, now() - random() * interval '2 hours'
        FROM many
        """)
      for (one, judgement) in [(2, RefusalJudgement.outage), (4, .dead)] {
        _ = try await db.owner.query(
          """
          UPDATE spotify_grant
          SET refused_at = CASE WHEN user_id % \(Int64(one)) = 0 THEN refreshed_at END
          WHERE user_id <> \(user.rawValue)
          """)
        #expect(try await db.refuse(user) == judgement)
        try await db.age(user, hours: 4)
      }
    }
  }

  @Test("tells how many others heard what, and nothing else; without a user nothing")
  func counts() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.person()
      for number in 0..<3 {
        _ = try await db.person("well \(number)")
        try await db.change("well \(number)", "refreshed_at = now() + interval '1 second'")
      }
      #expect(try await db.refuse(try await db.person("refused")) == .suspect)
      #expect(
        try await db.grants.beginRefresh(
          of: try await db.person("asking"), version: 1, holder: UUID(), lease: .seconds(30)))
      func counts(as user: Int64?) async throws -> [Int] {
        let rows = try await db.service.pipeline([
          "SELECT set_config('app.user_id', \(user.map(String.init) ?? ""), true)",
          // As programs of before ask, and as this one does.
          "SELECT * FROM answers_to_others(now() - interval '1 hour', now() - interval '1 hour')",
          "SELECT * FROM answers_to_others(now() - interval '1 hour', now() - interval '1 hour', now(), false)",
        ])
        let counts = try rows[1...].map { rows in
          try (0..<3).map { try rows[0].decode($0, as: Int.self) }
        }
        #expect(counts[0] == counts[1])
        return counts[1]
      }
      #expect(try await counts(as: user.rawValue) == [3, 1, 1])
      #expect(try await counts(as: nil) == [0, 0, 0])
      let result: String = try await db.owner.query(
        """
        SELECT string_agg(DISTINCT pg_get_function_result(oid), '; ') FROM pg_proc WHERE proname = 'answers_to_others'
        """)[0].decode(0)
      #expect(result == "TABLE(worked bigint, refused bigint, asking bigint)")
    }
  }
}

extension ServiceDatabase {
  /// Somebody who has just connected.
  fileprivate func person(_ name: String = "somebody") async throws -> UserID {
    let user = try await connectedUser(name)
    try await change(name, "authorized_at = now(), ends_at = now() + interval '6 months'")
    return user
  }

  /// Asks for a token, and is refused.
  fileprivate func refuse(_ user: UserID) async throws -> RefusalJudgement? {
    let holder = UUID()
    try #require(
      try await grants.beginRefresh(of: user, version: 1, holder: holder, lease: .seconds(30)))
    return try await grants.refuseRefresh(of: user, holder: holder, error: "Refresh token revoked")
  }

  /// As if so much time had passed since the refusals.
  fileprivate func age(_ user: UserID, hours: Int) async throws {
    _ = try await owner.query(
      """
      UPDATE spotify_grant
      SET refresh_not_before = now() - interval '1 second',
          suspect_since = suspect_since - make_interval(hours => \(Int32(hours))),
          refused_at = refused_at - make_interval(hours => \(Int32(hours)))
      WHERE user_id = \(user.rawValue)
      """)
  }

  fileprivate func change(_ name: String, _ assignments: SQL) async throws {
    _ = try await owner.query(
      """
      UPDATE spotify_grant SET \(sql: assignments)
      WHERE user_id = (SELECT user_id FROM user_account WHERE spotify_user_id = \(name))
      """)
  }
}
