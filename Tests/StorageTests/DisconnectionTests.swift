import Domain
import Storage
import TestSupport
import Testing

@Suite("Disconnecting")
struct DisconnectionTests {
  @Test("takes tokens, runs, pages and tracks, and leaves the account, its sessions and everybody else")
  func everything() async throws {
    try await withServiceDatabase { db in
      let (ada, bert) = (try await db.connectedUser("ada"), try await db.connectedUser("bert"))
      for user in [ada, bert] {
        try await db.sessions.start(for: user, tokenHash: [UInt8(user.rawValue)], userAgent: "tests")
        try await db.save([Sample.entry("a", at: 1), Sample.entry("b", at: 2)], for: user)
        try await db.follow(["a", "b", "c"], for: user)
        let progress = SyncRun.Progress(done: 1, total: 1, unit: "pages")
        _ = try await db.pages.keep(
          [StagedPages.Page(offset: 0, total: 1, slots: [.null])], tracks: [], scan: 1,
          of: try await db.claim(user), progress: progress, requestsMade: 1)
        _ = try await db.stagedFollows.keep(
          [AskedFollows(number: 0, after: nil, page: FollowsPage(slots: [.null], total: 1, cursor: nil))],
          artists: [], scan: 1, of: try await db.claim(user, .following), progress: progress, requestsMade: 1)
      }
      let receipt = try await Disconnection(db.database).disconnect(ada)
      #expect((receipt.tokens, receipt.tracks, receipt.artists, receipt.runs) == (2, 2, 3, 4))
      for table in [
        "sync_run", "saved_track", "staged_page", "followed_artist", "staged_list_page",
        "sync_schedule",
      ] {
        let owners = try await db.evaluate("SELECT DISTINCT user_id::text FROM \(table)")
        #expect(owners == [bert.description], "\(table)")
      }
      #expect(try await db.grants.load(ada)?.tokens == nil)
      #expect(try await db.grants.load(bert)?.tokens != nil)
      #expect(try await db.sessions.user(tokenHash: [UInt8(ada.rawValue)]) == ada)
      #expect(try await db.users.profile(of: ada).grant?.status == .disconnected)
      let again = try await Disconnection(db.database).disconnect(ada)
      #expect((again.tokens, again.tracks, again.runs) == (0, 0, 0))
    }
  }

  @Test("a run at work can write nothing afterwards, also when it writes at the same moment")
  func runAtWork() async throws {
    try await withServiceDatabase { db in
      for _ in 0..<20 {
        let user = try await db.connectedUser()
        let claim = try await db.claim(user)
        let page = StagedPages.Page(offset: 0, total: 1, slots: [.null])
        let progress = SyncRun.Progress(done: 1, total: 1, unit: "pages")
        let codes = try await atOnce(3) { number -> StorageError.Code? in
          switch number {
          case 0:
            _ = try await Disconnection(db.database).disconnect(user)
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
        #expect(await storageCode { try await db.savedTracks.finish(Sample.outcome(), of: claim) } == .fenced)
        for table in ["sync_run", "saved_track", "staged_page"] {
          #expect(try await db.content(of: table) == [], "\(table)")
        }
      }
    }
  }
}
