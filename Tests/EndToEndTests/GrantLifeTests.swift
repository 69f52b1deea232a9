import Foundation
import SpotifySimulator
import TestSupport
import Testing

@Suite("A connection's life")
struct GrantLifeTests {
  @Test func `Its end is told a month, a week and a day before, and with the button on the page`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      func connection() async throws -> JSONValue { try await mira.get("/api/me/").json["connection"] }
      #expect(try await connection()["warning"] == .null)
      #expect(try await mira.page().contains("notice") == false)
      for (left, code, days, tone) in [
        ("30 days", "expires_in_30_days", 30, "soft"), ("7 days", "expires_in_7_days", 7, "warn"),
        ("1 day", "expires_in_1_day", 1, "bad"), ("-1 minute", "expired", 0, "bad"),
      ] {
        _ = try await world.rows("UPDATE spotify_grant SET ends_at = now() + \(left)::interval")
        let connection = try await connection()
        #expect(connection["status"].string == "expiring")
        #expect(
          connection["warning"]["code"].string == code && connection["warning"]["days_left"].int == days)
        #expect(connection["warning"]["detail"].string?.contains("connect again") == true)
        let page = try await mira.page()
        #expect(page.contains(#"class="notice \#(tone)""#) && page.contains(#"href="/spotify/auth/""#))
      }
      // Connecting again begins the six months anew.
      try await mira.signIn(as: "mira")
      #expect(try await connection()["warning"] == .null)
      #expect(try await connection()["status"].string == "healthy")
    }
  }

  @Test
  func `While it is suspect a run waits; who connects again is synced at once, with all that was there`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let account = try await mira.get("/api/me/").json["id"].string
      try world.simulator.revoke("mira", accessTokens: true)
      let id = try await mira.requestSync()
      let waiting = try await mira.run(id, on: world.reactor) { $0["status"].string == "waiting" }
      #expect(waiting["error"]["code"].string == "grant_suspect" && waiting["attempt"].int == 0)
      #expect(try await mira.page().contains("tried again by itself"))

      // As somebody else: nothing changes.
      let other = try await mira.get(try await mira.agree(as: "noor"))
      #expect(other.status == 409 && other.code == "other_account")
      #expect(try await mira.run(id, on: world.reactor) { _ in true }["status"].string == "waiting")
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "suspect")

      try await mira.signIn(as: "mira")
      let run = try await mira.run(id, on: world.reactor)
      #expect(run["status"].string == "succeeded")
      #expect(try await mira.get("/api/me/").json["id"].string == account)
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `When it is dead runs are refused and nothing is lost; connecting again revives it in place`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      // The six months are over.
      try world.simulator.revoke("mira", accessTokens: true)
      _ = try await world.rows("UPDATE spotify_grant SET ends_at = now()")
      let failed = try await mira.sync(in: world)
      #expect(failed["status"].string == "failed")
      #expect(failed["error"]["code"].string == "reauthorization_required")
      let connection = try await mira.get("/api/me/").json["connection"]
      #expect(connection["status"].string == "dead" && connection["warning"]["code"].string == "expired")
      for path in ["/spotify/sync/tracks/", "/spotify/sync/", "/spotify/refresh/"] {
        let refused = try await mira.post(path)
        #expect(refused.status == 409 && refused.code == "reauthorization_required", "\(path)")
      }
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == false)
      #expect(try await mira.page().contains("Spotify ended the connection"))
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 1)

      try await mira.signIn(as: "mira")
      #expect(try await mira.sync(in: world)["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
      #expect(try await world.count("SELECT count(*) FROM user_account") == 1)
    }
  }

  @Test func `Another app in the settings has people connect again; the old one back, all is as before`()
    async throws
  {
    let another = SimulatorConfiguration.Client(
      id: "another", secret: "another-secret", redirectURIs: SimulatorConfiguration.Client.demo.redirectURIs)
    try await withWorld {
      $0.simulator.clients.append(another)
    } _: { world in
      let first = try await world.start(.all)
      let mira = world.browser(at: first)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      await first.process.terminate()
      world.simulator.resetCounts()
      let own = ["LISTEN": "127.0.0.1:\(first.port)"]
      let other = own.merging(["SPOTIFY_CLIENT_ID": another.id, "SPOTIFY_CLIENT_SECRET": another.secret]) {
        $1
      }
      let second = try await world.start(.serve, other)
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "dead")
      #expect(try await mira.page().contains("another app at Spotify"))
      for path in ["/spotify/sync/tracks/", "/spotify/sync/", "/spotify/refresh/"] {
        let refused = try await mira.post(path)
        #expect(refused.status == 409 && refused.code == "reauthorization_required", "\(path)")
        #expect(refused.json["detail"].string?.contains("another app") == true)
      }
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == false)
      #expect(world.simulator.counts.total == 0)

      // What is under way waits for the right app, and the clock begins nothing.
      let rows = try await world.rows(
        "INSERT INTO sync_run (user_id, kind, trigger) SELECT user_id, 'tracks', 'manual' FROM user_account RETURNING run_id::text"
      )
      let run: String = try rows[0].decode(0)
      _ = try await world.rows("UPDATE sync_schedule SET next_check_at = now()")
      let worker = try await world.start(.worker, other)
      let waiting = try await mira.run(run, on: world.reactor) { $0["status"].string == "waiting" }
      #expect(waiting["error"]["code"].string == "reauthorization_required" && waiting["attempt"].int == 0)
      try await world.until("the clock has come by") {
        try await world.count("SELECT count(*) FROM sync_schedule WHERE next_check_at <= now()") == 0
      }
      #expect(try await world.count("SELECT count(*) FROM sync_run WHERE trigger = 'schedule'") == 0)
      #expect(world.simulator.counts.total == 0)
      for other in [worker, second] {
        #expect(await other.process.terminate() == 0)
        #expect(other.process.errors.count(of: "SPOTIFY_CLIENT_ID has changed") == 1)
      }

      let back = try await world.start(.all, own)
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "healthy")
      _ = try await world.rows("UPDATE sync_run SET not_before = now() WHERE status = 'waiting'")
      #expect(try await mira.run(run, on: world.reactor)["status"].string == "succeeded")
      #expect(try await mira.sync(in: world)["status"].string == "succeeded")
      await back.process.terminate()

      _ = try await world.start(.all, other)
      try await mira.signIn(as: "mira")
      #expect(try await mira.get("/api/me/").json["connection"]["status"].string == "healthy")
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      #expect(try await mira.sync(in: world)["status"].string == "succeeded")
      #expect(try await mira.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `An outage that refuses everybody is told once per process, kills nobody, and passes`()
    async throws
  {
    try await withWorld {
      $0.simulator = World.crowd(12)
    } _: { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let people = try await world.signIn(12, at: services[0])
      world.simulator.add(Fault(.invalidGrant, group: .token, grantType: "refresh_token", times: 0))
      for round in 1...4 {
        try await world.endTokens(afterHours: 4)
        let answers = try await atOnce(24) { number in
          try await people[number / 2].at(services[number % 2].base).post("/spotify/refresh/")
        }
        #expect(answers.allSatisfy { $0.status == 409 && $0.code == "grant_suspect" }, "round \(round)")
        #expect(world.simulator.counts.tokenRequests("refresh_token") == 12 * round)
        #expect(
          try await world.count("SELECT count(*) FROM spotify_grant WHERE status = 'suspect'") == 12)
      }
      #expect(services.allSatisfy { $0.process.errors.count(of: "an outage") <= 1 })
      #expect(services.contains { $0.process.errors.count(of: "an outage") == 1 })
      world.simulator.dropFaults()
      try await world.endTokens(afterHours: 1)
      for person in people { #expect(try await person.post("/spotify/refresh/").status == 200) }
      #expect(try await world.count("SELECT count(*) FROM spotify_grant WHERE status = 'healthy'") == 12)
    }
  }

  @Test
  func `A wrong secret is nobody's fault: grants stay, runs wait, pages say so, Spotify isn't hammered`()
    async throws
  {
    try await withWorld {
      $0.simulator = World.crowd(6)
    } _: { world in
      let right = try await world.start(.serve)
      let people = try await world.signIn(6, at: right)
      try await world.endTokens(afterHours: 0)
      await right.process.kill9()
      world.simulator.resetCounts()
      let wrong = try await world.start(.all, ["SPOTIFY_CLIENT_SECRET": "not-it"])
      let answers = try await atOnce(60) {
        try await people[$0 / 10].at(wrong.base).post("/spotify/refresh/")
      }
      #expect(answers.allSatisfy { $0.status == 502 && $0.code == "app_refused" }, "\(answers[0].text)")
      #expect(answers[0].json["detail"].string?.contains("whoever runs it") == true)
      for person in people { _ = try await person.at(wrong.base).post("/spotify/sync/tracks/") }
      try await world.until("all runs wait") {
        try await world.count(
          """
          SELECT count(*) FROM sync_run
          WHERE status = 'waiting' AND error_code = 'app_refused' AND attempt = 0
          """) == 6
      }
      #expect(
        try await world.count(
          """
          SELECT count(*) FROM spotify_grant
          WHERE status = 'healthy' AND suspect_since IS NULL AND refresh_not_before IS NULL
            AND last_error IS NULL AND refusals = 0 AND refresh_lease IS NULL
          """) == 6)
      // Those who came in the same moment, and nobody after them.
      let asked = world.simulator.counts.count(.token)
      #expect(asked <= 7, "\(asked) requests")
      #expect(wrong.process.errors.count(of: "SPOTIFY_CLIENT_SECRET is wrong") == 1)
      let begun = world.simulator.counts.count(.token)
      for person in people {
        #expect(try await person.at(wrong.base).post("/spotify/refresh/").code == "app_refused")
      }
      #expect(world.simulator.counts.count(.token) == begun)
      // Somebody who comes back from Spotify's page meanwhile learns the same.
      let newcomer = world.browser(at: wrong)
      let returned = try await newcomer.get(try await newcomer.agree(as: "p0"))
      #expect(returned.status == 502 && returned.code == "app_refused")

      await wrong.process.kill9()
      let mended = try await world.start(.all)
      _ = try await world.rows("UPDATE sync_run SET not_before = now() WHERE status = 'waiting'")
      for person in people {
        let here = person.at(mended.base)
        #expect(try await here.newestRun(in: world)["status"].string == "succeeded")
      }
    }
  }

  @Test func `A spurious 403 is asked about once more; one that is usual is believed`() async throws {
    try await withWorld {
      $0.environment["SPOTIFY_SCOPES"] = "user-library-read playlist-read-private"
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      world.simulator.add(
        Fault(.status, group: .me, status: 403, message: "User not registered"),
        Fault(.status, group: .savedTracks, nth: 2, status: 403, message: "Insufficient client scope"),
        Fault(.status, group: .myPlaylists, status: 403, message: "Forbidden"))
      try await mira.signIn(as: "mira")
      #expect(world.simulator.counts.count(.me) == 2)
      let tracks = try await mira.newestRun(in: world)
      #expect(tracks["status"].string == "succeeded")
      #expect(world.simulator.counts.count(.savedTracks, status: 403) == 1)
      #expect(tracks["requests"]["made"].int == world.simulator.counts.count(.savedTracks))
      #expect(try await mira.newestRun("playlists", in: world)["status"].string == "succeeded")
      #expect(world.simulator.counts.count(.myPlaylists, status: 403) == 1)
      // Contents that aren't visible cost a request each, as ever.
      let items = world.simulator.log(.playlistItems).filter { $0.status == 403 }
      #expect(!items.isEmpty && Set(items.map(\.target)).count == items.count)
      // What comes twice is believed.
      world.simulator.resetCounts()
      world.simulator.add(
        Fault(.status, group: .savedTracks, times: 0, status: 403, message: "Insufficient client scope"))
      #expect(try await mira.sync(in: world)["error"]["code"].string == "scope_missing")
      #expect(world.simulator.counts.count(.savedTracks) == 2)
    }
  }
}

extension Browser {
  /// The page of whoever is signed in.
  fileprivate func page() async throws -> String { try await get("/", ["Accept": "text/html"]).text }
}

extension String {
  func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
