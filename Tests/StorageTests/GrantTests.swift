import Domain
import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import Storage

@Suite("Grants")
struct GrantTests {
  private static let newer = Grants.SealedTokens(
    accessToken: [7], refreshToken: [8], accessTokenExpiresAt: Date(timeIntervalSince1970: 1_950_000_000))
  private static let lease = Duration.seconds(30)

  @Test("an app is one row, whoever registers it at once, and numbers are not used up")
  func apps() async throws {
    try await withServiceDatabase { db async throws in
      let ids = try await atOnce(10) { _ in try await db.grants.registerApp(clientID: "one") }
      #expect(Set(ids).count == 1)
      for _ in 0..<5 { _ = try await db.grants.registerApp(clientID: "one") }
      let next = try await db.grants.registerApp(clientID: "two")
      #expect(next.rawValue - ids[0].rawValue <= 11)
    }
  }

  @Test("a grant is stored with its tokens and its end, and its first runs are asked for")
  func stores() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.user()
      let app = try await db.grants.registerApp(clientID: "an app")
      #expect(try await db.grants.load(user) == nil)
      #expect(try await db.grants.nextTokenVersion(of: user) == 1)
      #expect(
        try await db.grants.store(
          Sample.tokens, of: user, app: app, scopes: ["a", "b"], version: 1,
          firstRuns: [.tracks]))
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.status == .healthy && held.grant.app == app && held.grant.scopes == ["a", "b"])
      #expect(abs(held.grant.authorizedAt.timeIntervalSinceNow) < 600)
      #expect(
        (180...185).contains(Int(held.grant.endsAt.timeIntervalSince(held.grant.authorizedAt)) / 86_400))
      #expect(held.grant.tokenVersion == 1)
      #expect(held.tokens?.accessToken == Sample.tokens.accessToken)
      #expect(held.tokens?.refreshToken == Sample.tokens.refreshToken)
      #expect(held.tokens?.accessTokenExpiresAt == Sample.tokens.accessTokenExpiresAt)
      let runs = try await db.runs.list(of: user, kind: nil, status: nil, after: nil, limit: 10)
      #expect(runs.map(\.kind) == [.tracks])
      #expect(runs.map(\.trigger) == [.connect])
      #expect(try await db.grants.nextTokenVersion(of: user) == 2)
    }
  }

  @Test(
    "a grant ends on the day six months later, or on that month's last day",
    arguments: [
      ("2026-01-15T10:20:30Z", "2026-07-15T10:20:30Z"), ("2026-08-31T23:59:59Z", "2027-02-28T23:59:59Z"),
      ("2027-08-31T00:00:00Z", "2028-02-29T00:00:00Z"), ("2026-12-31T12:00:00Z", "2027-06-30T12:00:00Z"),
      ("2026-03-31T01:30:00Z", "2026-09-30T01:30:00Z"), ("2028-02-29T05:00:00Z", "2028-08-29T05:00:00Z"),
    ])
  func end(_ authorized: String, _ ends: String) async throws {
    try await withServiceDatabase { db async throws in
      let date = try #require(Timestamp.date(authorized))
      // Whatever the session's time zone.
      try await db.owner.withTransaction { (transaction: inout Transaction) in
        _ = try await transaction.query("SET LOCAL TimeZone TO 'Pacific/Auckland'")
        let end = try await transaction.query("SELECT \(sql: Grants.end(of: "\(date)::timestamptz"))")
        #expect(Timestamp.text(try end[0].decode(0)) == ends)
      }
    }
  }

  @Test(
    "what Postgres can't do for now is no fault of the statement's",
    arguments: [
      "53100", "53200", "53300", "58030", "57P01", "57P03", "57014", "55P03", "25P03", "25006", "40001",
    ])
  func passing(_ state: String) async throws {
    try await withServiceDatabase { db async throws in
      func code(_ state: String) async -> StorageError.Code? {
        await storageCode {
          try await db.database.query(
            SQL(trustedScript: "DO $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '\(state)'; END $$"))
        }
      }
      #expect(await code(state) == .unavailable)
      #expect(await code("22012") == .unexpected)
    }
  }

  @Test("of two authorizations at once under one version one is stored, the other is told")
  func storeRace() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.user()
      let app = try await db.grants.registerApp(clientID: "an app")
      let stored = try await atOnce(8) { _ in
        try await db.grants.store(
          Sample.tokens, of: user, app: app, scopes: [], version: 1,
          firstRuns: [])
      }
      #expect(stored.filter { $0 }.count == 1)
    }
  }

  @Test("a new authorization heals whatever the grant was")
  func reauthorize() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      let app = try await db.grants.registerApp(clientID: "another app")
      _ = try await db.owner.query(
        """
        UPDATE spotify_grant
        SET status = 'dead', suspect_since = now(), last_error = 'x',
            refresh_not_before = now() + interval '1 day', refresh_lease = gen_random_uuid(),
            refresh_lease_until = now() + interval '1 day'
        """)
      #expect(
        try await db.grants.store(
          Self.newer, of: user, app: app, scopes: ["c"], version: 2,
          firstRuns: []))
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.status == .healthy && held.grant.suspectSince == nil && held.grant.app == app)
      #expect(held.refreshPause == nil)
      #expect(try await db.grants.beginRefresh(of: user, version: 2, holder: UUID(), lease: Self.lease))
    }
  }

  @Test("of many who want to refresh one gets the lease")
  func lease() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      let won = try await atOnce(20) { _ in
        try await db.grants.beginRefresh(of: user, version: 1, holder: UUID(), lease: Self.lease)
      }
      #expect(won.filter { $0 }.count == 1)
    }
  }

  @Test("a lease that has ended is another's to take, and of two answers the first is stored")
  func expiredLease() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      let (slow, quick) = (UUID(), UUID())
      #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: slow, lease: Self.lease))
      _ = try await db.owner.query(
        "UPDATE spotify_grant SET refresh_lease_until = now() - interval '1 second'")
      #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: quick, lease: Self.lease))
      // The slow one's answer may hold the only refresh token that works now.
      #expect(try await db.grants.endRefresh(of: user, version: 1, tokens: Self.newer, scopes: ["z"]))
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.tokenVersion == 2 && held.grant.scopes == ["z"] && held.tokens?.accessToken == [7])
      #expect(!held.isBeingRefreshed)
      // What the quick one was told says nothing any more, be it a token or a refusal.
      #expect(try await !db.grants.endRefresh(of: user, version: 1, tokens: Sample.tokens, scopes: nil))
      #expect(try await db.grants.refuseRefresh(of: user, holder: quick, error: "invalid_grant") == nil)
      #expect(try await db.grants.load(user)?.grant.status == .healthy)
      #expect(try await db.grants.load(user)?.tokens?.accessToken == [7])
    }
  }

  @Test("who comes with an older version gets neither the lease nor its answer stored")
  func versionConflict() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      let holder = UUID()
      #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: Self.lease))
      // The person connects again while Spotify answers.
      let app = try await db.grants.registerApp(clientID: "an app")
      #expect(
        try await db.grants.store(
          Self.newer, of: user, app: app, scopes: [], version: 2, firstRuns: [])
      )
      #expect(
        try await !db.grants.endRefresh(
          of: user, version: 1, tokens: Sample.tokens, scopes: nil))
      #expect(try await !db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: Self.lease))
      #expect(try await db.grants.load(user)?.tokens?.accessToken == [7])
      // What the old holder says now concerns nobody.
      #expect(try await db.grants.refuseRefresh(of: user, holder: holder, error: "invalid_grant") == nil)
      #expect(try await db.grants.load(user)?.grant.status == .healthy)
    }
  }

  @Test("what is not the grant's fault leaves it healthy and gives the lease back")
  func innocent() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      for _ in 0..<3 {
        let holder = UUID()
        #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: Self.lease))
        #expect(try await db.grants.load(user)?.isBeingRefreshed == true)
        try await db.grants.giveUpRefresh(of: user, holder: holder, error: "Spotify is away")
        #expect(try await db.grants.load(user)?.isBeingRefreshed == false)
      }
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.status == .healthy && held.refreshPause == nil)
    }
  }

  @Test("what is this service's own fault leaves no trace at all")
  func ours() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      func row() async throws -> String {
        try await db.owner.query("SELECT held::text FROM spotify_grant AS held")[0].decode(0)
      }
      let before = try await row()
      let holder = UUID()
      #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: Self.lease))
      // Another's right isn't given back.
      try await db.grants.returnRefresh(of: user, holder: UUID())
      #expect(try await row() != before)
      try await db.grants.returnRefresh(of: user, holder: holder)
      #expect(try await row() == before)
    }
  }

  @Test("a disconnected grant has no tokens and can't be refreshed")
  func disconnected() async throws {
    try await withServiceDatabase { db async throws in
      let user = try await db.connectedUser()
      let holder = UUID()
      #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: Self.lease))
      _ = try await Erasure(db.database).disconnect(user)
      #expect(
        try await !db.grants.endRefresh(of: user, version: 1, tokens: Self.newer, scopes: nil)
      )
      let held = try #require(try await db.grants.load(user))
      #expect(held.grant.status == .disconnected && held.tokens == nil && held.grant.tokenVersion == 2)
      #expect(try await !db.grants.beginRefresh(of: user, version: 2, holder: holder, lease: Self.lease))
    }
  }
}
