import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("What a person sees and does of the own sessions")
struct OwnSessionsTests {
  private static func hash(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 32) }

  /// Sessions of these numbers, the first used last, an hour between any two.
  private static func start(_ numbers: ClosedRange<Int>, of user: UserID, in db: ServiceDatabase) async throws
  {
    for number in numbers {
      try await db.sessions.start(for: user, tokenHash: hash(number), userAgent: "agent \(number)")
      _ = try await db.owner.query(
        """
        UPDATE session SET last_seen_at = now() - make_interval(hours => \(Int32(number)))
        WHERE token_hash = \(hash(number))
        """)
    }
  }

  @Test("are listed page by page, the one used last first, and without those that have ended")
  func list() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await Self.start(1...7, of: ada, in: db)
      try await Self.start(50...52, of: bert, in: db)
      _ = try await db.owner.query(
        "UPDATE session SET created_at = now() - interval '200 days' WHERE token_hash = \(Self.hash(3))")
      var seen: [Session] = []
      while true {
        let position = seen.last.map { Sessions.Position(lastSeenAt: $0.lastSeenAt, session: $0.id) }
        // The third is alive no more when it asks itself; any other sees the same.
        let page = try await db.sessions.list(askedBy: Self.hash(5), after: position, limit: 2)
        seen += page
        if page.count < 2 { break }
      }
      #expect(seen.dropFirst().map(\.userAgent) == [1, 2, 4, 6, 7].map { "agent \($0)" })
      // Its own use has just been written.
      #expect(seen.first?.userAgent == "agent 5")
      #expect(seen.filter(\.isCurrent).map(\.userAgent) == ["agent 5"])
      let code = await storageCode {
        try await db.sessions.list(askedBy: Self.hash(3), after: nil, limit: 2)
      }
      #expect(code == .unauthenticated)
    }
  }

  @Test("are ended one by one, all others, or all; another person's never")
  func end() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await Self.start(1...6, of: ada, in: db)
      try await Self.start(50...50, of: bert, in: db)
      func living() async throws -> [Int] {
        var living: [Int] = []
        for number in [1, 2, 3, 4, 5, 6, 50] {
          if try await db.sessions.user(tokenHash: Self.hash(number)) != nil { living.append(number) }
        }
        return living
      }
      let all = try await db.sessions.list(askedBy: Self.hash(1), after: nil, limit: 10)
      let his = try await db.sessions.list(askedBy: Self.hash(50), after: nil, limit: 10)
      #expect(try await db.sessions.end(his[0].id, askedBy: Self.hash(1)) == nil)
      #expect(try await db.sessions.end(SessionID(UUID()), askedBy: Self.hash(1)) == nil)
      let second = try #require(all.first { $0.userAgent == "agent 2" })
      #expect(try await db.sessions.end(second.id, askedBy: Self.hash(1)) == false)
      #expect(try await living() == [1, 3, 4, 5, 6, 50])
      let third = try #require(all.first { $0.userAgent == "agent 3" })
      #expect(try await db.sessions.end(third.id, askedBy: Self.hash(3)) == true)
      #expect(
        await storageCode { try await db.sessions.endOthers(askedBy: Self.hash(3)) } == .unauthenticated)
      #expect(await storageCode { try await db.sessions.endAll(askedBy: Self.hash(3)) } == .unauthenticated)
      #expect(try await living() == [1, 4, 5, 6, 50])
      #expect(try await db.sessions.endOthers(askedBy: Self.hash(5)) == 3)
      #expect(try await living() == [5, 50])
      try await db.sessions.endAll(askedBy: Self.hash(5))
      #expect(try await living() == [50])
    }
  }

  @Test("a new session takes the old one's place, and nobody else's")
  func replacing() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await Self.start(1...1, of: ada, in: db)
      try await Self.start(50...50, of: bert, in: db)
      try await db.sessions.start(
        for: ada, tokenHash: Self.hash(2), userAgent: "", replacing: Self.hash(1))
      #expect(try await db.sessions.user(tokenHash: Self.hash(1)) == nil)
      try await db.sessions.start(
        for: ada, tokenHash: Self.hash(3), userAgent: "", replacing: Self.hash(50))
      #expect(try await db.sessions.user(tokenHash: Self.hash(50)) == bert)
      #expect(try await db.sessions.user(tokenHash: Self.hash(2)) == ada)
    }
  }

  @Test("a sign-in beyond the hundredth ends the session that was unused for longest, also many at once")
  func bound() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await Self.start(200...200, of: bert, in: db)
      try await Self.start(1...100, of: ada, in: db)
      #expect(try await db.value("SELECT count(*) FROM session") == 101)
      try await db.sessions.start(for: ada, tokenHash: Self.hash(101), userAgent: "")
      #expect(try await db.sessions.user(tokenHash: Self.hash(100)) == nil)
      #expect(try await db.sessions.user(tokenHash: Self.hash(99)) == ada)
      _ = try await atOnce(20) { number in
        try await db.sessions.start(for: ada, tokenHash: Self.hash(110 + number), userAgent: "")
      }
      #expect(try await db.value("SELECT count(*) FROM session") == 101)
      #expect(try await db.sessions.user(tokenHash: Self.hash(129)) == ada)
      #expect(try await db.sessions.user(tokenHash: Self.hash(200)) == bert)
    }
  }

  @Test(
    "what has ended is taken away: by its person's next sign-in, and a few at a time by whoever looks after it"
  )
  func purge() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await Self.start(1...3, of: ada, in: db)
      try await Self.start(50...53, of: bert, in: db)
      try await db.age("last_seen_at", to: "31 days")
      try await Self.start(4...4, of: ada, in: db)
      #expect(try await db.value("SELECT count(*) FROM session WHERE user_id = \(ada.rawValue)") == 1)
      #expect(try await db.value("SELECT count(*) FROM session") == 5)
      #expect(try await db.sessions.purge(limit: 3) == 3)
      #expect(try await db.sessions.purge(limit: 3) == 1)
      #expect(try await db.sessions.purge(limit: 3) == 0)
      #expect(try await db.sessions.user(tokenHash: Self.hash(4)) == ada)
      #expect(try await db.value("SELECT count(*) FROM session") == 1)
    }
  }

  @Test("what has ended is found by an index, not by a look at what lives")
  func purgeIndex() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      _ = try await db.owner.query(
        """
        INSERT INTO session (user_id, token_hash, user_agent)
        SELECT \(user.rawValue), int8send(n), '' FROM generate_series(1, 20000) AS n
        """)
      _ = try await db.owner.query(SQL(trustedScript: "ANALYZE session"))
      let plan = try await db.evaluate(
        """
        EXPLAIN SELECT session_id FROM session WHERE last_seen_at <= now() - interval '30 days'
        ORDER BY last_seen_at LIMIT 1000 FOR UPDATE SKIP LOCKED
        """)
      #expect(plan.contains { $0.contains("session_last_seen_at") }, "\(plan)")
    }
  }
}
