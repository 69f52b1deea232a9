import Accounts
import Domain
import Foundation
import PostgreSQL
import Secrets
import SpotifyAPI
import SpotifySimulator
import Storage
import TestSupport
import Testing

@Suite("A grant whose refresh token Spotify refuses")
struct GrantLifeTests {
  private static let ada = "ada.quill"

  @Test("once is suspect and left alone; again hours later, while another's refresh works, it is dead")
  func dies() async throws {
    try await withWorld(.people(2)) { world in
      let instance = try world.instance()
      let users = try await world.connectAll(instance, 2)
      world.letTokenEnd()
      try world.simulator.revoke("p0")
      #expect(await accountCode { try await instance.whoIs(users[0]) } == .grantSuspect)
      #expect(try await world.grant(of: users[0])?.status == .suspect)
      #expect(world.refreshes() == 1)
      // Nobody asks while there is patience, on no process.
      for other in [instance, try world.instance()] {
        #expect(await accountCode { try await other.whoIs(users[0]) } == .grantSuspect)
      }
      #expect(world.refreshes() == 1)
      #expect(try await instance.whoIs(users[1]) == "p1")
      try await world.letPatienceEnd()
      #expect(await accountCode { try await instance.whoIs(users[0]) } == .reauthorizationRequired)
      #expect(try await world.grant(of: users[0])?.status == .dead)
      #expect(world.refreshes() == 3)
      try await world.letPatienceEnd()
      #expect(await accountCode { try await instance.whoIs(users[0]) } == .reauthorizationRequired)
      #expect(world.refreshes() == 3)
      // Nothing was thrown away, and a new authorization heals it.
      #expect(try await world.grants.load(users[0])?.tokens != nil)
      #expect(try await world.connect(instance, as: "p0").user == users[0])
      #expect(try await instance.whoIs(users[0]) == "p0")
      #expect(try await world.grant(of: users[0])?.status == .healthy)
    }
  }

  @Test("with nobody to compare with is dead only after three refusals over a week")
  func alone() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      try world.simulator.revoke(Self.ada)
      for refusal in 1...7 {
        #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect, "refusal \(refusal)")
        try await world.letPatienceEnd(hours: 24)
      }
      #expect(await accountCode { try await instance.whoIs(user) } == .reauthorizationRequired)
      #expect(world.refreshes() == 8)
    }
  }

  @Test("after its six months is dead at once: that is the expected end")
  func ends() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      _ = try await world.db.owner.query("UPDATE spotify_grant SET ends_at = now() - interval '1 second'")
      // What Spotify still accepts is used all the same.
      #expect(try await instance.whoIs(user) == Self.ada)
      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token, message: "Refresh token expired"))
      #expect(await accountCode { try await instance.whoIs(user) } == .reauthorizationRequired)
      let grant = try #require(try await world.grant(of: user))
      #expect(grant.status == .dead)
      #expect(try await world.grants.load(user)?.tokens != nil)
    }
  }

  @Test(
    "is judged by Postgres' clock, whatever the clock of the process that connected it said",
    arguments: [-200, 200])
  func clocks(_ days: Int) async throws {
    try await withWorld { world in
      world.clock.advance(seconds: days * 86_400)
      let user = try await world.connect(try world.instance()).user
      world.clock.advance(seconds: -days * 86_400)
      world.simulator.add(Fault(.invalidGrant, group: .token))
      _ = try await world.db.owner.query("UPDATE spotify_grant SET access_token_expires_at = now()")
      #expect(await accountCode { try await world.instance().whoIs(user) } == .grantSuspect)
      let grant = try #require(try await world.grant(of: user))
      #expect(abs(grant.authorizedAt.timeIntervalSinceNow) < 600)
    }
  }

  @Test("by mistake is healthy again with the next refresh")
  func recovers() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token))
      #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect)
      try await world.letPatienceEnd()
      #expect(try await instance.whoIs(user) == Self.ada)
      let grant = try #require(try await world.grant(of: user))
      #expect(grant.status == .healthy && grant.suspectSince == nil)
      // The next refusal is a first one again.
      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token))
      #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect)
    }
  }

  @Test(
    "with everybody else's, at once, kills nobody however long it lasts, and all are well when it is over")
  func outage() async throws {
    try await withWorld(.people(20)) { world in
      let instances = [try world.instance(), try world.instance()]
      let users = try await world.connectAll(instances[0], 20)
      // One was suspect before, while the others worked.
      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token))
      #expect(await accountCode { try await instances[0].whoIs(users[0]) } == .grantSuspect)
      _ = try await atOnce(19) { try await instances[0].whoIs(users[$0 + 1]) }

      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token, grantType: "refresh_token", times: 0))
      for _ in 1...10 {
        try await world.letPatienceEnd()
        world.simulator.hold(.token)
        let before = world.refreshes()
        async let codes = atOnce(40) { number in
          await accountCode { try await instances[number % 2].whoIs(users[number / 2]) }
        }
        // All of them are refused in the same moment.
        try await world.simulator.waitUntilHeld(.token, atLeast: 20)
        world.simulator.release(.token)
        #expect(try await codes == Array(repeating: .grantSuspect, count: 40))
        #expect(world.refreshes() == before + 20)
        for user in users { #expect(try await world.grant(of: user)?.status == .suspect) }
      }
      world.simulator.dropFaults()
      try await world.letPatienceEnd(hours: 1)
      for (number, user) in users.enumerated() { #expect(try await instances[1].whoIs(user) == "p\(number)") }
      for user in users { #expect(try await world.grant(of: user)?.status == .healthy) }
    }
  }

  @Test("with everybody else's is tried again sooner, once that is known")
  func outageIsShort() async throws {
    try await withWorld(.people(8)) { world in
      let instance = try world.instance()
      let users = try await world.connectAll(instance, 8)
      world.letTokenEnd()
      world.simulator.add(Fault(.invalidGrant, group: .token, grantType: "refresh_token", times: 0))
      for user in users { #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect) }
      var waits: [Duration] = []
      for user in users {
        waits.append(try #require(try await world.grants.load(user)?.refreshPause))
      }
      // The first can't know yet.
      #expect(waits[0] > .seconds(10_000), "\(waits)")
      #expect(waits[1...].allSatisfy { $0 < .seconds(2_000) }, "\(waits)")
    }
  }

  @Test(
    "lets another account in as little as a healthy one does, and nothing changes",
    arguments: ["suspect", "dead"])
  func otherAccount(_ status: String) async throws {
    try await withWorld(.people(2)) { world in
      let instance = try world.instance()
      let user = try await world.connect(instance, as: "p0").user
      _ = try await world.db.owner.query("UPDATE spotify_grant SET status = \(status), suspect_since = now()")
      let before = try #require(try await world.grants.load(user))
      let beginning = try await instance.connect.begin(next: nil, user: user)
      let returned = try await world.agree(beginning, as: "p1")
      #expect(await accountCode { try await instance.connect.finish(returned) } == .otherAccount)
      let after = try #require(try await world.grants.load(user))
      #expect(after.grant.status.rawValue == status && after.grant.tokenVersion == before.grant.tokenVersion)
      #expect(after.tokens?.refreshToken == before.tokens?.refreshToken)
      #expect(after.grant.suspectSince == before.grant.suspectSince)
    }
  }

  @Test("of another app of Spotify's isn't asked for with this one's secret, and works when its own is back")
  func otherApp() async throws {
    let another = SimulatorConfiguration.Client(
      id: "another", secret: "another secret", redirectURIs: [World.redirect])
    var configuration = SimulatorConfiguration()
    configuration.clients.append(another)
    try await withWorld(configuration) { world in
      let first = try world.instance()
      let user = try await world.connect(first).user
      let app = try await world.grants.registerApp(clientID: another.id)
      let second = try world.instance(app: (another, app))
      let before = try await world.storedGrants()
      world.simulator.resetCounts()
      // Neither with a token that lasts nor with one that is about to end.
      for _ in 1...2 {
        #expect(await accountCode { try await second.whoIs(user) } == .otherApp)
        world.letTokenEnd()
      }
      #expect(world.simulator.counts.total == 0)
      #expect(try await world.storedGrants() == before)
      #expect(try await first.whoIs(user) == Self.ada)
      // Connected with the other, it is the other's.
      #expect(try await world.connect(second).user == user)
      world.letTokenEnd()
      #expect(try await second.whoIs(user) == Self.ada)
      #expect(await accountCode { try await first.whoIs(user) } == .otherApp)
      #expect(try await world.grant(of: user)?.status == .healthy)
    }
  }

  @Test("isn't outvoted by those who connected again in the same outage, whose new tokens work")
  func outvoted() async throws {
    try await withWorld(.people(6)) { world in
      let instance = try world.instance()
      let users = try await world.connectAll(instance, 6)
      world.letTokenEnd()
      for number in 0..<6 { try world.simulator.revoke("p\(number)") }
      for user in users {
        #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect)
      }
      try await world.letPatienceEnd(hours: 2)
      for number in 0..<4 { _ = try await world.connect(instance, as: "p\(number)") }
      world.letTokenEnd()
      for number in 0..<4 { #expect(try await instance.whoIs(users[number]) == "p\(number)") }
      try await world.letPatienceEnd(hours: 2)
      for _ in 1...3 {
        for user in users[4...] {
          #expect(await accountCode { try await instance.whoIs(user) } == .grantSuspect)
        }
        try await world.letPatienceEnd()
      }
      #expect(try await world.grant(of: users[5])?.status == .suspect)
    }
  }

  @Test("is revived in place, and the runs that waited for it are due at once")
  func revives() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      let runs = SyncRuns(world.db.database)
      let run = try #require(
        try await runs.list(of: user, kind: nil, status: .queued, after: nil, limit: 1).first)
      let claim = try #require(try await runs.claim(run.id, of: user))
      try await runs.postpone(
        claim, for: .seconds(7_200), failure: RunFailure(code: "grant_suspect", detail: ""),
        countsAsAttempt: false, requestsMade: 0)
      _ = try await world.db.owner.query("UPDATE spotify_grant SET status = 'suspect', suspect_since = now()")
      #expect(try await runs.claim(run.id, of: user) == nil)
      #expect(try await world.connect(instance).user == user)
      #expect(try await runs.claim(run.id, of: user) != nil)
    }
  }
}

extension SimulatorConfiguration {
  /// So many users, `p0` first. Development Mode would let five of them in.
  static func people(_ count: Int) -> SimulatorConfiguration {
    var configuration = SimulatorConfiguration()
    configuration.mode = .extended
    configuration.users = (0..<count).map { User(id: "p\($0)", name: "Person \($0)", tracks: 1) }
    return configuration
  }
}

extension World {
  func connectAll(_ instance: Instance, _ count: Int) async throws -> [UserID] {
    try await atOnce(count) { number in
      (number, try await connect(instance, as: "p\(number)").user)
    }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Every grant, with what tells whether it was rewritten.
  fileprivate func storedGrants() async throws -> [String] {
    try await db.owner.query("SELECT xmin::text || held::text FROM spotify_grant AS held").map {
      row throws(PostgreSQLError) in try row.decode(0)
    }
  }

  /// As if so much time had passed since Spotify refused.
  func letPatienceEnd(hours: Int = 4) async throws {
    _ = try await db.owner.query(
      """
      UPDATE spotify_grant
      SET refresh_not_before = now() - interval '1 second',
          suspect_since = suspect_since - make_interval(hours => \(Int32(hours))),
          refused_at = refused_at - make_interval(hours => \(Int32(hours)))
      WHERE status = 'suspect'
      """)
    _ = try await db.owner.query(
      "UPDATE spotify_grant SET authorized_at = authorized_at - make_interval(hours => \(Int32(hours)))")
  }
}
