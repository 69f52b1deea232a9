import HTTPClient
import SpotifySimulator
import Testing

@Suite struct FaultTests {
  @Test(
    arguments: [
      (Fault(.rateLimit, retryAfter: 3), 429, "3", "API rate limit exceeded"),
      (Fault(.quotaExceeded), 429, "48925", "Too many requests"),
      (Fault(.status), 500, nil, "Server error."),
      (Fault(.status, status: 502), 502, nil, "Bad gateway."),
      (Fault(.status, status: 503, retryAfter: 2), 503, "2", "Service unavailable"),
    ] as [(Fault, Int, String?, String)])
  func `a fault strikes once and is over`(
    fault: Fault, status: Int, retryAfter: String?, message: String
  ) async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      simulator.add(fault)
      let struck = try await client.api("/v1/me/tracks", token)
      #expect(struck.status == status && struck.response.header("retry-after") == retryAfter)
      #expect(struck.message == message)
      #expect((struck.json["error"]["reason"].string == "QUOTA_EXCEEDED") == (fault.kind == .quotaExceeded))
      #expect(try await client.api("/v1/me/tracks", token).status == 200)
      #expect(simulator.log(.savedTracks).map(\.fault) == [fault.kind, nil])
    }
  }

  @Test func `bodies that are no JSON, or half of it`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      let whole = try await client.api("/v1/me/tracks", token)
      simulator.add(Fault(.plainText), Fault(.html, nth: 2), Fault(.truncated, nth: 3), Fault(.cut, nth: 4))
      let plain = try await client.api("/v1/me/tracks", token)
      #expect(plain.status == 429 && plain.text == "Too many requests")
      let html = try await client.api("/v1/me/tracks", token)
      #expect(html.status == 200 && html.text.hasPrefix("<!doctype html>"))
      let half = try await client.api("/v1/me/tracks", token)
      #expect(half.status == 200 && half.response.body.count == whole.response.body.count / 2)
      #expect(half.json.value == nil)
      let error = await #expect(throws: HTTPClientError.self) { try await client.api("/v1/me/tracks", token) }
      #expect(
        error.map { [.bodyCut, .connectionLost].contains($0.code) } == true, "\(String(describing: error))")
      #expect(try await client.api("/v1/me/tracks", token).text == whole.text)
    }
  }

  @Test func `elements can be null or malformed, and the total wrong`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      simulator.add(
        Fault(.nullElement, offset: 20, index: 2), Fault(.malformedElement, offset: 40),
        Fault(.total, offset: 60, value: 9))
      #expect(
        try await client.api("/v1/me/tracks?offset=0", token).json["items"][2]["track"]["id"].string != nil)
      let nulls = try await client.api("/v1/me/tracks?offset=20", token).json["items"]
      #expect(nulls[2].isNull && nulls.array.count == 20 && !nulls[1].isNull)
      let malformed = try await client.api("/v1/me/tracks?offset=40", token).json["items"]
      #expect(malformed[0]["added_at"].int == 17 && malformed[1]["added_at"].string != nil)
      #expect(try await client.api("/v1/me/tracks?offset=60", token).json["total"].int == 9)
      #expect(try await client.api("/v1/me/tracks?offset=60", token).json["total"].int == 175)
    }
  }

  @Test func `a rule strikes what it names: group, path, user, offset, grant type, nth, times`() async throws
  {
    try await withSimulator(.with { $0.users.append(.init(id: "nils", name: "Nils", tracks: 90)) }) {
      simulator, client in
      let (mira, nils) = (try await client.token(), try await client.token("nils"))
      func statuses(_ token: String, _ targets: String...) async throws -> [Int] {
        var statuses: [Int] = []
        for target in targets { statuses.append(try await client.api(target, token).status) }
        return statuses
      }
      simulator.add(Fault(.status, group: .savedTracks, user: "nils", nth: 2, times: 2))
      #expect(try await statuses(mira, "/v1/me/tracks", "/v1/me/tracks") == [200, 200])
      #expect(try await statuses(nils, "/v1/me", "/v1/me/tracks", "/v1/me/tracks") == [200, 200, 500])
      #expect(try await statuses(nils, "/v1/me/tracks", "/v1/me/tracks") == [500, 200])
      simulator.dropFaults()
      simulator.add(Fault(.status, path: "/v1/me/library", times: 0))
      let contains = "/v1/me/library/contains?uris=spotify:track:4aawyAB9vmqN3uQ7FjRGTy"
      #expect(try await statuses(mira, contains, "/v1/me/tracks", contains) == [500, 200, 500])
      simulator.dropFaults()
      simulator.add(Fault(.status, offset: 50))
      #expect(try await statuses(mira, "/v1/me/tracks", "/v1/me/tracks?offset=50&limit=50") == [200, 500])
      simulator.add(Fault(.status, grantType: "refresh_token", status: 503))
      let tokens = try await client.trade(try await client.code()).json
      let refresh = tokens["refresh_token"].string ?? ""
      #expect(try await client.refresh(refresh).status == 503)
      #expect(try await client.refresh(refresh).status == 200)
    }
  }

  @Test func `a false revocation passes, as in an outage`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.trade(try await client.code()).json["refresh_token"].string ?? ""
      simulator.add(Fault(.invalidGrant, grantType: "refresh_token"))
      #expect(try await client.api("/v1/me", try await client.token()).status == 200)
      let refused = try await client.refresh(token)
      #expect(refused.status == 400 && refused.json["error_description"].string == "Refresh token revoked")
      #expect(try await client.refresh(token).status == 200)
    }
  }

  @Test func `a slow answer comes later, and a client that hangs up is counted`() async throws {
    try await withSimulator { simulator, client in
      let token = try await client.token()
      simulator.add(Fault(.slow, milliseconds: 120))
      let clock = ContinuousClock()
      let took = try await clock.measure { _ = try await client.api("/v1/me", token) }
      #expect(took >= .milliseconds(120))
      simulator.hold(.me)
      let call = simulator.spawn { try await client.api("/v1/me", token).status }
      try await simulator.waitUntilHeld(.me)
      call.cancel()
      _ = await call.value
      try await simulator.waitUntil { $0.counts.count(.me, status: 499) == 1 }
      #expect(simulator.held() == 0 && simulator.counts.inFlight.now == 0)
    }
  }
}
