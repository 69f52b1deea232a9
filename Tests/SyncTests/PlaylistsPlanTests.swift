import Domain
import Foundation
import Sync
import Testing

@Suite("Which playlists are read, and what follows from the answers")
struct PlaylistsPlanTests {
  static let now = Date(timeIntervalSince1970: 1_800_000_000)

  static func playlist(
    _ id: String, snapshot: String? = "s1", name: String? = nil, owner: String = "ada", total: Int? = 3,
    isCollaborative: Bool = false
  ) -> Playlist {
    Playlist(
      id: PlaylistID(id), uri: "spotify:playlist:\(id)", name: name ?? id, description: nil,
      owner: Playlist.Owner(id: SpotifyUserID(owner), displayName: nil), isPublic: true,
      isCollaborative: isCollaborative, snapshotID: snapshot, totalItems: total, imageURL: nil)
  }

  static func held(
    _ id: String, at position: Int = 0, contents: PlaylistContents = .synced, synced: String? = "s1",
    isPresent: Bool = true, snapshot: String? = "s1"
  ) -> HeldPlaylist {
    HeldPlaylist(
      playlist: playlist(id, snapshot: snapshot), position: position, contents: contents,
      syncedSnapshotID: synced, isPresent: isPresent)
  }

  static func scan<Row: ListRow>(_ slots: [ListSlot<Row>], total: Int? = nil) throws -> ScannedList<Row> {
    var scan = ListScan<Row>()
    scan.receive(ListPage(offset: 0, total: total ?? slots.count, slots: slots))
    guard case .settled(let scanned) = scan.verdict(head: nil) else { throw CancellationError() }
    return scanned
  }

  private static func plan(
    _ held: [HeldPlaylist], _ slots: [ListSlot<Playlist>], total: Int? = nil
  ) throws -> PlaylistsPlan {
    PlaylistsPlan(
      held: held, listed: try scan(slots, total: total), pageSize: 50, person: SpotifyUserID("ada"), now: now)
  }

  @Test("an unchanged snapshot costs nothing, whatever the answer to it was")
  func unchanged() throws {
    let held = [
      Self.held("a"),
      HeldPlaylist(
        playlist: Self.playlist("b"), position: 1, contents: .notVisible, syncedSnapshotID: "s1",
        refusedAt: Self.now - 86_399, isPresent: true),
      Self.held("c", isPresent: false),
    ]
    let plan = try Self.plan(
      held, [.row(Self.playlist("a", total: 120)), .row(Self.playlist("b")), .row(Self.playlist("c"))])
    #expect(plan.toRead.isEmpty && plan.unchanged == 3)
    #expect(plan.requestsSaved == 3 + 1 + 1)
    #expect(plan.missing.isEmpty && plan.isListTrusted)
  }

  @Test("what is new, changed, pending or without a snapshot is read, in the list's order")
  func toRead() throws {
    let held = [
      Self.held("changed", synced: "s0"), Self.held("pending", contents: .pending, synced: nil),
      Self.held("nameless", synced: nil), Self.held("same"),
    ]
    let plan = try Self.plan(
      held,
      [
        .row(Self.playlist("pending")), .row(Self.playlist("new")), .row(Self.playlist("same")),
        .row(Self.playlist("nameless", snapshot: nil)), .row(Self.playlist("changed")),
      ])
    #expect(plan.toRead.map(\.id.rawValue) == ["pending", "new", "nameless", "changed"])
    #expect(plan.unchanged == 1)
  }

  @Test("a refusal that need not have had a cause is asked about again, once a day, a few in a run")
  func doubts403() throws {
    func refused(_ playlist: Playlist, secondsAgo: Double?) -> HeldPlaylist {
      HeldPlaylist(
        playlist: playlist, position: 0, contents: .notVisible, syncedSnapshotID: "s1",
        refusedAt: secondsAgo.map { Self.now - $0 }, isPresent: true)
    }
    let playlists = [
      Self.playlist("own"), Self.playlist("shared", owner: "eve", isCollaborative: true),
      Self.playlist("others", owner: "eve"), Self.playlist("early"),
    ]
    let held = playlists.map { refused($0, secondsAgo: $0.id.rawValue == "early" ? 86_000 : 86_400) }
    let slots = playlists.map { ListSlot<Playlist>.row($0) }
    #expect(try Self.plan(held, slots).toRead.map(\.id.rawValue) == ["own", "shared"])
    // An app that has been shown somebody else's may be refused one without a cause, too.
    let seen = HeldPlaylist(
      playlist: Self.playlist("seen", owner: "eve"), position: 4, contents: .synced, syncedSnapshotID: "s1",
      isPresent: true)
    #expect(try Self.plan(held + [seen], slots).toRead.map(\.id.rawValue) == ["own", "shared", "others"])
    let many = (0..<30).map { Self.playlist("p\($0)") }
    let long = many.enumerated().map { refused($1, secondsAgo: 100_000 + Double($0)) }
    let plan = try Self.plan(long, many.map { .row($0) })
    #expect(plan.toRead.map(\.id.rawValue) == (20..<30).map { "p\($0)" } && plan.unchanged == 20)
    // What comes of it: shown again, or refused from now on for another day.
    let change = try Self.change(
      held, slots,
      results: [
        playlists[0].id: .read(try Self.scan([ListSlot<PlaylistEntry>]())),
        playlists[1].id: .refused(.notVisible),
      ])
    #expect(change.playlists.filter { $0.position < 2 }.map(\.contents) == [.synced, .notVisible])
    #expect(change.playlists.filter { $0.position < 2 }.map(\.refusedAt) == [nil, Self.now])
    #expect(try Self.plan(change.playlists, slots).toRead.isEmpty)
  }

  @Test("a playlist that the list misses is a candidate, unless its id came malformed")
  func missing() throws {
    let held = [Self.held("a"), Self.held("b"), Self.held("gone"), Self.held("removed", isPresent: false)]
    let plan = try Self.plan(held, [.row(Self.playlist("a")), .malformed(PlaylistID("b"))])
    #expect(plan.missing.map(\.rawValue) == ["gone"])
    #expect(plan.isListTrusted)
  }

  @Test("a list with a null, a nameless place, another total or a doublet is not trusted")
  func doubts() throws {
    let a = ListSlot<Playlist>.row(Self.playlist("a"))
    #expect(try Self.plan([], [a]).isListTrusted)
    #expect(try Self.plan([], [a, .null]).isListTrusted == false)
    #expect(try Self.plan([], [a, .malformed(nil)]).isListTrusted == false)
    #expect(try Self.plan([], [a], total: 2).isListTrusted == false)
    #expect(try Self.plan([], [a, a]).isListTrusted == false)
  }

  // MARK: The change

  private static func change(
    _ held: [HeldPlaylist], _ slots: [ListSlot<Playlist>], removals: [String] = [],
    results: [PlaylistID: PlaylistItemsReading.Result] = [:]
  ) throws -> PlaylistsChange {
    PlaylistsChange(
      held: held, listed: try scan(slots), removals: removals.map(PlaylistID.init), results: results,
      kept: [:], now: now)
  }

  @Test("an unchanged list changes nothing")
  func nothing() throws {
    let held = [Self.held("a", at: 0), Self.held("b", at: 1, contents: .notVisible)]
    let change = try Self.change(held, [.row(Self.playlist("a")), .row(Self.playlist("b"))])
    #expect(change.playlists.isEmpty && change.changes == SyncRun.Changes())
    #expect(change.gaps == [Gap(reason: .notVisible, count: 1)])
  }

  @Test("each answer leaves what it should: read, not visible, not found, edited during every reading")
  func answers() throws {
    let empty = try Self.scan([ListSlot<PlaylistEntry>]())
    let ids = ["read", "hidden", "lost", "busy", "closed"]
    let held = ids.enumerated().map { Self.held($1, at: $0, synced: "s0", snapshot: "s0") }
    let change = try Self.change(
      held, ids.map { .row(Self.playlist($0)) },
      results: [
        PlaylistID("read"): .read(empty), PlaylistID("hidden"): .refused(.notVisible),
        PlaylistID("lost"): .refused(.notFound), PlaylistID("busy"): .changing,
        PlaylistID("closed"): .refused(.notFound),
      ])
    #expect(change.playlists.map(\.contents) == [.synced, .notVisible, .synced, .synced, .synced])
    #expect(change.playlists.map(\.syncedSnapshotID) == ["s1", "s1", "s0", "s0", "s0"])
    #expect(change.cuts.isEmpty && change.changes == SyncRun.Changes())
    #expect(
      Set(change.gaps.map { "\($0.reason) \($0.count)" }) == ["notVisible 1", "notFound 2", "changing 1"])
  }

  @Test("one of Spotify's own that isn't found is asked for once per snapshot, anybody else's again")
  func closed() throws {
    let (spotifys, other) = (Self.playlist("a", owner: "spotify"), Self.playlist("b"))
    let change = try Self.change(
      [], [.row(spotifys), .row(other)],
      results: [spotifys.id: .refused(.notFound), other.id: .refused(.notFound)])
    #expect(change.playlists.map(\.contents) == [.pending, .pending])
    #expect(change.playlists.map(\.syncedSnapshotID) == ["s1", nil])
    let again = PlaylistsPlan(
      held: change.playlists, listed: try Self.scan([.row(spotifys), .row(other)]), pageSize: 50,
      person: SpotifyUserID("ada"), now: Self.now)
    #expect(again.toRead == [other])
    let next = try Self.change(change.playlists, [.row(spotifys)])
    #expect(next.gaps == [Gap(reason: .notFound, count: 1)])
  }

  @Test("what comes, goes, returns and is renamed is counted; a move and a snapshot alone are written only")
  func counts() throws {
    let held = [
      Self.held("moved", at: 0), Self.held("renamed", at: 1), Self.held("snapshot", at: 2),
      Self.held("gone", at: 3), Self.held("back", at: 4, isPresent: false),
    ]
    let change = try Self.change(
      held,
      [
        .row(Self.playlist("renamed", name: "x")), .row(Self.playlist("moved")),
        .row(Self.playlist("snapshot", snapshot: "s2")), .row(Self.playlist("new")),
        .row(Self.playlist("back")),
      ], removals: ["gone"])
    #expect(change.playlists.count == 5)
    #expect(change.changes == SyncRun.Changes(added: 2, updated: 1, removed: 1))
  }

  @Test("places that can't be explained are skipped, and keep their numbers")
  func skipped() throws {
    let change = try Self.change([], [.null, .row(Self.playlist("a")), .malformed(nil)])
    #expect(change.changes.skipped == 2 && change.playlists.map(\.position) == [1])
    #expect(
      change.gaps.prefix(2) == [
        Gap(reason: .nullElement, count: 1), Gap(reason: .malformedElement, count: 1),
      ]
    )
  }
}
