import Accounts
import Domain
import Foundation
import PostgreSQL
import Reactor
import Secrets
import SpotifyAPI
import SpotifySimulator
import Storage
import TestSupport
import Testing

@Suite("A user's access token")
struct RefreshTests {
  @Test("that lasts is used as it is")
  func fresh() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      for _ in 0..<3 { _ = try await instance.whoIs(user) }
      world.clock.advance(seconds: 3_500)
      _ = try await instance.whoIs(user)
      #expect(world.refreshes() == 0)
    }
  }

  @Test("that is about to end is refreshed once for two hundred callers on each of three processes")
  func once() async throws {
    try await withWorld { world in
      let instances = [try world.instance(), try world.instance(), try world.instance()]
      let user = try await world.connect(instances[0]).user
      world.letTokenEnd()
      world.simulator.hold(.token)
      let names = try await withThrowingTaskGroup(of: [String].self) { group in
        group.addTask {
          try await atOnce(600) { number in
            // All of them are under way before Spotify answers anybody.
            try await instances[number % 3].accesses.access(of: user).accessTokenExpiresAt == nil
              ? "none" : "some"
          }
        }
        try await world.simulator.waitUntilHeld(.token)
        world.simulator.release(.token)
        return try await group.next() ?? []
      }
      #expect(names.count == 600 && !names.contains("none"))
      #expect(world.refreshes() == 1)
      #expect(try await world.grant(of: user)?.tokenVersion == 2)
      for instance in instances { #expect(try await instance.whoIs(user) == "ada.quill") }
      #expect(world.refreshes() == 1)
    }
  }

  @Test("of a hundred people is refreshed once each for a hundred callers each, on three processes")
  func stampede() async throws {
    try await withWorld(.people(100)) { world in
      let instances = [try world.instance(), try world.instance(), try world.instance()]
      let users = try await world.connectAll(instances[0], 100)
      world.letTokenEnd()
      world.simulator.hold(.token)
      let answered = try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask {
          try await atOnce(10_000) { number in
            try await instances[number % 3].accesses.access(of: users[number / 100]).accessTokenExpiresAt
          }.count { $0 != nil }
        }
        try await world.simulator.waitUntilHeld(.token, atLeast: 100)
        world.simulator.release(.token)
        return try await group.next()
      }
      #expect(answered == 10_000 && world.refreshes() == 100)
    }
  }

  @Test(
    "is refreshed again and again, whatever the answer says about the refresh token",
    arguments: [RefreshAnswer.absent, .new, .null, .empty])
  func answers(_ answer: RefreshAnswer) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.simulator.setRefreshAnswer(answer)
      for count in 1...4 {
        world.letTokenEnd()
        #expect(try await instance.whoIs(user) == "ada.quill")
        #expect(world.refreshes() == count)
      }
      // Each kind of answer may follow each other.
      for other in [RefreshAnswer.new, .empty, .absent, .new, .null] {
        world.simulator.setRefreshAnswer(other)
        world.letTokenEnd()
        #expect(try await instance.whoIs(user) == "ada.quill")
      }
      let grant = try #require(try await world.grant(of: user))
      #expect(grant.status == .healthy && grant.tokenVersion == 10)
      #expect(grant.scopes == ["user-library-read"])
    }
  }

  @Test("that Spotify refuses in the middle of work is refreshed once, and each request sent once more")
  func unauthorized() async throws {
    try await withWorld { world in
      let instances = [try world.instance(), try world.instance()]
      let user = try await world.connect(instances[0]).user
      let accesses = [
        try await instances[0].accesses.access(of: user), try await instances[1].accesses.access(of: user),
      ]
      // At Spotify it has ended; here nobody knows.
      world.simulator.advanceClock(seconds: 3_601)
      let names = try await atOnce(40) { number in
        try await accesses[number % 2].perform { (token: borrowing SecretBytes) async throws(SpotifyError) in
          try await instances[0].api.profile(token: token)
        }.id.rawValue
      }
      #expect(names == Array(repeating: "ada.quill", count: 40))
      #expect(world.refreshes() == 1)
      #expect(world.simulator.counts.count(.me, status: 401) <= 40)
      let before = world.simulator.counts.count(.me)
      _ = try await accesses[1].perform { (token: borrowing SecretBytes) async throws(SpotifyError) in
        try await instances[0].api.profile(token: token)
      }
      #expect(world.simulator.counts.count(.me) == before + 1)
    }
  }

  @Test("that Spotify refuses for ever is refreshed once, and the refusal handed on")
  func unauthorizedForEver() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.simulator.resetCounts()
      world.simulator.add(Fault(.status, group: .me, times: 0, status: 401))
      let error = await #expect(throws: SpotifyError.self) { try await instance.whoIs(user) }
      #expect(error?.code == .unauthorized)
      #expect(world.simulator.counts.count(.me) == 2)
      #expect(world.refreshes() == 1)
    }
  }

  @Test("other refusals don't concern the token", arguments: [404, 429, 500])
  func otherRefusals(_ status: Int) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.simulator.resetCounts()
      world.simulator.add(Fault(.status, group: .me, status: status))
      await #expect(throws: SpotifyError.self) { try await instance.whoIs(user) }
      #expect(world.simulator.counts.count(.me) == 1 && world.refreshes() == 0)
    }
  }

  @Test(
    "is asked for under a lease only once there is a connection for the request: nobody queues with a lease")
  func queue() async throws {
    let count = RefreshTraffic.atOnce + 40
    try await withWorld(.people(count)) { world in
      let instance = try world.instance()
      let users = try await world.connectAll(instance, count)
      world.letTokenEnd()
      world.simulator.hold(.token)
      try await withThrowingTaskGroup(of: [String].self) { group in
        group.addTask { try await atOnce(count) { try await instance.whoIs(users[$0]) } }
        try await world.simulator.waitUntilHeld(.token, atLeast: RefreshTraffic.atOnce)
        for released in [1, 10, 20] {
          world.simulator.release(.token, count: released, keepHolding: true)
          try await world.simulator.waitUntilHeld(.token, atLeast: RefreshTraffic.atOnce)
          let leases: Int = try await world.db.owner.query(
            "SELECT count(*) FROM spotify_grant WHERE refresh_lease_until > now()")[0].decode(0)
          #expect(leases == RefreshTraffic.atOnce && world.simulator.held(.token) == leases)
        }
        world.simulator.release(.token)
        #expect(try await group.next()?.sorted() == (0..<count).map { "p\($0)" }.sorted())
      }
      #expect(world.refreshes() == count)
    }
  }

  @Test("is asked for in time to be stored within the lease")
  func lease() { #expect(RefreshAccessToken.lease >= SpotifyAccounts.deadline + .seconds(10)) }

  // MARK: Refused otherwise

  @Test(
    "a 403 is asked about once more before it is believed",
    arguments: ["Insufficient client scope", "Forbidden", "Premium required"])
  func doubted(_ message: String) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.simulator.resetCounts()
      world.simulator.add(Fault(.status, group: .me, status: 403, message: message))
      #expect(try await instance.whoIs(user) == "ada.quill")
      #expect(world.simulator.counts.count(.me) == 2 && world.refreshes() == 0)
      world.simulator.add(Fault(.status, group: .me, times: 0, status: 403, message: message))
      await #expect(throws: SpotifyError.self) { try await instance.whoIs(user) }
      #expect(world.simulator.counts.count(.me) == 4)
      // Where it is usual once is enough.
      let access = try await instance.accesses.access(of: user)
      let repeats = Locked(0)
      await #expect(throws: SpotifyError.self) {
        _ = try await access.perform(believes403: true, onRepeat: { repeats.withLock { $0 += 1 } }) {
          (token: borrowing SecretBytes) async throws(SpotifyError) in
          try await instance.api.profile(token: token)
        }
      }
      #expect(world.simulator.counts.count(.me) == 5 && repeats.withLock { $0 } == 0)
    }
  }

  @Test(
    "Spotify's trouble is not the grant's, and the next caller tries again",
    arguments: [
      Fault(.status, group: .token, status: 503), Fault(.html, group: .token), Fault(.cut, group: .token),
      Fault(.truncated, group: .token), Fault(.rateLimit, group: .token),
      Fault(.status, group: .token, status: 503, retryAfter: 2),
    ])
  func away(_ fault: Fault) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.add(fault)
      let isLimit = fault.kind == .rateLimit || fault.retryAfter != nil
      #expect(
        await accountCode { try await instance.whoIs(user) } == (isLimit ? .rateLimited : .spotifyUnavailable)
      )
      #expect(try await world.grant(of: user)?.status == .healthy)
      #expect(try await instance.whoIs(user) == "ada.quill")
    }
  }

  @Test(
    "a new refresh token is stored though Postgres refuses at first and the lease has been taken over",
    arguments: ["57P03", "53100", "25006", "57014", "40001", "XX000"])
  func storedAtLast(_ state: String) async throws {
    try await withWorld(isAltered: true) { world in
      let (instance, other) = (try world.instance(), try world.instance())
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.hold(.token)
      async let answer = instance.whoIs(user)
      try await world.simulator.waitUntilHeld(.token)
      world.simulator.setRefreshAnswer(.new)
      // The first two times that the answer is written.
      for statement in World.refusal(state, times: 2) { _ = try await world.db.owner.query(statement) }
      _ = try await world.db.owner.query(
        "UPDATE spotify_grant SET refresh_lease_until = now() - interval '1 second'")
      #expect(
        try await world.grants.beginRefresh(of: user, version: 1, holder: UUID(), lease: .seconds(30)))
      world.simulator.release(.token)
      #expect(try await answer == "ada.quill")
      #expect(try await world.grant(of: user)?.tokenVersion == 2)
      #expect(try await other.whoIs(user) == "ada.quill")
      #expect(world.refreshes() == 1)
      world.letTokenEnd()
      #expect(try await other.whoIs(user) == "ada.quill")
    }
  }

  @Test("a new refresh token that can't be stored for long is kept until it can, and nobody waits for that")
  func storedLate() async throws {
    try await withWorld(isAltered: true) { world in
      let instance = try world.instance(storing: .zero)
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.setRefreshAnswer(.new)
      for statement in World.refusal("57P03", times: 1_000_000) {
        _ = try await world.db.owner.query(statement)
      }
      // Spotify has been asked once, and isn't asked with the old token again.
      for _ in 0..<3 { #expect(await accountCode { try await instance.whoIs(user) } == .unavailable) }
      #expect(world.refreshes() == 1)
      _ = try await world.db.owner.query("DROP TRIGGER refuse_write ON spotify_grant")
      while try await world.grant(of: user)?.tokenVersion != 2 {
        try await world.reactor.sleep(for: .milliseconds(10))
      }
      #expect(try await instance.whoIs(user) == "ada.quill")
      world.letTokenEnd()
      #expect(try await world.instance().whoIs(user) == "ada.quill")
      #expect(world.refreshes() == 2)
    }
  }

  // MARK: Others at the same grant

  @Test("a process that died with the lease is waited for until the lease ends")
  func deadHolder() async throws {
    try await withWorld(isAltered: true) { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      #expect(
        try await world.grants.beginRefresh(of: user, version: 1, holder: UUID(), lease: .seconds(3_600)))
      for statement in CountedLooks.statements { _ = try await world.db.owner.query(statement) }
      try await withThrowingTaskGroup(of: String.self) { group in
        group.addTask { try await instance.whoIs(user) }
        // The first look finds that the token is about to end, the second that another is at it, the third waits.
        while try await world.looks() < 3 { try await world.reactor.sleep(for: .milliseconds(10)) }
        #expect(world.refreshes() == 0)
        _ = try await world.db.owner.query("UPDATE spotify_grant SET refresh_lease_until = now()")
        #expect(try await group.next() == "ada.quill")
      }
      #expect(world.refreshes() == 1)
    }
  }

  @Test("disconnecting while Spotify answers leaves no token behind")
  func disconnectMeanwhile() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.hold(.token)
      try await withThrowingTaskGroup(of: AccountError.Code?.self) { group in
        group.addTask { await accountCode { try await instance.whoIs(user) } }
        try await world.simulator.waitUntilHeld(.token)
        _ = try await instance.eraseAccount.disconnect(user)
        world.simulator.release(.token)
        #expect(try await group.next() == .notConnected)
      }
      let held = try #require(try await world.grants.load(user))
      #expect(held.grant.status == .disconnected && held.tokens == nil)
    }
  }

  @Test(
    "connecting again while Spotify answers keeps the newer tokens", arguments: [RefreshAnswer.absent, .new])
  func reconnectMeanwhile(_ answer: RefreshAnswer) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let user = try await world.connect(instance).user
      world.letTokenEnd()
      world.simulator.setRefreshAnswer(answer)
      world.simulator.hold(.token)
      try await withThrowingTaskGroup(of: String.self) { group in
        group.addTask { try await instance.whoIs(user) }
        try await world.simulator.waitUntilHeld(.token)
        group.addTask { try await world.connect(try world.instance()).user == user ? "connected" : "another" }
        try await world.simulator.waitUntilHeld(.token, atLeast: 2)
        // The new authorization first, then the refresh.
        world.simulator.release(.token)
        var results: [String] = []
        for try await result in group { results.append(result) }
        #expect(results.sorted() == ["ada.quill", "connected"])
      }
      #expect(try await world.grant(of: user)?.status == .healthy)
      world.letTokenEnd()
      #expect(try await instance.whoIs(user) == "ada.quill")
    }
  }

  @Test("an older token put back into its row, and another person's, don't open")
  func bound() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let ada = try await world.connect(instance).user
      let bert = try await world.connect(instance, as: "bertrand").user
      let old = try #require(try await world.grants.load(ada)?.tokens?.accessToken)
      world.letTokenEnd()
      _ = try await instance.whoIs(ada)
      _ = try await world.db.owner.query(
        "UPDATE spotify_grant SET access_token = \(old) WHERE user_id = \(ada.rawValue)")
      #expect(await accountCode { try await world.instance().whoIs(ada) } == .unexpected)
      let hers = try #require(try await world.grants.load(ada)?.tokens?.refreshToken)
      _ = try await world.db.owner.query(
        "UPDATE spotify_grant SET refresh_token = \(hers), token_version = 2 WHERE user_id = \(bert.rawValue)"
      )
      #expect(await accountCode { try await world.instance().whoIs(bert) } == .unexpected)
      // What doesn't open is no reason to ask Spotify.
      #expect(world.refreshes() == 1)
    }
  }

  @Test("another service's keys open nothing")
  func otherKeys() async throws {
    try await withWorld { world in
      let user = try await world.connect(try world.instance()).user
      let other = World(
        db: world.db, redis: world.redis, namespace: world.namespace, simulator: world.simulator,
        http: world.http, app: world.app, keys: "other:" + String(repeating: "A", count: 43) + "=")
      #expect(await accountCode { try await other.instance().whoIs(user) } == .keyMissing)
    }
  }

  @Test("nobody's token is nobody's")
  func notConnected() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      #expect(await accountCode { try await instance.whoIs(UserID(4_711)) } == .notConnected)
      #expect(world.simulator.counts.total == 0)
    }
  }
}
