import HTTPClient
import SpotifySimulator
import Testing

@Suite struct ControlTests {
  @Test func `requests are counted by group, method and status, tokens by grant type`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      for target in ["/v1/me", "/v1/me/tracks", "/v1/me/tracks?limit=51", "/v1/nothing"] {
        _ = try await client.api(target, token)
      }
      let counts = try await client.control("GET", "requests").json
      #expect(counts["groups"]["me/tracks"]["GET"]["200"].int == 1)
      #expect(counts["groups"]["me/tracks"]["GET"]["400"].int == 1)
      #expect(counts["groups"]["unknown"]["GET"]["404"].int == 1)
      #expect(counts["token"]["authorization_code"]["200"].int == 1)
      #expect(counts["total"].int == 6 && counts["in_flight"]["now"].int == 0)
      #expect(
        simulator.counts.count(.savedTracks) == 2 && simulator.counts.tokenRequests("authorization_code") == 1
      )
      let log = try await client.control("GET", "log?group=me/tracks").json
      #expect(log.array.map { $0["target"].string } == ["/v1/me/tracks", "/v1/me/tracks?limit=51"])
      #expect(log[0]["user"].string == "mira")
      #expect(try await client.control("POST", "reset_counts", "").status == 200)
      #expect(simulator.counts.total == 0 && simulator.log().isEmpty)
    }
  }

  @Test func `requests of a group wait until they are released`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      #expect(try await client.control("POST", "hold", #"{"group":"me/tracks","from_nth":3}"#).status == 200)
      let calls = (0..<5).map { number in
        simulator.spawn { try await client.api("/v1/me/tracks?limit=10&offset=\(number * 10)", token).status }
      }
      let held = try await client.control("GET", "held?group=me/tracks&at_least=3")
      #expect(held.status == 200 && held.json["count"].int == 3)
      #expect(simulator.counts.inFlight.max >= 3 && simulator.counts.inFlight.now == 3)
      #expect(try await client.api("/v1/me", token).status == 200, "other groups go on")
      #expect(
        try await client.control("POST", "release", #"{"count":1,"keep_holding":true}"#).json["count"].int
          == 1)
      #expect(simulator.held(.savedTracks) == 2)
      #expect(simulator.release(.savedTracks) == 2)
      for call in calls { #expect(try await call.value.get() == 200) }
      #expect(try await client.api("/v1/me/tracks", token).status == 200, "nothing is held any more")
      let timeout = try await client.control("GET", "held?at_least=1&timeout_ms=20")
      #expect(timeout.status == 408 && timeout.json["count"].int == 0)
    }
  }

  @Test func `edits change what is served, in Spotify's order`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      func uris() async throws -> [String?] {
        try await client.api("/v1/me/tracks?limit=50", token).json["items"].array.map {
          $0["track"]["uri"].string
        }
      }
      let before = try await uris()
      let body = #"{"user":"mira","save":2,"unsave":[0,"\#(before[5] ?? "")"],"save_again":7}"#
      let outcome = try await client.control("POST", "edit", body)
      #expect(outcome.json["saved"].array.count == 2 && outcome.json["total"].int == 175)
      #expect(
        outcome.json["unsaved"].array.map { "spotify:track:\($0.string ?? "")" } == [before[0], before[5]])
      let after = try await uris()
      let saved = outcome.json["saved"].array.map { "spotify:track:\($0.string ?? "")" }
      #expect(Array(after[0..<3]) == [saved[0], saved[1], before[7]])
      #expect(Array(after[3..<8]) == [before[1], before[2], before[3], before[4], before[6]])
      #expect(after[8] == before[8])
      let times = try simulator.library(of: "mira").addedAt
      #expect(times == times.sorted(by: >))
    }
  }

  @Test func `a date of the client's choice lands deep in the list`() async throws {
    try await withSimulator { simulator, _ in
      let before = try simulator.library(of: "mira")
      let time = before.addedAt[100]
      let outcome = try simulator.edit("mira", .init(save: 1, addedAt: time))
      let after = try simulator.library(of: "mira")
      let position = try after.ids.firstIndex(of: outcome.saved[0]).unwrap("not saved")
      #expect(after.addedAt[position] == time && position <= 100 && position > 80)
      #expect(after.addedAt == after.addedAt.sorted(by: >))
    }
  }

  @Test func `slots go null and totals lie on order`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      try simulator.edit("mira", .init(insertNullAt: [1], totalOffset: 3))
      let page = try await client.api("/v1/me/tracks?limit=3", token).json
      #expect(page["items"][1]["track"].isNull && page["items"][1]["added_at"].string != nil)
      #expect(page["total"].int == 175 + 1 + 3)
      #expect(try simulator.library(of: "mira").uris[1] == nil)
    }
  }

  @Test func `an edit can wait for the nth request`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      let body = #"{"user":"mira","save":1,"when":{"group":"me/tracks","nth":2}}"#
      #expect(try await client.control("POST", "edit", body).status == 200)
      try simulator.edit("mira", .init(unsave: [500]), before: 3, of: .savedTracks)
      var totals: [Int?] = []
      for _ in 0..<3 { totals.append(try await client.api("/v1/me/tracks", token).json["total"].int) }
      #expect(totals == [175, 176, 176])
      let failed = try await client.control("GET", "requests").json["failed_edits"]
      #expect(failed.array.map(\.string) == ["no row at position 500"])
    }
  }

  @Test func `latency, clock, mode, tokens, users and faults are set over HTTP`() async throws {
    try await withSimulator { simulator, client in
      for (path, body) in [
        ("users", #"{"id":"nils","name":"Nils","tracks":7,"seed":4}"#), ("mode", #"{"mode":"extended"}"#),
        ("latency", #"{"milliseconds":30,"group":"me"}"#), ("tokens", #"{"access_token_seconds":60}"#),
        ("faults", #"[{"kind":"status","status":503,"group":"search"},{"kind":"cut","group":"search"}]"#),
        ("faults", #"{"kind":"rate_limit","retry_after":2,"group":"artists","times":0}"#),
      ] {
        let answer = try await client.control("POST", path, body)
        #expect(answer.status == 200, "\(path): \(answer.text)")
      }
      let token = try await client.token("nils")
      let took = try await ContinuousClock().measure { _ = try await client.api("/v1/me", token) }
      #expect(took >= .milliseconds(30))
      #expect(try await client.api("/v1/browse/new-releases", token).status == 200)
      #expect(try await client.api("/v1/search?q=x&type=album", token).status == 503)
      #expect(
        try await client.api("/v1/artists/0000000000000000000000", token).response.header("retry-after")
          == "2")
      #expect(try await client.control("GET", "faults").json.array.count == 3)
      #expect(try await client.control("DELETE", "faults").status == 200)
      #expect(try await client.api("/v1/artists/0000000000000000000000", token).status == 404)
      #expect(try await client.control("POST", "clock", #"{"advance_seconds":61}"#).status == 200)
      #expect(try await client.api("/v1/me", token).message == "The access token expired")
      let truth = try await client.control("GET", "library?user=nils").json
      #expect(truth["total"].int == 7 && truth["ids"].array.count == 7 && truth["added_at"].array.count == 7)
      #expect(
        try await client.control("GET", "users").json.array.map { $0["id"].string } == ["mira", "nils"])
      #expect(try await client.control("POST", "revoke", #"{"user":"nils"}"#).status == 200)
    }
  }

  @Test(
    arguments: [
      ("POST", "faults", #"{"kind":"explode"}"#), ("POST", "edit", #"{"user":"nobody","save":1}"#),
      ("POST", "edit", #"{"user":"mira","unsave":[9999]}"#), ("POST", "mode", #"{"mode":"free"}"#),
      ("POST", "users", #"{"id":"","name":"x"}"#), ("POST", "latency", "not json"),
      ("GET", "library?user=nobody", nil),
      ("GET", "library", nil), ("POST", "revoke", #"{"user":"nobody"}"#), ("GET", "held?group=nothing", nil),
      ("POST", "hold", "{}"),
    ] as [(String, String, String?)])
  func `an order that makes no sense is refused with a reason`(
    method: String, path: String, body: String?
  ) async throws {
    try await withSimulator { simulator, client in
      let before = try simulator.library(of: "mira")
      let answer = try await client.control(method, path, body)
      #expect(answer.status == 400 && answer.json["error"].string?.isEmpty == false, "\(answer.text)")
      #expect(try simulator.library(of: "mira") == before)
    }
  }

  @Test func `a port in use is refused`() async throws {
    try await withSimulator { simulator, _ in
      var configuration = SimulatorConfiguration()
      configuration.port = Int(simulator.baseURL.split(separator: ":").last ?? "") ?? 0
      let wanted = configuration
      await #expect(throws: (any Error).self) { try await simulator.startAnother(wanted) }
    }
  }
}
