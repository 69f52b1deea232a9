import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// A person leaves, at the worst moments.
@Suite struct ErasureTests {
  @Test func `Deleting an account leaves nothing of it anywhere, and signing in again begins a new one`()
    async throws
  {
    try await withWorld { world in
      let services = [try await world.start(.all), try await world.start(.serve)]
      let (mira, noor) = (world.browser(at: services[0]), world.browser(at: services[0]))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let phone = world.browser(at: services[1])
      try await phone.signIn(as: "mira")
      for browser in [mira, noor] {
        #expect(try await browser.newestRun(in: world)["status"].string == "succeeded")
      }
      let (account, run) = (try await mira.account, try await mira.newestID())

      let answer = try await mira.delete("/api/me/")
      #expect(answer.header("clear-site-data") == #""cache""#)
      #expect(answer.status == 200 && answer.json["deleted"].bool == true, "\(answer.text)")
      let erased = answer.json["erased"]
      #expect(erased["tokens"].int == 2 && erased["tracks"].int == 175 && erased["sessions"].int == 2)
      #expect(erased["runs"].int ?? 0 > 0 && erased["connections"].int == 1 && erased["accounts"].int == 1)
      let kept = answer.json["kept"].array.compactMap(\.string).joined()
      for words in ["catalogue", "not who had what", "log", "backups"] { #expect(kept.contains(words)) }
      #expect(answer.header("set-cookie")?.contains("session=;") == true && mira.cookies["session"] == nil)

      #expect(try await phone.get("/api/me/").status == 401, "on another instance")
      #expect(try await world.tablesWithRows(of: account) == [])
      try await world.until("its lease is given back") { try await world.isDispatchIdle }
      for text in try await world.redisTexts() {
        #expect(!text.contains("mira") && !text.contains(run), "\(text)")
      }
      #expect(try await noor.tracks() == world.library(of: "noor"))

      try await phone.signIn(as: "mira")
      #expect(try await phone.account > account)
      let first = try await phone.newestRun(in: world)
      #expect(first["trigger"].string == "connect" && first["changes"]["added"].int == 175)
      #expect(try await phone.tracks() == world.library(of: "mira"))
    }
  }

  @Test func `The page says what goes and what stays, and deletes without a script`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let account = try await mira.account
      let page = try await mira.get("/", ["Accept": "text/html"]).text
      for words in ["Delete my account…", "175 saved tracks", "What stays", "backups", "/account/delete/"] {
        #expect(page.contains(words), "\(words)")
      }
      #expect(try await mira.get("/account/delete/").status == 405)
      #expect(try await mira.post("/account/delete/", ["Origin": "https://evil.example"]).status == 403)
      #expect(try await world.browser(at: service).post("/account/delete/").status == 401)
      let answer = try await mira.post(
        "/account/delete/", ["Accept": "text/html", "Origin": service.base])
      #expect(answer.status == 303 && answer.header("location") == "/" && mira.cookies["session"] == nil)
      #expect(try await world.tablesWithRows(of: account) == [])
      #expect(try await mira.get("/", ["Accept": "text/html"]).text.contains("/spotify/auth/"))
    }
  }

  @Test(arguments: SyncCase.allCases)
  func `A run that is reading stops, and nothing of it is written`(_ kind: SyncCase) async throws {
    try await withWorld {
      kind.prepare(&$0)
    } _: { world in
      let (services, mira, account) = try await ErasureTests.connect(kind, in: world)
      let gate = try #require(kind.middle)
      world.simulator.hold(gate.group, fromNth: gate.nth)
      let id = try await mira.requestSync(kind.rawValue)
      try await world.simulator.waitUntilHeld(gate.group)
      let stream = try EventStream(
        on: world.reactor, port: services[1].port, path: "/spotify/sync/\(id)/events/", cookies: mira.cookies)
      defer { stream.close() }
      _ = try await stream.next { $0["status"].string == "running" }

      #expect(try await mira.delete("/api/me/").status == 200)
      #expect(try await stream.rest().allSatisfy { $0.data["id"].string == id } && stream.isWhole)
      #expect(try await mira.at(services[1].base).get("/spotify/sync/\(id)/").status == 401)
      let answered = world.simulator.log().count
      world.simulator.release(gate.group, count: 1, keepHolding: true)
      try await services[0].process.wait(for: "CK001")
      try await world.until("the worker has let go") { try await world.isDispatchIdle }
      // The next may have been on its way when the answer could not be kept; it was never answered.
      #expect(world.simulator.log().count <= answered + 2, "it goes on asking")
      try await world.until("nothing is under way") { world.simulator.counts.inFlight.now == 0 }
      #expect(try await world.tablesWithRows(of: account) == [])
      #expect(try await world.count("SELECT count(*) FROM artist_check WHERE leased_by IS NOT NULL") == 0)
    }
  }

  @Test func `A run that asks and asks, and stages nothing, notices as well`() async throws {
    try await withWorld {
      SyncCase.tracks.prepare(&$0)
    } _: { world in
      let (services, mira, account) = try await ErasureTests.connect(.tracks, in: world)
      // 120 questions, 40 at a time.
      try world.simulator.edit("mira", LibraryEdit(unsave: (20..<140).map { .position($0) }))
      world.simulator.hold(.libraryContains)
      _ = try await mira.requestSync("tracks")
      try await world.simulator.waitUntilHeld(.libraryContains)
      #expect(try await mira.post("/spotify/disconnect/").status == 200)
      // A look is due again by now.
      let later = ContinuousClock.now + .milliseconds(600)
      try await world.until("a moment has passed") { ContinuousClock.now > later }
      world.simulator.release(.libraryContains)
      try await services[0].process.wait(for: "CK001")
      try await world.until("the worker has let go") { try await world.isDispatchIdle }
      #expect(world.simulator.counts.count(.libraryContains) == 1)
      #expect(try await world.tablesWithRows(of: account) == ["session", "spotify_grant", "user_account"])
    }
  }

  @Test(arguments: SyncCase.allCases, [true, false])
  func `Deleting at the moment of the merge waits for nobody for ever, whoever is first`(
    _ kind: SyncCase, mergeIsFirst: Bool
  ) async throws {
    try await withWorld {
      kind.prepare(&$0)
    } _: { world in
      let (services, mira, account) = try await ErasureTests.connect(kind, in: world)
      let last = try #require(CrashPoint(kind: kind, step: .lastPage).gate)
      world.simulator.hold(last.group, fromNth: last.nth)
      _ = try await mira.requestSync(kind.rawValue)
      try await world.simulator.waitUntilHeld(last.group)
      let answer = try await world.transaction { transaction in
        if mergeIsFirst {
          // The merge stops behind its rows, and the deletion before them.
          _ = try await transaction.query("SELECT FROM sync_schedule FOR UPDATE")
          world.simulator.release(last.group)
          try await world.until("the merge waits") { try await world.waitingForLocks >= 1 }
          let answer = world.reactor.spawn { try? await mira.delete("/api/me/").status }
          try await world.until("both wait") { try await world.waitingForLocks >= 2 }
          return answer
        }
        // The deletion stops before its last row, and whoever works on the run at its first.
        _ = try await transaction.query("SELECT FROM session FOR UPDATE")
        let answer = world.reactor.spawn { try? await mira.delete("/api/me/").status }
        try await world.until("the deletion waits") { try await world.waitingForLocks >= 1 }
        world.simulator.release(last.group)
        try await world.until("both wait") { try await world.waitingForLocks >= 2 }
        return answer
      }
      #expect(await answer.value == 200)
      try await world.until("the worker has let go") { try await world.isDispatchIdle }
      #expect(try await world.tablesWithRows(of: account) == [])
      #expect(!world.logs.contains("40P01"))
      if mergeIsFirst {
        #expect(!services[0].process.errors.contains("CK001"))
      } else {
        try await services[0].process.wait(for: "CK001")
      }
    }
  }

  @Test(arguments: ["DELETE /api/me/", "POST /spotify/disconnect/"])
  func `A token that is being renewed is never written back`(_ call: String) async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      world.simulator.setRefreshAnswer(.new)
      try await mira.signIn(as: "mira")
      let account = try await mira.account
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      world.simulator.hold(.token)
      let refresh = world.reactor.spawn { try? await mira.post("/spotify/refresh/") }
      try await world.simulator.waitUntilHeld(.token)
      let words = call.split(separator: " ").map(String.init)
      #expect(try await mira.send(words[0], words[1]).status == 200)
      world.simulator.release(.token)
      let answer = try #require(await refresh.value)
      #expect(answer.status == 409 && answer.code == "not_connected", "\(answer.text)")
      let left = words[0] == "DELETE" ? [] : ["session", "spotify_grant", "user_account"]
      #expect(try await world.tablesWithRows(of: account) == left)
      #expect(
        try await world.count(
          "SELECT count(*) FROM spotify_grant WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL")
          == 0)
    }
  }

  @Test func `Many who delete at once, while the same person signs in elsewhere: one receipt, no error`()
    async throws
  {
    try await withWorld { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let mira = world.browser(at: services[0])
      try await mira.signIn(as: "mira")
      let account = try await mira.account
      let phone = world.browser(at: services[1])
      let callback = try await phone.agree(as: "mira")
      world.simulator.hold(.me)
      let arriving = world.reactor.spawn { try? await phone.get(callback).status }
      try await world.simulator.waitUntilHeld(.me)
      let cookies = mira.cookies
      let answers = try await withThrowingTaskGroup(of: Browser.Answer.self) { group in
        for number in 0..<20 {
          let browser = world.browser(at: services[number % 2])
          for (name, value) in cookies { browser.setCookie(name, value) }
          group.addTask {
            // In the middle of it the sign-in goes on.
            if number == 10 { world.simulator.release(.me) }
            return try await browser.delete("/api/me/")
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.filter { $0.status == 200 }.count == 1)
      #expect(
        answers.allSatisfy { $0.status == 200 || $0.code == "unauthenticated" }, "\(answers.map(\.text))")
      #expect(await arriving.value == 302)
      #expect(try await world.tablesWithRows(of: account) == [])
      // The sign-in was before, and gone with the account, or after.
      let me = try await phone.get("/api/me/")
      #expect(me.status == 401 || me.json["id"].string != "\(account)")
      try await phone.signIn(as: "mira")
      #expect(try await phone.account > account)
      #expect(!world.logs.contains("a request failed"))
    }
  }

  @Test func `Deleting works while Redis is away, and what waits there goes with the next worker`()
    async throws
  {
    try await withWorld { world in
      let proxy = try world.redisProxy()
      defer { proxy.stop() }
      let service = try await world.start(.serve, ["REDIS_URL": world.redisURL(through: proxy)])
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let account = try await mira.account
      #expect(try await !world.isDispatchIdle, "its first run waits")
      proxy.pause()
      #expect(try await mira.delete("/api/me/").status == 200)
      #expect(try await world.tablesWithRows(of: account) == [])
      _ = try await world.start(.worker)
      try await world.until("it is dropped") { try await world.isDispatchIdle }
      #expect(world.simulator.counts.count(.savedTracks) == 0)
    }
  }

  // MARK: A person whose copy is whole

  private static func connect(
    _ kind: SyncCase, in world: World
  ) async throws -> (services: [World.Service], mira: Browser, account: Int) {
    let services = [try await world.start(.all), try await world.start(.serve)]
    let mira = world.browser(at: services[0])
    try await kind.connect(mira, in: world)
    _ = try await kind.edit(mira, in: world, isInDoubt: false)
    world.simulator.resetCounts()
    return (services, mira, try await mira.account)
  }
}
