import SpotifySimulator
import TestSupport
import Testing

@Suite struct FirstSliceTests {
  @Test func `Connecting is all it takes: the first sync runs by itself and the copy equals the library`()
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
      #expect(
        truth.contains { $0.uri.hasPrefix("spotify:local:") },
        "the library has no local file to prove it with")
      #expect(try await mira.tracks("limit=97") == truth)

      let me = try await mira.get("/api/me/").json
      #expect(me["spotify_user_id"].string == "mira" && me["display_name"].string == "Mira <b>Moss</b>")
      #expect(me["counts"]["tracks"].int == 1_230)
      #expect(me["connection"]["status"].string == "healthy")
      #expect(try await mira.get("/spotify/is-authenticated").json["status"].bool == true)
      #expect(world.simulator.counts.tokenRequests("refresh_token") == 0, "a refresh that nobody needed")
    }
  }
}
