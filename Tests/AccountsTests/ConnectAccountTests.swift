import Accounts
import Coordination
import Domain
import Redis
import SpotifySimulator
import Storage
import TestSupport
import Testing

@Suite("Connecting an account")
struct ConnectAccountTests {
  @Test("ends signed in, with sealed tokens and a first run on its way")
  func whole() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let beginning = try await instance.connect.begin(next: "/x?y=1", user: nil)
      let connection = try await instance.connect.finish(try await world.agree(beginning))
      #expect(connection.next == "/x?y=1")
      #expect(
        try await world.sessions.user(tokenHash: SessionToken.hash(connection.sessionToken))
          == connection.user)
      let grant = try #require(try await world.grant(of: connection.user))
      #expect(grant.status == .healthy && grant.scopes == ["user-library-read"] && grant.tokenVersion == 1)
      #expect(grant.app == world.app)
      #expect(try await Users(world.db.database).profile(of: connection.user).displayName == "Ada Quill")
      #expect(try await instance.whoIs(connection.user) == "ada.quill")
      #expect(world.refreshes() == 0)
      let job = try #require(try await world.dispatch.take(owner: "worker"))
      let run = try #require(try await SyncRuns(world.db.database).load(job.run, of: connection.user))
      #expect(run.kind == .tracks && run.trigger == .connect && run.status == .queued)
      #expect(try await world.dispatch.take(owner: "worker") == nil)
    }
  }

  @Test("nothing that Spotify or the browser gave can be read in the database")
  func secrets() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let connection = try await world.connect(instance)
      let held = try #require(try await world.grants.load(connection.user)?.tokens)
      let access = try await instance.accesses.access(of: connection.user)
      let token = try await access.perform { token in token.withUnsafeBytes { Array($0) } }
      #expect(token.count > 20)
      for bytes in [held.accessToken, held.refreshToken] {
        #expect(!bytes.indices.contains { bytes[$0...].starts(with: token.prefix(8)) })
      }
      let rows = try await world.db.owner.query("SELECT token_hash FROM session")
      #expect(try rows[0].decode(0, as: [UInt8].self) == SessionToken.hash(connection.sessionToken))
    }
  }

  @Test("is refused when the answer names another authorization server, and the code stays unused")
  func issuer() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      for (issuer, isOurs) in [("https://attacker.example", false), (world.simulator.accountsURL, true)] {
        let answer = try await world.agree(try await instance.connect.begin(next: nil, user: nil))
        let returned = ConnectAccount.Return(
          state: answer.state, code: answer.code, error: nil, issuer: issuer,
          browserToken: answer.browserToken, userAgent: "tests", oldSession: nil)
        let code = await accountCode { try await instance.connect.finish(returned) }
        #expect(code == (isOurs ? nil : .stateInvalid))
        #expect(world.simulator.counts.tokenRequests("authorization_code") == (isOurs ? 1 : 0))
      }
    }
  }

  @Test("can begin on one instance and end on another")
  func twoInstances() async throws {
    try await withWorld { world in
      let beginning = try await world.instance().connect.begin(next: nil, user: nil)
      let connection = try await world.instance().connect.finish(try await world.agree(beginning))
      #expect(try await world.instance().whoIs(connection.user) == "ada.quill")
    }
  }

  @Test("twice at once, as two tabs do, has a secret for each")
  func tabs() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let first = try await instance.connect.begin(next: nil, user: nil)
      let second = try await instance.connect.begin(next: nil, user: nil)
      #expect(second.browserToken != first.browserToken && second.state != first.state)
      let connections = try await atOnce(2) { number in
        try await instance.connect.finish(try await world.agree(number == 0 ? first : second))
      }
      #expect(connections[0].user == connections[1].user)
      #expect(connections[0].sessionToken != connections[1].sessionToken)
      #expect(try await world.grant(of: connections[0].user)?.tokenVersion == 2)
      #expect(try await instance.whoIs(connections[0].user) == "ada.quill")
    }
  }

  @Test("again makes the grant new, ends the old session and keeps the account")
  func again() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let first = try await world.connect(instance)
      let beginning = try await instance.connect.begin(next: nil, user: first.user)
      let returned = try await world.agree(beginning)
      let second = try await instance.connect.finish(
        ConnectAccount.Return(
          state: returned.state, code: returned.code, error: nil, browserToken: returned.browserToken,
          userAgent: "tests", oldSession: SessionToken.hash(first.sessionToken)))
      #expect(second.user == first.user)
      #expect(try await world.sessions.user(tokenHash: SessionToken.hash(first.sessionToken)) == nil)
      #expect(try await world.sessions.user(tokenHash: SessionToken.hash(second.sessionToken)) == first.user)
      #expect(try await world.grant(of: first.user)?.tokenVersion == 2)
    }
  }

  // MARK: States

  /// Whatever comes back in place of what should is refused, and leaves nothing behind.
  private func refused(
    _ change: @escaping @Sendable (World, ConnectAccount.Return) async throws -> ConnectAccount.Return,
    with code: AccountError.Code = .stateInvalid, leavesCode: Bool = true
  ) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let beginning = try await instance.connect.begin(next: nil, user: nil)
      let returned = try await world.agree(beginning)
      let changed = try await change(world, returned)
      #expect(await accountCode { try await instance.connect.finish(changed) } == code)
      try await ConnectAccountTests.expectNothing(in: world)
      if leavesCode { #expect(world.simulator.counts.tokenRequests("authorization_code") == 0) }
    }
  }

  private static func expectNothing(in world: World) async throws {
    for table in ["user_account", "spotify_grant", "session", "sync_run"] {
      let count = try await world.db.owner.query(
        "SELECT public.evaluate(\("SELECT count(*)::text FROM \(table)"))")
      #expect(try count[0].decode(0) == "0", "\(table)")
    }
  }

  private static func with(
    _ returned: ConnectAccount.Return, state: String?? = nil, code: String?? = nil, error: String? = nil,
    browserToken: String?? = nil
  ) -> ConnectAccount.Return {
    ConnectAccount.Return(
      state: state ?? returned.state, code: code ?? returned.code, error: error,
      browserToken: browserToken ?? returned.browserToken, userAgent: "tests", oldSession: nil)
  }

  @Test(
    "with a state that nobody began, or none",
    arguments: [
      nil, "", "x", String(repeating: "a", count: 43), "../../x", String(repeating: "ü", count: 43),
    ])
  func unknownState(_ state: String?) async throws {
    try await refused { _, returned in Self.with(returned, state: .some(state)) }
  }

  @Test("in another browser, or one that forgot", arguments: [nil, "", String(repeating: "a", count: 43)])
  func otherBrowser(_ token: String?) async throws {
    try await refused { _, returned in Self.with(returned, browserToken: .some(token)) }
  }

  @Test("after ten minutes")
  func expired() async throws {
    try await refused { world, returned in
      // All that is in this namespace: the one state.
      for key in try await world.redis.send("KEYS", "*sign-in:\(returned.state ?? "")").elements ?? [] {
        _ = try await world.redis.send("PEXPIRE", key.text ?? "", "0")
      }
      return returned
    }
  }

  @Test("a second time")
  func used() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let beginning = try await instance.connect.begin(next: nil, user: nil)
      let returned = try await world.agree(beginning)
      _ = try await instance.connect.finish(returned)
      #expect(await accountCode { try await instance.connect.finish(returned) } == .stateInvalid)
      #expect(world.simulator.counts.tokenRequests("authorization_code") == 1)
    }
  }

  // MARK: What Spotify says

  @Test("with a no, or an error of Spotify's", arguments: ["access_denied", "server_error", "<b>"])
  func denied(_ error: String) async throws {
    try await refused(
      { _, returned in Self.with(returned, code: .some(nil), error: error) },
      with: error == "access_denied" ? .accessDenied : .spotifyUnavailable)
  }

  @Test(
    "without a code, or with one of any length", arguments: [nil, "", String(repeating: "c", count: 2_049)])
  func noCode(_ code: String?) async throws {
    try await refused { _, returned in Self.with(returned, code: .some(code)) }
  }

  @Test("with a code that isn't Spotify's")
  func wrongCode() async throws {
    try await refused({ _, returned in Self.with(returned, code: "nonsense&x=y") }, leavesCode: false)
  }

  @Test("with somebody else's code: PKCE binds it to the sign-in")
  func injectedCode() async throws {
    try await refused(
      { world, returned in
        let other = try await world.instance().connect.begin(next: nil, user: nil)
        return Self.with(returned, code: try await world.agree(other, as: "bertrand").code)
      }, leavesCode: false)
  }

  @Test(
    "while the token endpoint is away or says odd things",
    arguments: [
      Fault(.status, group: .token, status: 503), Fault(.html, group: .token), Fault(.cut, group: .token),
      Fault(.truncated, group: .token),
      Fault(.status, group: .me, status: 500), Fault(.html, group: .me), Fault(.rateLimit, group: .me),
    ])
  func away(_ fault: Fault) async throws {
    try await refused(
      { world, returned in
        world.simulator.add(fault)
        return returned
      }, with: .spotifyUnavailable, leavesCode: false)
  }

  @Test(
    "before Spotify is ready to look at the code, and once more afterwards",
    arguments: [
      Fault(.rateLimit, group: .token), Fault(.plainText, group: .token),
      Fault(.quotaExceeded, group: .token), Fault(.status, group: .token, status: 503, retryAfter: 2),
    ])
  func postponed(_ fault: Fault) async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let returned = try await world.agree(try await instance.connect.begin(next: "/x", user: nil))
      world.simulator.add(fault)
      #expect(await accountCode { try await instance.connect.finish(returned) } == .rateLimited)
      try await Self.expectNothing(in: world)
      let other = Self.with(returned, browserToken: "another's")
      #expect(try await instance.connect.finish(returned).next == "/x")
      for again in [returned, other] {
        #expect(await accountCode { try await instance.connect.finish(again) } == .stateInvalid)
      }
    }
  }

  @Test("as somebody whom Development Mode doesn't let in")
  func notAllowed() async throws {
    try await refused(
      { world, returned in
        world.simulator.setMode(.development, allowlist: ["bertrand"])
        return returned
      }, with: .accessDenied, leavesCode: false)
  }

  @Test("with this service's secret being wrong")
  func wrongSecret() async throws {
    try await withWorld { world in
      let instance = try world.instance(secret: "wrong")
      let beginning = try await instance.connect.begin(next: nil, user: nil)
      let returned = try await world.agree(beginning)
      #expect(await accountCode { try await instance.connect.finish(returned) } == .appRefused)
      try await Self.expectNothing(in: world)
    }
  }

  @Test("as somebody else than is signed in")
  func otherAccount() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let ada = try await world.connect(instance)
      let beginning = try await instance.connect.begin(next: nil, user: ada.user)
      let returned = try await world.agree(beginning, as: "bertrand")
      #expect(await accountCode { try await instance.connect.finish(returned) } == .otherAccount)
      let accounts = try await world.db.owner.query("SELECT spotify_user_id FROM user_account")
      #expect(try accounts.map { row throws in try row.decode(0, as: String.self) } == ["ada.quill"])
      #expect(try await world.grant(of: ada.user)?.tokenVersion == 1)
      #expect(try await world.sessions.user(tokenHash: SessionToken.hash(ada.sessionToken)) == ada.user)
    }
  }

  @Test("as somebody else than has signed in meanwhile")
  func otherAccountMeanwhile() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let beginning = try await instance.connect.begin(next: nil, user: nil)
      let ada = try await world.connect(instance)
      let returned = try await world.agree(beginning, as: "bertrand")
      func finish(_ returned: ConnectAccount.Return, with session: String) async throws
        -> ConnectAccount.Connection
      {
        try await instance.connect.finish(
          ConnectAccount.Return(
            state: returned.state, code: returned.code, error: nil, browserToken: returned.browserToken,
            userAgent: "tests", oldSession: SessionToken.hash(session)))
      }
      #expect(await accountCode { try await finish(returned, with: ada.sessionToken) } == .otherAccount)
      #expect(try await world.sessions.user(tokenHash: SessionToken.hash(ada.sessionToken)) == ada.user)
      // A session that isn't alive is nobody's, and what was planted never becomes one.
      let planted = String(repeating: "A", count: 43)
      let again = try await world.agree(
        try await instance.connect.begin(next: nil, user: nil), as: "bertrand")
      let bertrand = try await finish(again, with: planted)
      #expect(bertrand.user != ada.user && bertrand.sessionToken != planted)
      #expect(try await world.sessions.user(tokenHash: SessionToken.hash(planted)) == nil)
    }
  }

  @Test("while Redis is away")
  func redisAway() async throws {
    let redis = try await PrivateRedis.start()
    let configuration = try RedisConfiguration(url: redis.url)
    await redis.kill()
    try await withWorld { world in
      let client = RedisClient(reactor: world.reactor, configuration: configuration)
      defer { client.close() }
      let away = World(
        db: world.db, redis: client, namespace: world.namespace, simulator: world.simulator, http: world.http,
        app: world.app, keys: world.keys)
      let code = await accountCode {
        try await away.instance().connect.begin(next: nil, user: nil)
      }
      #expect(code == .unavailable)
    }
    await redis.stop()
  }

  @Test("a disconnected account has no tokens left and can be connected again")
  func disconnect() async throws {
    try await withWorld { world in
      let instance = try world.instance()
      let connection = try await world.connect(instance)
      let receipt = try await instance.eraseAccount.disconnect(connection.user)
      #expect(receipt[.tokens] == 2 && receipt[.runs] == 1)
      #expect(await accountCode { try await instance.whoIs(connection.user) } == .notConnected)
      let again = try await world.connect(instance)
      #expect(again.user == connection.user)
      #expect(try await world.grant(of: again.user)?.tokenVersion == 3)
      #expect(try await instance.whoIs(again.user) == "ada.quill")
    }
  }
}
