import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Sessions")
struct SessionTests {
  private static let hash: [UInt8] = Array(1...32)
  private static let other: [UInt8] = Array(2...33)

  @Test("a session is its token's and lives until it is ended")
  func life() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.sessions.start(for: ada, tokenHash: Self.hash, userAgent: "tests")
      try await db.sessions.start(for: bert, tokenHash: Self.other, userAgent: "tests")
      #expect(try await db.sessions.user(tokenHash: Self.hash) == ada)
      #expect(try await db.sessions.user(tokenHash: Self.other) == bert)
      #expect(try await db.sessions.user(tokenHash: Array(3...34)) == nil)
      #expect(try await db.sessions.user(tokenHash: []) == nil)
      try await db.sessions.end(tokenHash: Self.hash)
      #expect(try await db.sessions.user(tokenHash: Self.hash) == nil)
      #expect(try await db.sessions.user(tokenHash: Self.other) == bert)
      try await db.sessions.end(tokenHash: Self.hash)
    }
  }

  @Test("the same Spotify user is the same account, with the newest name")
  func account() async throws {
    try await withServiceDatabase { db in
      let id = SpotifyUserID("mx$kestrel [archive] 'x' \\ 🦉")
      let users = try await atOnce(10) { _ in
        try await db.sessions.account(of: id, displayName: "Old", imageURL: nil)
      }
      #expect(Set(users).count == 1)
      #expect(try await db.sessions.account(of: id, displayName: "New", imageURL: "https://i/1") == users[0])
      let profile = try await db.users.profile(of: users[0])
      #expect(profile.spotifyID == id)
      #expect(profile.displayName == "New")
      #expect(profile.imageURL == "https://i/1")
      #expect(profile.grant == nil && profile.trackCount == 0)
      #expect(try await db.users.spotifyID(of: users[0]) == id)
      #expect(try await db.users.spotifyID(of: UserID(999)) == nil)
      #expect(await storageCode { try await db.users.profile(of: UserID(999)) } == .accountGone)
    }
  }

  @Test(
    "a session ends by itself: without use, and after its longest life whatever its use",
    arguments: [("last_seen_at", 30), ("created_at", 180)])
  func expiry(_ column: String, _ days: Int) async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      try await db.age(column, to: "\(days) days - 10 minutes")
      #expect(try await db.sessions.user(tokenHash: Self.hash) == user)
      try await db.age(column, to: "\(days) days")
      #expect(try await db.sessions.user(tokenHash: Self.hash) == nil)
      let code = await storageCode {
        try await db.savedTracks.list(
          for: .session(tokenHash: Self.hash), filter: .all, matching: nil, after: nil, limit: 1)
      }
      #expect(code == .unauthenticated)
    }
  }

  @Test("a shorter setting holds for sessions that are there already")
  func settings() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      try await db.age("created_at", to: "2 days")
      try await db.age("last_seen_at", to: "5 minutes")
      for (idle, longest, isAlive) in [(360, 200_000, true), (240, 200_000, false), (360, 100_000, false)] {
        let lifetime = SessionLifetime(idle: .seconds(idle), longest: .seconds(longest))
        let sessions = Sessions(Database(pool: db.service, sessionLifetime: lifetime))
        #expect((try await sessions.user(tokenHash: Self.hash) != nil) == isAlive, "\(idle) \(longest)")
      }
    }
  }

  @Test("what a browser calls itself is cut")
  func userAgent() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      let agent = "a\0" + String(repeating: "ü", count: 4_000)
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: agent)
      #expect(try await db.value("SELECT length(user_agent) FROM session") == 299)
    }
  }

  @Test("its use is written at most once in a quarter of an hour")
  func lastSeen() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      try await db.age("last_seen_at", to: "14 minutes")
      let before = try await db.content(of: "session")
      for _ in 0..<3 { _ = try await db.sessions.user(tokenHash: Self.hash) }
      #expect(try await db.content(of: "session") == before)
      try await db.age("last_seen_at", to: "16 minutes")
      #expect(try await db.sessions.user(tokenHash: Self.hash) == user)
      let written = try await db.content(of: "session")
      #expect(try await db.value("SELECT last_seen_at > now() - interval '1 minute' FROM session") == true)
      #expect(try await db.sessions.user(tokenHash: Self.hash) == user)
      #expect(try await db.content(of: "session") == written)
    }
  }

  @Test("its use is written by one caller, for whose query no other waits")
  func usedAtOnce() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      try await db.age("last_seen_at", to: "16 minutes")
      let writer = try await db.service.withTransaction { (slow: inout Transaction) in
        let rows = try await slow.query(
          """
          SELECT enter_session(\(Self.hash), '30 days', '180 days'), pg_current_xact_id_if_assigned()::text
          """)
        let users = try await atOnce(8) { _ in try await db.sessions.user(tokenHash: Self.hash) }
        #expect(users == Array(repeating: user, count: 8))
        return try rows[0].decode(1, as: String.self)
      }
      #expect(try await db.value("SELECT xmin::text FROM session") == writer)
      #expect(try await db.value("SELECT last_seen_at > now() - interval '1 minute' FROM session") == true)
    }
  }

  @Test("a session is checked in the round trip of the query, which sees nothing without one")
  func asCaller() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.user("ada"), try await db.user("bert"))
      try await db.save([Sample.entry("hers", at: 1)], for: ada)
      try await db.save([Sample.entry("his", at: 1)], for: bert)
      try await db.sessions.start(for: ada, tokenHash: Self.hash, userAgent: "tests")
      let seen = try await db.savedTracks.list(
        for: .session(tokenHash: Self.hash), filter: .all, matching: nil, after: nil, limit: 10)
      #expect(seen.map(\.track.key.rawValue) == ["hers"])
      // One connection for both: nobody is left over from the query before.
      let code = await storageCode {
        try await db.savedTracks.list(
          for: .session(tokenHash: Self.other), filter: .all, matching: nil, after: nil, limit: 10)
      }
      #expect(code == .unauthenticated)
      let his = try await db.savedTracks.list(
        for: .user(bert), filter: .all, matching: nil, after: nil, limit: 10)
      #expect(his.map(\.track.key.rawValue) == ["his"])
    }
  }
}

extension ServiceDatabase {
  /// Moves a time of all sessions so far into the past.
  func age(_ column: String, to age: String) async throws {
    _ = try await owner.query(
      SQL(trustedScript: "UPDATE session SET \(column) = now() - interval '\(age)'"))
  }
}
