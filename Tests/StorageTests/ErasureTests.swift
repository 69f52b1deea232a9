import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Erasing what is kept of a person")
struct ErasureTests {
  /// What disconnecting leaves: whose account it is, where it is signed in, that it was connected.
  private static let kept: Set = ["user_account", "session", "api_token", "spotify_grant"]

  @Test(
    "no table has a row of a deleted account, everybody else's are untouched, and each row is in the receipt")
  func account() async throws {
    try await withTwoUsers { db, ada, bert, tables in
      let (hers, his) = (try await db.rows(of: ada, in: tables), try await db.rows(of: bert, in: tables))
      #expect(Set(hers.keys) == Set(tables), "a table without a row of hers proves nothing")
      let receipt = try #require(try await Erasure(db.database).deleteAccount(ada))
      #expect(try await db.rows(of: ada, in: tables) == [:])
      #expect(try await db.rows(of: bert, in: tables) == his)
      let rows = receipt.counts.filter { $0.thing != .tokens }.map(\.count).reduce(0, +)
      #expect(rows == hers.values.map(\.count).reduce(0, +), "\(receipt)")
      #expect(Set(receipt.counts.map(\.thing)) == Set(ErasureReceipt.Thing.allCases))
      #expect(
        receipt[.tokens] == 2 && receipt[.tracks] == 2 && receipt[.runs] == 2 && receipt[.accounts] == 1)
      #expect(try await Erasure(db.database).deleteAccount(ada) == nil)
    }
  }

  @Test("disconnecting leaves the account, its sessions and the fact of the connection, and no token")
  func disconnect() async throws {
    try await withTwoUsers { db, ada, bert, tables in
      let (hers, his) = (try await db.rows(of: ada, in: tables), try await db.rows(of: bert, in: tables))
      let receipt = try await Erasure(db.database).disconnect(ada)
      #expect(
        receipt[.tokens] == 2 && receipt[.tracks] == 2 && receipt[.runs] == 2 && receipt[.sessions] == 0)
      let left = try await db.rows(of: ada, in: tables)
      #expect(Set(left.keys) == ErasureTests.kept)
      for table in ["user_account", "session", "api_token"] {
        #expect(left[table] == hers[table], "\(table)")
      }
      let columns = try await db.evaluate(
        """
        SELECT key || '=' || value FROM spotify_grant AS held, jsonb_each_text(jsonb_strip_nulls(to_jsonb(held)))
        WHERE user_id = \(ada) AND key NOT IN ('user_id', 'app_id', 'authorized_at', 'ends_at')
        ORDER BY 1
        """)
      #expect(columns == ["refusals=0", "scopes=[]", "status=disconnected", "token_version=2"])
      #expect(try await db.rows(of: bert, in: tables) == his)
      let again = try await Erasure(db.database).disconnect(ada)
      #expect(again.counts.allSatisfy { $0.count == 0 })
      #expect(try await Erasure(db.database).deleteAccount(ada)?[.accounts] == 1, "still possible afterwards")
      #expect(try await db.rows(of: ada, in: tables) == [:])
    }
  }

  private enum Deed: CaseIterable {
    case delete, deleteToo, deleteAsWell, disconnect, stage, merge, connect, request, schedule, refresh,
      signIn
  }

  @Test(
    "whatever happens to the account at that moment, nothing fails that shouldn't, and nothing is left of it")
  func race() async throws {
    try await withServiceDatabase(connections: 12) { db async throws in
      let tables = try await IsolationRules.userTables(db.owner)
      let app = try await db.grants.registerApp(clientID: "an app")
      for round in 0..<15 {
        let user = try await db.connectedUser()
        try await db.save([Sample.entry("a", at: 1)], for: user)
        let claim = try await db.claim(user)
        let holder = UUID()
        #expect(try await db.grants.beginRefresh(of: user, version: 1, holder: holder, lease: .seconds(30)))
        _ = try await db.owner.query("UPDATE sync_schedule SET next_check_at = now()")
        let erasure = Erasure(db.database)
        let outcomes = try await atOnce(Deed.allCases.count) { number in
          let deed = Deed.allCases[(number + round) % Deed.allCases.count]
          let error = await storageError {
            switch deed {
            case .delete, .deleteToo, .deleteAsWell: _ = try await erasure.deleteAccount(user)
            case .disconnect: _ = try await erasure.disconnect(user)
            case .stage:
              _ = try await db.pages.keep(
                [StagedPages.Page(offset: 0, total: 1, slots: [.null])], tracks: [], scan: 1, of: claim,
                progress: SyncRun.Progress(done: 1, total: 1, unit: "pages"), requestsMade: 1)
            case .merge:
              try await db.savedTracks.finish(
                Sample.outcome(inserts: [Sample.entry("b", at: 1)]), of: claim)
            case .connect:
              _ = try await db.grants.store(
                Sample.tokens, of: user, app: app, scopes: ["user-library-read"], version: 9,
                firstRuns: SyncKind.allCases)
            case .request: _ = try await db.runs.request(.playlists, for: user, trigger: .manual)
            case .schedule: try await db.runs.scheduleDue(limit: 10)
            case .refresh:
              _ = try await db.grants.endRefresh(
                of: user, version: 1, tokens: Sample.tokens, scopes: nil)
            case .signIn:
              try await db.sessions.start(for: user, tokenHash: [UInt8(round)], userAgent: "tests")
            }
          }
          return (deed: deed, error: error)
        }
        for (deed, error) in outcomes {
          let isSound = error.map { [.fenced, .accountGone, .notFound].contains($0.code) } ?? true
          #expect(isSound, "\(deed): \(error.map(String.init(describing:)) ?? "")")
        }
        // Whoever came last may have connected again, which is another account then; of this one nothing is left.
        #expect(try await db.rows(of: user, in: tables) == [:])
      }
    }
  }

  @Test("a run at work can write nothing afterwards, also when it writes at the same moment")
  func runAtWork() async throws {
    try await withServiceDatabase { db in
      for round in 0..<20 {
        let user = try await db.connectedUser("ada \(round)")
        let claim = try await db.claim(user)
        let page = StagedPages.Page(offset: 0, total: 1, slots: [.null])
        let progress = SyncRun.Progress(done: 1, total: 1, unit: "pages")
        let codes = try await atOnce(3) { number -> StorageError.Code? in
          switch number {
          case 0:
            _ = try await Erasure(db.database).disconnect(user)
            return nil
          case 1:
            return await storageCode {
              try await db.pages.keep(
                [page], tracks: [], scan: 1, of: claim, progress: progress, requestsMade: 1)
            }
          default:
            return await storageCode {
              try await db.savedTracks.finish(Sample.outcome(inserts: [Sample.entry("a", at: 1)]), of: claim)
            }
          }
        }
        #expect(codes.allSatisfy { $0 == nil || $0 == .fenced }, "\(codes)")
        #expect(await storageCode { try await db.runs.confirm(claim) } == .fenced)
        #expect(await storageCode { try await db.savedTracks.finish(Sample.outcome(), of: claim) } == .fenced)
        for table in ["sync_run", "saved_track", "staged_page"] {
          #expect(try await db.content(of: table) == [], "\(table)")
        }
      }
    }
  }

  @Test(
    "nobody can ask for a run behind a disconnection, and artists that a run asked for are anybody's again")
  func afterwards() async throws {
    try await withServiceDatabase { db in
      let user = try await db.connectedUser()
      let claim = try await db.claim(user, .releases)
      _ = try await db.owner.query(
        """
        INSERT INTO artist_check (artist_id, leased_by, lease_until)
        VALUES ('a', \(claim.run.rawValue), now() + interval '3 minutes'), ('b', uuid_v7(), now() + interval '3 minutes')
        """)
      _ = try await Erasure(db.database).disconnect(user)
      #expect(
        await storageCode { try await db.runs.request(.tracks, for: user, trigger: .manual) } == .notFound)
      #expect(try await db.content(of: "sync_run") == [])
      #expect(
        try await db.evaluate(
          "SELECT artist_id FROM artist_check WHERE leased_by IS NULL AND lease_until IS NULL")
          == ["a"])
    }
  }
}
