import SpotifySimulator
import TestSupport
import Testing

@Suite struct FirstSliceTests {
  @Test
  func `Connecting is all it takes: the first sync runs by itself and the copy equals the library`()
    async throws
  {
    try await withWorld {
      $0.simulator.users = [.init(id: "mira", name: "Mira <b>Moss</b>", tracks: 1_230, seed: 11)]
    } _: { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      let signedIn = try await mira.signIn(as: "mira")
      #expect(signedIn.header("location") == "/")
      let run = try await mira.newestRun(in: world)
      #expect(run["status"].string == "succeeded")
      #expect(run["kind"].string == "tracks" && run["trigger"].string == "connect")
      #expect(run["changes"]["added"].int == 1_230)
      #expect(run["gaps"].array.isEmpty && run["error"] == .null)

      let truth = try world.library(of: "mira")
      #expect(truth.count == 1_230)
      #expect(truth.contains { $0.uri.hasPrefix("spotify:local:") }, "no local file to prove it with")
      #expect(try await mira.tracks("limit=97") == truth)

      let me = try await mira.get("/api/me/").json
      #expect(me["spotify_user_id"].string == "mira" && me["display_name"].string == "Mira <b>Moss</b>")
      #expect(me["counts"]["tracks"].int == 1_230)
      #expect(me["connection"]["status"].string == "healthy")
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == true)
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 0, "a refresh that nobody needed")
    }
  }

  @Test func `A run has the contract's names, and the second one changes nothing`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      _ = try await mira.newestRun(in: world)
      let asked = try await mira.post("/spotify/sync/tracks")
      #expect(asked.status == 202)
      let id = try #require(asked.json["id"].string)
      #expect(asked.header("location") == "/spotify/sync/\(id)/")
      let run = try await mira.run(id, on: world.reactor)
      let names: Set = [
        "id", "kind", "status", "trigger", "mode", "requested_at", "started_at", "finished_at", "attempt",
        "progress", "requests", "changes", "gaps", "waiting_until", "error",
      ]
      #expect(run.names.isSuperset(of: names))
      #expect(run["progress"].names.isSuperset(of: ["done", "total", "unit"]))
      #expect(run["requests"].names.isSuperset(of: ["made", "saved"]))
      #expect(run["status"].string == "succeeded" && run["trigger"].string == "manual")
      let changes = run["changes"]
      #expect([changes["added"].int, changes["updated"].int, changes["removed"].int] == [0, 0, 0])
      #expect(try await mira.tracks() == world.library(of: "mira"))
      let listed = try await mira.get("/spotify/sync/?kind=tracks&status=succeeded").json["items"].array
      #expect(listed.map(\.["trigger"].string) == ["manual", "connect"])
      let all = try await mira.post("/spotify/sync/")
      #expect(all.status == 202 && all.json["items"].array.map(\.["kind"].string) == ["tracks"])
    }
  }

  @Test func `Somebody else's data is nobody's business`() async throws {
    try await withWorld { world in
      let service = try await world.start(.all)
      let (mira, noor) = (world.browser(at: service), world.browser(at: service))
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      let run = try #require(try await mira.newestRun(in: world)["id"].string)
      _ = try await noor.newestRun(in: world)
      #expect(try await noor.tracks() == world.library(of: "noor"))
      #expect(try await noor.get("/spotify/sync/\(run)/").status == 404)
      #expect(try await noor.delete("/spotify/sync/\(run)/").status == 404)
      let stranger = world.browser(at: service)
      for path in ["/api/me/", "/api/me/tracks/", "/spotify/sync/", "/spotify/sync/\(run)/"] {
        let answer = try await stranger.get(path)
        #expect(answer.status == 401 && answer.code == "unauthenticated", "\(path)")
      }
      #expect(try await stranger.get("/spotify/is-authenticated").json["status"].bool == false)
    }
  }
}
