import Foundation
import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

/// Tokens are looked for everywhere, in every form that they may take by accident.
@Suite struct SecrecyTests {
  @Test func `No token is in a log, an answer, Redis or the database, in whatever form`() async throws {
    try await withWorld {
      $0.environment["LOG_LEVEL"] = "debug"
    } _: { world in
      let services = [try await world.start(.serve), try await world.start(.serve)]
      let worker = try await world.start(.worker)
      let (mira, noor) = (world.browser(at: services[0]), world.browser(at: services[1]))
      world.simulator.setRefreshAnswer(.new)
      // Everything that handles tokens: codes, first tokens, refreshed ones, refused ones, a crash.
      world.simulator.add(Fault(.truncated, group: .token), Fault(.status, group: .me, status: 500))
      _ = try? await mira.signIn(as: "mira")
      _ = try? await mira.signIn(as: "mira")
      try await mira.signIn(as: "mira")
      try await noor.signIn(as: "noor")
      _ = try await mira.newestRun(in: world)
      _ = try await noor.newestRun(in: world)
      _ = try await world.rows("UPDATE spotify_grant SET access_token_expires_at = now()")
      #expect(try await mira.post("/spotify/refresh/").status == 200)
      world.simulator.advanceClock(seconds: 3_600)
      world.simulator.add(Fault(.html, group: .savedTracks), Fault(.status, group: .savedTracks, status: 403))
      _ = try await mira.sync(in: world)
      _ = try await mira.sync(in: world)
      try world.simulator.revoke("noor", accessTokens: true)
      let waiting = try await noor.requestSync()
      _ = try await noor.run(waiting, on: world.reactor) { $0["status"].string == "waiting" }
      world.simulator.hold(.savedTracks)
      _ = try await mira.requestSync()
      try await world.simulator.waitUntilHeld(.savedTracks)
      let begun = try await world.browser(at: services[0]).authorizePage()
      await worker.process.kill9()

      let tokens = world.simulator.tokens
      #expect(tokens.count >= 8, "there is too little to look for")
      let sessions = try [#require(mira.cookies["session"]), #require(noor.cookies["session"])]
      let keys = [world.tokenKey, "cratekeeper-demo-secret"]
      let verifiers = try await world.redisTexts().filter { $0.contains("verifier") }
      #expect(!verifiers.isEmpty && begun.contains("state="), "a sign-in that is under way was to be there")

      let logs = world.written
      #expect(logs.joined().utf8.count > 2_000)
      Canary.search(for: tokens + sessions + keys, in: logs, "a log")
      Canary.search(for: tokens + keys, in: mira.received + noor.received, "an answer")
      let redis = try await world.redisTexts()
      #expect(redis.contains { $0.contains("lease") })
      Canary.search(for: tokens + sessions + keys, in: redis, "Redis")
      let database = try await world.databaseTexts()
      #expect(database.count > 300)
      Canary.search(for: tokens + sessions + keys, in: database, "the database")
      // The search finds what is there.
      #expect(Canary.finds("mira", in: database) && Canary.finds("listening", in: logs))
    }
  }
}

/// Looks for a secret as it is, in hexadecimal, in Base64 at each of its three alignments, and as a URL has it.
private enum Canary {
  static func search(
    for secrets: [String], in texts: [String], _ place: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let whole = texts.joined(separator: "\n")
    let lower = whole.lowercased()
    for (number, secret) in secrets.enumerated() {
      for form in forms(of: secret) where whole.contains(form) || lower.contains(form) {
        Issue.record("secret \(number) is in \(place.rawValue)", sourceLocation: sourceLocation)
      }
    }
  }

  static func finds(_ word: String, in texts: [String]) -> Bool { texts.contains { $0.contains(word) } }

  static func forms(of secret: String) -> [String] {
    let bytes = Array(secret.utf8)
    var forms = [secret, Browser.escape(secret), bytes.map { String(format: "%02x", $0) }.joined()]
    for shift in 0..<3 where bytes.count > shift + 6 {
      let aligned = Array(bytes[shift...].prefix((bytes.count - shift) / 3 * 3))
      let base64 = Data(aligned).base64EncodedString()
      forms += [base64, base64.replacing("+", with: "-").replacing("/", with: "_")]
    }
    // A part gives it away as well: the middle has no claim that two tokens share.
    if bytes.count > 40 { forms.append(String(secret.dropFirst(8).prefix(24))) }
    return forms
  }
}

extension World {
  /// Every row of every table as text, binary columns in hexadecimal.
  fileprivate func databaseTexts() async throws -> [String] {
    let tables = try await rows(
      "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'cratekeeper' ORDER BY 1")
    var texts: [String] = []
    for table in tables {
      // The name comes from the server's own list; query_to_xml takes it where a statement can't.
      let name = try table.decode(0, as: String.self)
      let found = try await rows(
        "SELECT query_to_xml('SELECT t::text FROM cratekeeper.' || \(name) || ' AS t', true, true, '')::text")
      texts += try found[0].decode(0, as: String.self).split(separator: "\n").map(String.init)
    }
    return texts
  }
}
