import Foundation
import PostgreSQL
import Reactor
import SpotifySimulator
import TestSupport
import Testing

/// `cratekeeper keys rotate` beside a running service.
@Suite struct KeyRotationTests {
  @Test func `The key is changed while two instances serve and sync, and no request fails`() async throws {
    let people = (0..<4).map { "person-\($0)" }
    try await withWorld {
      $0.simulator.users = people.map { .init(id: $0, name: $0, tracks: 60) }
      // Every refresh token works once: a refresh that got lost would be the last.
      $0.simulator.refreshAnswer = .new
    } _: { world in
      let (old, new) = (world.firstKey, Key())
      let beginning = try await world.start(.serve)
      // About to end as soon as they are there: whoever needs one refreshes it.
      world.simulator.setAccessTokenLifetime(seconds: 30)
      var browsers: [Browser] = []
      for person in people[..<2] { browsers.append(try await world.connected(person, at: beginning)) }
      let others = try await world.addGrants(400, under: old)
      for person in people[2...] { browsers.append(try await world.connected(person, at: beginning)) }
      await beginning.process.terminate()
      let both = ["TOKEN_KEYS": "\(new.entry),\(old.entry)"]
      let services = [try await world.start(.all, both), try await world.start(.all, both)]
      let work = Work(browsers, services)
      let working = world.reactor.spawn { await work.go() }
      // It stands still in the middle: the first two people are under the new key, the last two aren't yet.
      var rotation: ChildProcess?
      try await world.holdingRotation(at: others[200]) {
        rotation = try world.launchRotation(new, old)
        try await world.untilRotationsWait()
        let begun = work.rounds
        try await world.until("everybody is served in the middle of it") {
          work.isBroken || zip(work.rounds, begun).allSatisfy { $0 >= $1 + 2 }
        }
      }
      let ended = try #require(rotation)
      #expect(await ended.ended() == 0, "\(ended.output)\(ended.errors)")
      #expect(ended.output.contains(" grants re-sealed\n"))
      #expect(ended.output.contains("no stored token is left under another key: all 808 are under \(new.id)"))
      work.stop()
      await working.value
      #expect(work.failures == [])
      // Each answer of Spotify's is a version that was stored, as soon as nobody asks any more.
      try await world.until("every run has ended") {
        try await world.count("SELECT count(*) FROM sync_run WHERE finished_at IS NULL") == 0
      }
      let versions = try await world.count("SELECT sum(token_version - 1)::bigint FROM spotify_grant")
      let refreshes = world.simulator.counts.tokenRequests("refresh_token")
      #expect(versions == refreshes && versions >= 8)
      #expect(world.simulator.counts.tokenRequests("authorization_code") == people.count)
      #expect(try await world.count("SELECT count(*) FROM spotify_grant WHERE status <> 'healthy'") == 0)
      let list = try await world.keys("list", new, old)
      #expect(list.code == 0 && list.output.contains("no token needs k1"), "\(list)")
      let proof = try await world.keys("verify", new)
      #expect(proof.code == 0 && proof.output.contains("808 of 808 tokens of 404 grants open"), "\(proof)")
      for service in services { await service.process.terminate() }
      let alone = try await world.start(.all, ["TOKEN_KEYS": new.entry])
      #expect(try await browsers[0].at(alone.base).sync(in: world)["status"].string == "succeeded")
      let stranger = try world.launch(.all, ["TOKEN_KEYS": Key().entry])
      #expect(await stranger.process.ended() == 1)
      #expect(stranger.process.errors.contains("TOKEN_KEYS lacks: \(new.id)"))
    }
  }

  @Test func `Killed in the middle and started again, it goes on where it was`() async throws {
    try await withWorld { world in
      let (old, new) = (world.firstKey, Key())
      let users = try await world.withApp { try await world.addGrants(300, under: old) }
      try await world.holdingRotation(at: users[170]) {
        let rotation = try world.launchRotation(new, old)
        try await world.untilRotationsWait()
        await rotation.kill9()
        #expect(rotation.output.contains(" of 300 grants re-sealed\n"), "\(rotation.output)")
        // Nobody waits for a row on behalf of the dead one any more.
        try await world.untilRotationsWait(0)
      }
      let stranger = try await world.keys("verify", Key(id: old.id, base64: Key().base64), new)
      #expect(stranger.code == 1 && stranger.errors.contains("under this id: k1;"), "\(stranger.errors)")
      let half = try await world.resealed(new)
      #expect(half == 150, "whole batches, and none by halves")
      let again = try await world.keys("rotate", new, old)
      #expect(again.code == 0 && again.output.contains("150 of 150 grants re-sealed"), "\(again)")
      #expect(try await world.resealed(new) == 300)
      #expect(try await world.keys("verify", new).code == 0)
    }
  }

  @Test func `Two at once do no harm`() async throws {
    try await withWorld { world in
      let (old, new) = (world.firstKey, Key())
      let users = try await world.withApp { try await world.addGrants(300, under: old) }
      var both: [ChildProcess] = []
      try await world.holdingRotation(at: users[70]) {
        both = [try world.launchRotation(new, old), try world.launchRotation(new, old)]
        try await world.untilRotationsWait(2)
      }
      for rotation in both { #expect(await rotation.ended() == 0, "\(rotation.errors)") }
      let verified = try await world.keys("verify", new)
      #expect(verified.code == 0 && verified.output.contains("600 of 600 tokens of 300 grants open"))
    }
  }

  @Test func `What doesn't open is named, left as it is and keeps nothing else`() async throws {
    try await withWorld { world in
      let (old, new, lost) = (world.firstKey, Key(), Key())
      let (users, away) = try await world.withApp {
        (try await world.addGrants(60, under: old), try await world.addGrants(1, under: lost)[0])
      }
      let (cut, changed) = (users[3], users[40])
      _ = try await world.rows(
        "UPDATE spotify_grant SET access_token = '\\x01ff00ff' WHERE user_id = \(cut)")
      _ = try await world.rows(
        """
        UPDATE spotify_grant SET refresh_token = set_byte(refresh_token, 40, get_byte(refresh_token, 40) # 1)
        WHERE user_id = \(changed)
        """)
      let before = try await world.rows(SealedRow.select([cut, changed, away])).map(SealedRow.init)
      for word in ["rotate", "verify", "rotate"] {
        let run = try await world.keys(word, new, old)
        #expect(run.code == 1)
        for line in [
          "user \(cut)'s access token doesn't open: malformed\n",
          "user \(changed)'s refresh token doesn't open: notAuthentic\n",
          "user \(away)'s access token doesn't open: unknownKey\n",
          "user \(away)'s refresh token doesn't open: unknownKey\n",
          "tokens are sealed with keys that TOKEN_KEYS lacks: \(lost.id)",
        ] { #expect(run.errors.contains(line), "\(run.errors)") }
        #expect(!run.output.contains("no token needs") && !run.output.contains("no stored token is left"))
      }
      #expect(try await world.rows(SealedRow.select([cut, changed, away])).map(SealedRow.init) == before)
      #expect(try await world.resealed(new) == 58)
      let list = try await world.keys("list", new, old)
      #expect(list.code == 1)
      for row in ["\(new.id)  seals ", "k1         opens ", "\(lost.id)  MISSING from TOKEN_KEYS  2\n"] {
        #expect(list.output.contains(row), "\(list.output)")
      }
      #expect(list.output.contains("1 stored token is damaged"))
      // What docs/operations.md says about a lost key.
      _ = try await world.rows(
        """
        UPDATE cratekeeper.spotify_grant
        SET status = 'disconnected', access_token = NULL, access_token_expires_at = NULL, refresh_token = NULL,
            token_version = token_version + 1, refresh_lease = NULL, refresh_lease_until = NULL
        WHERE \(lost.id) IN (cratekeeper.sealing_key(access_token), cratekeeper.sealing_key(refresh_token))
        """)
      #expect(try await world.keys("list", new, old).code == 0)
    }
  }

  @Test func `Grants that come back under another key are told with what to do`() async throws {
    try await withWorld { world in
      let (old, new) = (world.firstKey, Key())
      _ = try await world.withApp { try await world.addGrants(3, under: old) }
      // As an instance would that seals with the old key whatever is done.
      _ = try await world.rows(
        SQL(
          trustedScript: """
            CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              NEW.access_token := OLD.access_token;
              NEW.refresh_token := OLD.refresh_token;
              RETURN NEW;
            END
            $$;
            CREATE TRIGGER keep BEFORE UPDATE ON spotify_grant FOR EACH ROW EXECUTE FUNCTION keep();
            """))
      let rotation = try await world.keys("rotate", new, old)
      #expect(rotation.code == 1)
      #expect(rotation.errors.contains("under another key again: an instance still seals with it"))
      #expect(rotation.errors.contains("Put \(new.id) first in TOKEN_KEYS of every instance"))
      #expect(!rotation.output.contains("no stored token is left"))
    }
  }

  @Test func `An instance that lacks the new key answers 503 for a while and harms no connection`()
    async throws
  {
    try await withWorld { world in
      let (old, new) = (world.firstKey, Key())
      let behind = try await world.start(.all)
      let mira = world.browser(at: behind)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      #expect(try await world.keys("rotate", new, old).code == 0)
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      let before = try await world.content(of: ["spotify_grant"])
      let refused = try await mira.post("/spotify/refresh/")
      #expect(refused.status == 503 && refused.code == "unavailable" && refused.header("retry-after") == "60")
      #expect(try await mira.get("/spotify/is-authenticated").status == 503)
      let waiting = try await mira.run(try await mira.requestSync(), on: world.reactor) {
        $0["status"].string == "waiting"
      }
      #expect(waiting["error"]["code"].string == "key_missing" && waiting["attempt"].int == 0)
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "healthy")
      #expect(try await world.content(of: ["spotify_grant"]) == before)
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 0)
      try await behind.process.wait(for: "TOKEN_KEYS lacks a key")
      let line = behind.process.line(with: "TOKEN_KEYS lacks a key")
      #expect(line?.contains(#""level":"error""#) == true && line?.contains(new.id) == true)
      // Restarted with the new key in front, it goes on at once.
      await behind.process.terminate()
      let restarted = try await world.start(.serve, ["TOKEN_KEYS": "\(new.entry),\(old.entry)"])
      #expect(try await mira.at(restarted.base).post("/spotify/refresh/").status == 200)
    }
  }

  @Test func `It says all that is missing at once, and asks for nothing that it doesn't need`() async throws {
    for word in ["list", "rotate", "verify"] {
      let run = try await BuiltProgram.run(
        ["keys", word], ["DATABASE_URL": "mysql://root:sesame@db/x", "TOKEN_KEYS": "k1:sesame"])
      #expect(run.code == 2 && run.errors.contains("2 mistakes") && !run.errors.contains("sesame"))
      #expect(run.errors.contains("  DATABASE_URL: ") && run.errors.contains("  TOKEN_KEYS: "))
      #expect(try await BuiltProgram.run(["keys", word, "--help"]).output.contains("keys generate | list"))
    }
    try await withWorld {
      $0.isMigrated = false
    } _: { world in
      let run = try await world.keys("list", world.firstKey)
      #expect(run.code == 1 && run.errors.contains("cratekeeper migrate"))
    }
  }
}

/// People who are never done: each looks, renews and syncs at each service in turn.
private final class Work: Sendable {
  private struct State {
    var isOver = false
    var rounds: [Int]
    var failures: [String] = []
  }

  private let browsers: [Browser]
  private let state: Locked<State>

  /// Nobody may change so much that the limit for one session is met.
  private static let mostChanges = 12

  init(_ people: [Browser], _ services: [World.Service]) {
    browsers = people.flatMap { person in services.map { person.at($0.base) } }
    state = Locked(State(rounds: browsers.map { _ in 0 }))
  }

  /// How often each of them has gone round.
  var rounds: [Int] { state.withLock { $0.rounds } }
  var failures: [String] { state.withLock { $0.failures } }
  var isBroken: Bool { !failures.isEmpty }

  func stop() { state.withLock { $0.isOver = true } }

  func go() async {
    await withTaskGroup(of: Void.self) { group in
      for index in browsers.indices { group.addTask { await self.work(index) } }
    }
  }

  private func work(_ index: Int) async {
    let browser = browsers[index]
    for round in 0... {
      if state.withLock({ $0.isOver }) { return }
      do {
        note(try await browser.get("/api/me/"), 200)
        if round < Work.mostChanges {
          note(try await browser.post("/spotify/refresh/"), 200)
          note(try await browser.post("/spotify/sync/tracks/"), 202)
        }
      } catch { state.withLock { $0.failures.append("\(error)") } }
      state.withLock { $0.rounds[index] += 1 }
    }
  }

  private func note(_ answer: Browser.Answer, _ expected: Int) {
    guard answer.status != expected else { return }
    state.withLock { $0.failures.append("\(answer.status): \(answer.text)") }
  }
}

/// What is stored of somebody's grant, and who wrote it.
private struct SealedRow: Equatable {
  let writer: String
  let accessToken: [UInt8]
  let refreshToken: [UInt8]

  init(_ row: Row) throws(PostgreSQLError) {
    writer = try row.decode(0)
    accessToken = try row.decode(1)
    refreshToken = try row.decode(2)
  }

  static func select(_ users: [Int64]) -> SQL {
    """
    SELECT xmin::text, access_token, refresh_token FROM spotify_grant
    WHERE user_id = ANY (\(users)) ORDER BY user_id
    """
  }
}

extension World {
  /// Somebody new, signed in.
  fileprivate func connected(_ person: String, at service: Service) async throws -> Browser {
    let browser = browser(at: service)
    try await browser.signIn(as: person)
    return browser
  }

  /// Lets the app be registered, which a process does when it starts.
  fileprivate func withApp<Value>(_ body: () async throws -> Value) async throws -> Value {
    _ = try await rows("INSERT INTO spotify_app (client_id, developer_account) VALUES ('an app', 'somebody')")
    return try await body()
  }

  /// How many grants are under a key, with both tokens.
  fileprivate func resealed(_ key: Key) async throws -> Int {
    try await count(
      """
      SELECT count(*) FROM spotify_grant
      WHERE sealing_key(access_token) = \(key.id) AND sealing_key(refresh_token) = \(key.id)
      """)
  }
}
