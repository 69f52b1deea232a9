import HTTPClient
import Reactor
import Secrets
import SpotifyAPI
import TestSupport
import Testing

@Suite("What Spotify refuses")
struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let status: Int
    let body: String
    var headers: [String: String] = [:]
    let code: SpotifyError.Code
    var message: String?
    var retryAfter: Duration?
    var testDescription: String { "\(status) \(body.prefix(50)) \(headers)" }
  }

  private static func envelope(_ status: Int, _ message: String, reason: String? = nil) -> String {
    let reason = reason.map { #","reason":"\#($0)""# } ?? ""
    return #"{"error":{"status":\#(status),"message":"\#(message)"\#(reason)}}"#
  }

  @Test(
    "of the Web API is told apart",
    arguments: [
      Case(
        status: 429, body: envelope(429, "API rate limit exceeded"), headers: ["Retry-After": "3"],
        code: .rateLimited, message: "API rate limit exceeded", retryAfter: .seconds(3)),
      Case(status: 429, body: envelope(429, "API rate limit exceeded"), code: .rateLimited),
      Case(
        status: 429, body: envelope(429, "Too many requests", reason: "QUOTA_EXCEEDED"),
        headers: ["Retry-After": "48925"], code: .quotaExceeded, retryAfter: .seconds(48_925)),
      Case(
        status: 429, body: envelope(429, "Too many requests", reason: "QUOTA_EXCEEDED"), code: .quotaExceeded),
      Case(
        status: 429, body: "Too many requests", headers: ["Retry-After": "19056"], code: .rateLimited,
        message: "Too many requests", retryAfter: .seconds(19_056)),
      Case(status: 429, body: "", headers: ["Retry-After": "0"], code: .rateLimited, retryAfter: .zero),
      Case(status: 401, body: envelope(401, "The access token expired"), code: .unauthorized),
      Case(status: 401, body: "", code: .unauthorized),
      Case(status: 403, body: envelope(403, "Insufficient client scope"), code: .insufficientScope),
      Case(status: 403, body: envelope(403, "Forbidden"), code: .forbidden, message: "Forbidden"),
      Case(
        status: 403, body: "User not registered in the Developer Dashboard", code: .forbidden,
        message: "User not registered in the Developer Dashboard"),
      Case(status: 404, body: envelope(404, "Resource not found"), code: .notFound),
      Case(status: 400, body: envelope(400, "Invalid limit"), code: .badRequest, message: "Invalid limit"),
      Case(status: 411, body: "<html>Length Required</html>", code: .badRequest),
      Case(status: 418, body: "", code: .badRequest),
      Case(status: 500, body: envelope(500, "Server error."), code: .unavailable, message: "Server error."),
      Case(status: 502, body: "<html><h1>502 Bad Gateway</h1></html>", code: .unavailable),
      Case(status: 503, body: "", headers: ["Retry-After": "7"], code: .unavailable, retryAfter: .seconds(7)),
      Case(status: 504, body: "{\"error\":\"flat\"}", code: .unavailable),
      Case(status: 302, body: "", headers: ["Location": "http://127.0.0.1:1/"], code: .unavailable),
      Case(status: 204, body: "", code: .unavailable),
    ])
  func webAPI(_ refusal: Case) async throws {
    try await withCannedSpotify(refusal.status, refusal.body, headers: refusal.headers) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.profile(token: SecretBytes(copying: "secret-token".utf8))
      }
      #expect(error?.code == refusal.code)
      #expect(error?.status == refusal.status)
      #expect(error?.retryAfter == refusal.retryAfter)
      if let message = refusal.message { #expect(error?.message == message) }
      #expect(error?.description.contains("secret-token") == false)
    }
  }

  @Test(
    "what a refusal repeats of the request's secrets is left out, wherever it is cut",
    arguments: [500, 401, 403, 429])
  func echo(_ status: Int) async throws {
    let token = "BQ" + String(repeating: "s3cret-", count: 20)
    let bodies =
      [
        Self.envelope(status, "the token \(token) is bad"), token, "<p>\(token)</p> is bad",
        #"{"token":"\#(token)"}"#, "Bearer \(token)",
      ] + (0..<30).map { String(repeating: "a ", count: 485 + $0) + token }
    for body in bodies {
      try await withCannedSpotify(status, body) { spotify in
        let error = await spotifyError { () async throws(SpotifyError) in
          try await spotify.api.profile(token: SecretBytes(copying: token.utf8))
        }
        #expect(
          error?.status == status && error?.description.contains("s3cret") == false, "\(body.prefix(40))")
      }
    }
    for body in [
      #"{"error":"invalid_grant","error_description":"Revoked: \#(token)"}"#, #"{"error":"\#(token)"}"#,
    ] {
      try await withCannedSpotify(400, body) { spotify in
        let error = await spotifyError { () async throws(SpotifyError) in
          try await spotify.accounts.refresh(SecretBytes(copying: token.utf8))
        }
        #expect(error != nil && error?.description.contains("s3cret") == false, "\(body.prefix(40))")
      }
    }
  }

  @Test("what a refusal says is cut to a length for people")
  func long() async throws {
    try await withCannedSpotify(500, String(repeating: "ü<b>", count: 10_000)) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.profile(token: SecretBytes(copying: "t".utf8))
      }
      #expect(error?.message.count ?? 1_000 <= 200)
    }
  }

  @Test("what a refusal says has an end in bytes, also where a character has any number of them")
  func marks() async throws {
    let marks = String(repeating: "\u{301}", count: 30_000)
    let words = String(repeating: "a\u{301}\u{301} ", count: 5_000)
    let flat = #"{"error":"invalid_grant","error_description":"a\#(marks)"}"#
    for body in ["a\(marks)", words, Self.envelope(500, "a\(marks)"), Self.envelope(500, words), flat] {
      try await withCannedSpotify(body == flat ? 400 : 500, body) { spotify in
        let api = await spotifyError { () async throws(SpotifyError) in
          try await spotify.api.profile(token: SecretBytes(copying: "t".utf8))
        }
        let token = await spotifyError { () async throws(SpotifyError) in
          try await spotify.accounts.appToken()
        }
        for error in [api, token] {
          let message = try #require(error?.message)
          #expect(!message.isEmpty && message.utf8.count <= 1_000, "\(message.utf8.count)")
        }
      }
    }
  }

  @Test(
    "Retry-After is whole seconds, at most a week, or nothing",
    arguments: [
      ("1", .seconds(1)), ("0", .zero), ("86236", .seconds(86_236)), ("604800", .seconds(604_800)),
      ("99999999", .seconds(604_800)), ("-1", nil), ("1.5", nil), ("1s", nil), ("", nil),
      ("Fri, 20 Nov 2026 06:00:00 GMT", nil), ("999999999999999999999999", nil), ("٣", nil),
    ] as [(String, Duration?)])
  func retryAfter(_ header: String, _ expected: Duration?) async throws {
    try await withCannedSpotify(429, "", headers: ["Retry-After": header]) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.api.profile(token: SecretBytes(copying: "t".utf8))
      }
      #expect(error?.retryAfter == expected)
    }
  }

  @Test(
    "of the token endpoint is told apart: the grant's end, our own mistake, and everything else",
    arguments: [
      Case(
        status: 400, body: #"{"error":"invalid_grant","error_description":"Refresh token revoked"}"#,
        code: .invalidGrant, message: "Refresh token revoked"),
      Case(
        status: 400, body: #"{"error":"invalid_grant","error_description":"Refresh token expired"}"#,
        code: .invalidGrant),
      Case(status: 400, body: #"{"error":"invalid_grant"}"#, code: .invalidGrant, message: "invalid_grant"),
      Case(
        status: 400, body: #"{"error":"invalid_client","error_description":"Invalid client secret"}"#,
        code: .invalidClient, message: "Invalid client secret"),
      Case(status: 401, body: #"{"error":"invalid_client"}"#, code: .invalidClient),
      Case(status: 400, body: #"{"error":"unauthorized_client"}"#, code: .invalidClient),
      Case(status: 400, body: #"{"error":"invalid_request"}"#, code: .badRequest),
      Case(status: 400, body: #"{"error":"unsupported_grant_type"}"#, code: .badRequest),
      Case(status: 400, body: "<html>", code: .malformed), Case(status: 400, body: "", code: .malformed),
      Case(status: 200, body: "<!doctype html>", code: .malformed),
      Case(
        status: 429, body: "Too many requests", headers: ["Retry-After": "9"], code: .rateLimited,
        retryAfter: .seconds(9)),
      // A wish to wait, in other words; an hour at most, and never no time at all.
      Case(
        status: 503, body: "<html>", headers: ["Retry-After": "9"], code: .rateLimited,
        retryAfter: .seconds(9)),
      Case(
        status: 503, body: "", headers: ["Retry-After": "0"], code: .rateLimited, retryAfter: .seconds(1)),
      Case(
        status: 429, body: "", headers: ["Retry-After": "0"], code: .rateLimited, retryAfter: .seconds(1)),
      Case(
        status: 429, body: envelope(429, "Too many requests", reason: "QUOTA_EXCEEDED"),
        headers: ["Retry-After": "86236"], code: .quotaExceeded, retryAfter: .seconds(3_600)),
      Case(status: 429, body: "", code: .rateLimited),
      Case(
        status: 500, body: "", headers: ["Retry-After": "9"], code: .unavailable, retryAfter: .seconds(9)),
      Case(status: 500, body: #"{"error":"invalid_grant"}"#, code: .unavailable),
      Case(status: 503, body: "<html>", code: .unavailable),
      Case(status: 302, body: "", headers: ["Location": "http://127.0.0.1:1/"], code: .malformed),
    ])
  func tokenEndpoint(_ refusal: Case) async throws {
    try await withCannedSpotify(refusal.status, refusal.body, headers: refusal.headers) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in
        try await spotify.accounts.refresh(SecretBytes(copying: "secret-token".utf8))
      }
      #expect(error?.code == refusal.code)
      #expect(error?.retryAfter == refusal.retryAfter)
      if let message = refusal.message { #expect(error?.message == message) }
      #expect(error?.description.contains("secret-token") == false)
    }
  }

  @Test(
    "a token answer that can't be used is malformed",
    arguments: [
      "{}", "null", #"{"access_token":"","token_type":"Bearer","expires_in":3600}"#,
      #"{"access_token":"a b","token_type":"Bearer","expires_in":3600}"#,
      #"{"access_token":"a\r\nX: y","token_type":"Bearer","expires_in":3600}"#,
      #"{"access_token":"ü","token_type":"Bearer","expires_in":3600}"#,
      #"{"access_token":"a","token_type":"MAC","expires_in":3600}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":0}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":-5}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":1e300}"#,
      #"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#,
      #"{"access_token":"a","token_type":"Bearer"}"#, #"{"access_token":"a","expires_in":3600}"#,
    ])
  func tokenAnswer(_ body: String) async throws {
    try await withCannedSpotify(200, body) { spotify in
      let error = await spotifyError { () async throws(SpotifyError) in try await spotify.accounts.appToken()
      }
      #expect(error?.code == .malformed)
    }
  }

  @Test("a caller that has gone gets nothing")
  func cancelled() async throws {
    try await withCannedSpotify(200, #"{"id":"a"}"#) { spotify in
      let error = await withTaskGroup(of: SpotifyError?.self) { group in
        group.cancelAll()
        group.addTask {
          await spotifyError { () async throws(SpotifyError) in
            try await spotify.api.profile(token: SecretBytes(copying: "t".utf8))
          }
        }
        return await group.next() ?? nil
      }
      #expect(error?.code == .cancelled && error?.status == nil)
    }
  }

  @Test("a Spotify that isn't there is unavailable, for the API and for tokens")
  func nobody() async throws {
    let port = try FreePort.find()
    try await onReactor { reactor in
      let client = try HTTPClient(
        reactor: reactor, configuration: HTTPClient.Configuration(userAgent: "tests/1"))
      defer { client.close() }
      let configuration = Spotify.configuration(base: "http://127.0.0.1:\(port)", secret: "s", scopes: [])
      let api = SpotifyClient(client: client, configuration: configuration, admission: .unlimited)
      let accounts = SpotifyAccounts(client: client, configuration: configuration, admission: .unlimited)
      let profile = await spotifyError { () async throws(SpotifyError) in
        try await api.profile(token: SecretBytes(copying: "t".utf8))
      }
      let token = await spotifyError { () async throws(SpotifyError) in try await accounts.appToken() }
      #expect(profile?.code == .unavailable && token?.code == .unavailable)
      #expect(profile?.status == nil)
    }
  }
}
