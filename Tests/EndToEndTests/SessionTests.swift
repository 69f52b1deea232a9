import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

@Suite("Sessions of a person") struct SessionTests {
  @Test func `One sees where one is signed in, ends one, all others, and all`() async throws {
    try await withWorld { world in
      let (one, two) = (try await world.start(.serve), try await world.start(.serve))
      let laptop = world.browser(at: one)
      let (phone, tablet, noor) = (world.browser(at: two), world.browser(at: two), world.browser(at: two))
      for browser in [tablet, phone, laptop] { try await browser.signIn(as: "mira") }
      try await noor.signIn(as: "noor")
      func isSignedIn(_ browser: Browser) async throws -> Bool {
        try await browser.get("/api/me/").status == 200
      }

      let list = try await laptop.get("/api/me/sessions/")
      #expect(list.status == 200 && list.header("cache-control") == "no-store")
      let sessions = list.json["items"].array
      #expect(sessions.count == 3 && list.json["next_cursor"] == .null)
      #expect(sessions.map { $0["current"].bool } == [true, false, false])
      for session in sessions {
        #expect(session.names == ["id", "current", "created_at", "last_seen_at", "user_agent"])
        #expect(session["user_agent"].string == "tests")
      }
      let tag = try #require(list.header("etag"))
      #expect(try await laptop.get("/api/me/sessions/", ["If-None-Match": tag]).status == 304)
      let page = try await laptop.get("/api/me/sessions?limit=2")
      let cursor = try #require(page.json["next_cursor"].string)
      #expect(page.header("link")?.contains("rel=\"next\"") == true)
      let rest = try await laptop.get("/api/me/sessions/?limit=2&cursor=\(cursor)")
      #expect(page.json["items"].array + rest.json["items"].array == sessions)
      #expect(try await laptop.get("/api/me/sessions/?cursor=x").code == "invalid_cursor")

      // The phone's, which is known by its own list; nobody else's.
      let phones = try #require(
        try await phone.get("/api/me/sessions/").json["items"].array.first { $0["current"].bool == true })
      let path = "/api/me/sessions/\(phones["id"].string ?? "")/"
      for (browser, path) in [(noor, path), (laptop, "/api/me/sessions/7/"), (laptop, path + "x/")] {
        #expect(try await browser.delete(path).status == 404)
      }
      #expect(try await noor.delete(path).code == "session_not_found")
      #expect(try await isSignedIn(phone))
      let ended = try await laptop.delete(path)
      #expect(ended.status == 204 && ended.header("set-cookie") == nil)
      #expect(try await !isSignedIn(phone))
      #expect(try await laptop.delete(path).code == "session_not_found")

      try await phone.signIn(as: "mira")
      let others = try await phone.delete("/api/me/sessions/")
      #expect(others.status == 200 && others.json["ended"].int == 2)
      for browser in [laptop, tablet] { #expect(try await !isSignedIn(browser)) }
      #expect(try await isSignedIn(phone))
      #expect(try await isSignedIn(noor))

      // The current one, and the cookie goes with it.
      let own = try await phone.get("/api/me/sessions/").json["items"][0]["id"].string ?? ""
      let gone = try await phone.delete("/api/me/sessions/\(own)/")
      #expect(gone.status == 204 && gone.header("set-cookie")?.contains("Max-Age=0") == true)
      #expect(phone.cookies["session"] == nil)

      for browser in [laptop, phone, tablet] { try await browser.signIn(as: "mira") }
      let kept = try #require(laptop.cookies["session"])
      let everywhere = try await laptop.post("/auth/logout/everywhere/")
      #expect(everywhere.status == 204 && laptop.cookies["session"] == nil)
      let out = try await noor.post("/auth/logout/")
      for answer in [gone, everywhere, out] { #expect(answer.header("clear-site-data") == #""cache""#) }
      try await noor.signIn(as: "noor")
      laptop.setCookie("session", kept)
      for browser in [laptop, phone, tablet] { #expect(try await !isSignedIn(browser)) }
      #expect(try await isSignedIn(noor))
    }
  }

  @Test func `A session that another instance ends takes its open stream along`() async throws {
    try await withWorld { world in
      let (one, two) = (try await world.start(.all), try await world.start(.serve))
      world.simulator.hold(.savedTracks)
      let (laptop, phone) = (world.browser(at: one), world.browser(at: two))
      try await laptop.signIn(as: "mira")
      try await phone.signIn(as: "mira")
      let run = try #require(try await laptop.get("/spotify/sync/").json["items"][0]["id"].string)
      try await world.simulator.waitUntilHeld(.savedTracks)
      let path = "/spotify/sync/\(run)/events/"
      let others = try EventStream(on: world.reactor, port: two.port, path: path, cookies: phone.cookies)
      let own = try EventStream(on: world.reactor, port: one.port, path: path, cookies: laptop.cookies)
      defer { for stream in [others, own] { stream.close() } }
      for stream in [others, own] { _ = try await stream.next() }
      #expect(try await laptop.send("DELETE", "/api/me/sessions/").json["ended"].int == 1)
      _ = try await others.rest()
      #expect(others.isWhole)
      #expect(try await world.count("SELECT count(*) FROM sync_run WHERE status = 'running'") == 1)

      // The other's end didn't touch this one.
      world.simulator.release()
      #expect(try await own.rest().last?.data["status"].string == "succeeded")
    }
  }

  @Test func `The settings decide when a session ends, and a worker takes away what has ended`() async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve, ["SESSION_IDLE_DAYS": "2", "SESSION_LONGEST_DAYS": "3"])
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      let cookie = try await mira.signIn(as: "mira").header("set-cookie")
      #expect(cookie?.contains("Max-Age=259200") == true)
      try await noor.signIn(as: "noor")
      for column in ["last_seen_at", "created_at"] {
        let days = column == "created_at" ? "3 days" : "2 days"
        try await world.age(column, to: "\(days) - 10 minutes")
        #expect(try await mira.get("/api/me/").status == 200, "\(column)")
        try await world.age(column, to: days)
        #expect(try await mira.get("/api/me/").status == 401, "\(column)")
        try await world.age(column, to: "0 days")
      }
      #expect(try await mira.get("/api/me/").status == 200)
      try await world.age("last_seen_at", to: "40 days")
      try await mira.signIn(as: "mira")
      #expect(try await world.count("SELECT count(*) FROM session") == 2)
      _ = try await world.start(.worker)
      try await world.until("the ended session is gone") {
        try await world.count("SELECT count(*) FROM session") == 1
      }
      #expect(try await mira.get("/api/me/").status == 200)
    }
  }
}

extension World {
  /// Moves a time of all sessions so far into the past.
  fileprivate func age(_ column: String, to age: String) async throws {
    _ = try await rows(SQL(trustedScript: "UPDATE session SET \(column) = now() - interval '\(age)'"))
  }
}
