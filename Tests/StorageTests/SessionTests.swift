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
    arguments: ["idle_until", "ends_at"])
  func expiry(_ column: String) async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      _ = try await db.owner.query(
        SQL(trustedScript: "UPDATE session SET \(column) = now() - interval '1 microsecond'"))
      #expect(try await db.sessions.user(tokenHash: Self.hash) == nil)
      let code = await storageCode {
        try await db.savedTracks.list(
          for: .session(tokenHash: Self.hash), filter: .all, matching: nil, after: nil, limit: 1)
      }
      #expect(code == .unauthenticated)
    }
  }

  @Test("a session lives for thirty days without use and for a hundred and eighty at most")
  func lifetimes() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(
        for: user, tokenHash: Self.hash, userAgent: String(repeating: "ü", count: 4_000))
      let row = try await db.owner.query(
        """
        SELECT idle_until = created_at + interval '30 days' AS idle,
               ends_at = created_at + interval '180 days' AS longest,
               length(user_agent) AS agent
        FROM session
        """)[0]
      #expect(try row["idle"] == true)
      #expect(try row["longest"] == true)
      #expect(try row["agent"] == 300)
    }
  }

  @Test("its use is written at most once in a quarter of an hour, and moves the idle end alone")
  func lastSeen() async throws {
    try await withServiceDatabase { db in
      let user = try await db.user()
      try await db.sessions.start(for: user, tokenHash: Self.hash, userAgent: "tests")
      _ = try await db.owner.query("UPDATE session SET last_seen_at = now() - interval '14 minutes'")
      let before = try await db.content(of: "session")
      for _ in 0..<3 { _ = try await db.sessions.user(tokenHash: Self.hash) }
      #expect(try await db.content(of: "session") == before)
      _ = try await db.owner.query(
        """
        UPDATE session
        SET last_seen_at = now() - interval '16 minutes', idle_until = now() + interval '1 minute'
        """)
      let ends: Date = try await db.value("SELECT ends_at FROM session")
      #expect(try await db.sessions.user(tokenHash: Self.hash) == user)
      let written = try await db.content(of: "session")
      #expect(
        try await db.value(
          """
          SELECT last_seen_at > now() - interval '1 minute' AND idle_until > now() + interval '29 days'
          FROM session
          """) == true)
      #expect(try await db.value("SELECT ends_at FROM session") == ends)
      #expect(try await db.sessions.user(tokenHash: Self.hash) == user)
      #expect(try await db.content(of: "session") == written)
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
