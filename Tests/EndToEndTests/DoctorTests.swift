import Foundation
import PostgreSQL
import SpotifySimulator
import TestSupport
import Testing

@testable import cratekeeper

/// What `cratekeeper doctor` finds, and what it says to do.
@Suite struct DoctorTests {
  private static let checks = [
    "configuration", "redirect address", "public address", "clock", "Postgres", "Postgres' settings",
    "Postgres' schema", "Postgres' role", "Redis", "Redis' persistence", "key ring", "keys in use",
    "Spotify's accounts", "Spotify's API", "app credentials", "new releases", "search pages", "album pages",
  ]

  @Test func `Where all is well it says so, line by line, and ends with 0`() async throws {
    try await withWorld { world in
      let run = try await BuiltProgram.run(["doctor"], try await world.tidyEnvironment())
      #expect(run.code == 0, "\(run.output)\(run.errors)")
      let lines = run.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.dropLast()
      #expect(lines.count == Self.checks.count)
      for (line, check) in zip(lines, Self.checks) {
        let verdict = line.dropFirst(20).prefix(11).trimmingCharacters(in: .whitespaces)
        // The tests' server may give up durability for speed.
        let isRight = verdict == "ok" || (check == "Postgres' settings" && verdict == "warning")
        #expect(line.hasPrefix("\(check) ") && isRight, "\(line)")
      }
      #expect(run.output.contains("  \(world.publicURL)/spotify/callback/\n"))
      #expect(run.output.contains("this app gets 10 of results at once"))
      #expect(run.output.hasSuffix("; 6 requests to Spotify\n"))
      #expect(!run.output.contains("\u{1B}"))
      let secrets = world.simulator.tokens + [world.tokenKey, "cratekeeper-demo-secret"]
      #expect(secrets.count > 2 && !secrets.contains { run.output.contains($0) || run.errors.contains($0) })
    }
  }

  @Test func `Where nothing is configured it lists what is missing and checks the rest`() async throws {
    try await withWorld { world in
      // Nothing of this machine's own is to be met; where things are is all that is said.
      let nowhere = try FreePort.find()
      let run = try await BuiltProgram.run(
        ["doctor"],
        [
          "DATABASE_URL": "postgres://someone:sesame@127.0.0.1:\(nowhere)/x",
          "REDIS_URL": "redis://:sesame@127.0.0.1:\(nowhere)/0",
          "SPOTIFY_API_URL": world.simulator.apiURL, "SPOTIFY_ACCOUNTS_URL": world.simulator.accountsURL,
        ])
      #expect(run.code == 1)
      for variable in ["TOKEN_KEYS", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"] {
        #expect(
          run.output.contains("configuration       problem      \(variable) is not set\n"), "\(run.output)")
      }
      #expect(run.output.contains("→ make one with `cratekeeper keys generate`"))
      #expect(run.output.contains("http://127.0.0.1:8080/spotify/callback/"))
      #expect(run.output.contains("keys in use         not checked  TOKEN_KEYS is missing or wrong"))
      #expect(run.output.contains("app credentials     not checked  SPOTIFY_CLIENT_ID is missing or wrong"))
      #expect(run.output.contains("Postgres            problem      127.0.0.1:\(nowhere)/x can't be asked"))
      #expect(run.output.contains("Postgres' role      not checked  no database"))
      #expect(run.output.contains("Redis               problem      127.0.0.1:\(nowhere)/0 can't be asked"))
      #expect(run.output.contains("Spotify's API       ok"))
      #expect(!run.output.contains("sesame") && run.errors.isEmpty)
    }
  }

  @Test func `Machines read it as JSON`() async throws {
    try await withWorld { world in
      let run = try await BuiltProgram.run(["doctor", "--json"], try await world.tidyEnvironment())
      #expect(run.code == 0)
      let json = JSONValue(Array(run.output.utf8))
      #expect(json["findings"].array.compactMap(\.["check"].string) == Self.checks)
      #expect(json["findings"][0]["verdict"].string == "ok" && json["requests_to_spotify"].int == 6)
    }
  }

  @Test func `Mistakes are all told, and what doesn't need them is checked`() async throws {
    let found = try await findings([
      "DATABASE_URL": "mysql://root:sesame@db/x", "REDIS_URL": "rediss://:sesame@cache:1",
      "TOKEN_KEYS": "k1:sesame", "SPOTIFY_API_URL": "ftp://x", "PUBLIC_URL": "crates.example",
      "SPOTIFY_CLIENT_ID": "x", "SPOTIFY_CLIENT_SECRET": "sesame",
    ])
    #expect(found.count { $0.check == "configuration" && $0.verdict == .problem } == 5)
    for check in Self.checks.dropFirst() {
      #expect(found.contains { $0.check == check && $0.verdict == .notChecked }, "\(check)")
    }
    #expect(!found.contains { $0.message.contains("sesame") || $0.advice.joined().contains("sesame") })
  }

  @Test(arguments: [
    (
      ["LISTEN": "127.0.0.1:9000"], "redirect address", Finding.Verdict.ok,
      "http://127.0.0.1:9000/spotify/callback/"
    ),
    (["PUBLIC_URL": "http://music.example.org"], "configuration", .problem, "SPOTIFY_REDIRECT_URI"),
    (["PUBLIC_URL": "http://music.example.org"], "redirect address", .notChecked, "SPOTIFY_REDIRECT_URI"),
    (["PUBLIC_URL": "https://music.example.org"], "public address", .warning, "no proxy is believed"),
    (
      ["PUBLIC_URL": "https://music.example.org", "TRUSTED_PROXIES": "127.0.0.1"], "public address", .ok,
      "https://music.example.org"
    ),
    (["LISTEN": "0.0.0.0:8080"], "public address", .warning, "without TLS"),
    (
      ["LISTEN": "127.0.0.1:9000", "PUBLIC_URL": "http://127.0.0.1:8080"], "public address", .warning,
      "another port"
    ),
    (
      ["SPOTIFY_REDIRECT_URI": "https://other.example.org/spotify/callback/"], "redirect address", .problem,
      "doesn't lead back"
    ),
    (
      ["SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/elsewhere/"], "redirect address", .problem,
      "doesn't lead back"
    ),
    (
      ["SPOTIFY_REDIRECT_URI": "http://127.0.0.1:8080/auth/callback/"], "redirect address", .ok,
      "/auth/callback/"
    ),
  ])
  func `Addresses are judged together`(
    _ environment: [String: String], _ check: String, _ verdict: Finding.Verdict, _ words: String
  ) throws {
    let rest = [
      "TOKEN_KEYS": "k1:" + Data(repeating: 1, count: 32).base64EncodedString(), "SPOTIFY_CLIENT_ID": "x",
      "SPOTIFY_CLIENT_SECRET": "y",
    ]
    let diagnosis = try Diagnosis(environment: environment.merging(rest) { $1 })
    let found = (diagnosis.findings + AddressCheck(diagnosis: diagnosis).findings).filter {
      $0.check == check
    }
    #expect(found.map(\.verdict) == [verdict])
    #expect(found.first.map { ($0.message + $0.advice.joined()).contains(words) } == true, "\(found)")
  }

  @Test func `A clock that is off is a problem`() async throws {
    try await withWorld { world in
      let now: @Sendable () -> Date = { Date().addingTimeInterval(120) }
      let report = try await Doctor(environment: world.environment, now: now).examine(on: world.reactor)
      let clock = try #require(report.findings.first { $0.check == "clock" })
      #expect(clock.verdict == .problem && report.hasProblem)
      #expect(clock.message.contains("ahead of Spotify's") && clock.message.contains("ahead of Postgres'"))
      #expect(clock.advice[0].contains("this machine"))
    }
    let now = Date()
    let right = ClockOffset(of: now, began: now, ended: now)
    let wrong = ClockOffset(of: now.addingTimeInterval(31), began: now, ended: now)
    let postgres = ClockCheck(spotify: right, postgres: wrong).finding
    #expect(postgres.verdict == .problem && postgres.advice[0].contains("Postgres' machine"))
    #expect(ClockCheck(spotify: right, postgres: right).finding.verdict == .ok)
    #expect(ClockCheck(spotify: nil, postgres: nil).finding.verdict == .notChecked)
    let epoch = Date(timeIntervalSince1970: 784_111_777)
    let read = ClockOffset(header: "Sun, 06 Nov 1994 08:49:37 GMT", began: epoch, ended: epoch)
    #expect(read?.seconds == 0.5)
    #expect(ClockOffset(header: "yesterday", began: epoch, ended: epoch) == nil)
  }

  @Test func `A database that wasn't migrated, is behind or ahead is told with what to do`() async throws {
    try await withWorld {
      $0.isMigrated = false
    } _: { world in
      let found = try await findings(world.environment, on: world)
      let schema = try #require(found["Postgres' schema"])
      #expect(schema.verdict == .problem && schema.advice[0].contains("`cratekeeper migrate`"))
      #expect(found["keys in use"]?.verdict == .notChecked && found["Postgres"]?.verdict == .ok)
    }
    try await withWorld { world in
      _ = try await world.rows("INSERT INTO schema_migration (version, name) VALUES (9999, 'tomorrow')")
      let ahead = try #require(try await findings(world.environment, on: world)["Postgres' schema"])
      #expect(ahead.verdict == .problem && ahead.advice == ["run the newer program"])
      _ = try await world.rows("DELETE FROM schema_migration WHERE version > 1")
      let behind = try #require(try await findings(world.environment, on: world)["Postgres' schema"])
      #expect(behind.verdict == .problem && behind.message.contains("migration 1 of"))
    }
  }

  @Test func `A role that could do too much or too little is told`() async throws {
    try await withWorld { world in
      // The tests connect as a superuser.
      let superuser = try #require(try await findings(world.environment, on: world)["Postgres' role"])
      #expect(superuser.verdict == .warning && superuser.message.contains("is a superuser"))

      let stranger = try await world.login()
      var environment = world.environment
      environment["DATABASE_URL"] = stranger
      let found = try await findings(environment, on: world)
      #expect(found["Postgres' role"]?.verdict == .problem)
      #expect(found["Postgres' role"]?.advice[0].contains("GRANT cratekeeper_service TO") == true)
      #expect(found["Postgres' schema"]?.verdict == .notChecked)

      _ = try await world.rows("ALTER TABLE session OWNER TO cratekeeper_service")
      let owner = try #require(try await findings(world.environment, on: world)["Postgres' role"])
      #expect(owner.verdict == .problem && owner.message.contains("owns tables"))
    }
  }

  @Test func `A Redis that forgets is a warning, one that refuses the password a problem`() async throws {
    try await withWorld {
      $0.ownRedis = ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]
    } _: { world in
      let persistence = try #require(try await findings(world.environment, on: world)["Redis' persistence"])
      #expect(persistence.verdict == .warning)
      #expect(persistence.message.contains("appendonly no") && persistence.message.contains("allkeys-lru"))
      #expect(persistence.advice[0].contains("appendonly yes"))
    }
    try await PrivateRedis.with(["--requirepass", "right"]) { redis in
      try await withWorld { world in
        var environment = world.environment
        environment["REDIS_URL"] = redis.url.replacing("redis://", with: "redis://:sesame@")
        let found = try await findings(environment, on: world)
        #expect(found["Redis"]?.verdict == .problem && found["Redis"]?.advice[0].contains("password") == true)
        #expect(found["Redis' persistence"]?.verdict == .notChecked)
        #expect(!found.values.contains { $0.message.contains("sesame") })
      }
    }
  }

  @Test func `Keys that stored tokens need and the ring lacks are named`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      try await world.browser(at: service).signIn(as: "mira")
      let used = try #require(try await findings(world.environment, on: world)["keys in use"])
      #expect(used.verdict == .ok && used.message == "k1")
      let other = Data(repeating: 7, count: 32).base64EncodedString()
      var environment = world.environment
      environment["TOKEN_KEYS"] = "k2:\(other)"
      let missing = try #require(try await findings(environment, on: world)["keys in use"])
      #expect(missing.verdict == .problem && missing.message.hasSuffix("lacks: k1"))
      environment["TOKEN_KEYS"] = "k1:\(other)"
      let stranger = try #require(try await findings(environment, on: world)["keys in use"])
      #expect(stranger.verdict == .problem && stranger.message.hasSuffix("under this id: k1"))
      environment["TOKEN_KEYS"] = "k1:\(world.tokenKey),k2:\(other)"
      let spare = try #require(try await findings(environment, on: world)["keys in use"])
      #expect(spare.verdict == .ok && spare.message == "k1; no token needs k2")
      // A damaged row hides nothing.
      _ = try await world.rows(#"UPDATE spotify_grant SET access_token = '\x01ff00ff'"#)
      let damaged = try #require(try await findings(environment, on: world)["keys in use"])
      #expect(damaged.verdict == .problem)
    }
  }

  @Test func `Credentials that Spotify refuses are told with where to find the right ones`() async throws {
    try await withWorld { world in
      var environment = world.environment
      environment["SPOTIFY_CLIENT_SECRET"] = "sesame"
      let found = try await findings(environment, on: world)
      let credentials = try #require(found["app credentials"])
      #expect(credentials.verdict == .problem && credentials.message.contains("Invalid client secret"))
      #expect(credentials.advice[0].contains("https://developer.spotify.com/dashboard"))
      #expect(found["Spotify's API"]?.verdict == .ok && found["new releases"]?.verdict == .notChecked)
      #expect(!found.values.contains { $0.message.contains("sesame") })
    }
  }

  @Test func `What an app may call is found out by trying`() async throws {
    try await withWorld { world in
      let development = try await findings(world.environment, on: world)
      #expect(development["new releases"]?.message.contains("may not browse") == true)
      #expect(development["album pages"]?.message.contains("gets 10 of") == true)
      world.simulator.setMode(.extended)
      let extended = try await findings(world.environment, on: world)
      #expect(extended["new releases"]?.message.contains("may browse") == true)
      #expect(extended["album pages"]?.message.contains("gets 50 of") == true)
      #expect(extended["search pages"]?.message.contains("gets 50 of") == true)
      world.simulator.add(Fault(.quotaExceeded, path: "/v1/search", times: 0))
      let parked = try #require(try await findings(world.environment, on: world)["search pages"])
      #expect(parked.verdict == .warning && parked.advice[0].contains("48925 s"))
      // Nothing is remembered: that is for the service.
      #expect(try await world.count("SELECT count(*) FROM app_capability") == 0)
    }
  }

  @Test func `A Spotify that is away is a problem, and so is one that never answers`() async throws {
    try await withWorld { world in
      let (silent, port) = try FreePort.listen()
      defer { close(silent) }
      for place in ["http://127.0.0.1:\(try FreePort.find())", "http://127.0.0.1:\(port)"] {
        var environment = world.environment
        environment["SPOTIFY_API_URL"] = place + "/v1"
        environment["SPOTIFY_ACCOUNTS_URL"] = place
        let began = ContinuousClock.now
        let found = try await findings(environment, on: world, patience: .milliseconds(300))
        #expect(ContinuousClock.now - began < .seconds(10))
        for check in ["Spotify's accounts", "Spotify's API", "app credentials"] {
          #expect(found[check]?.verdict == .problem, "\(check) \(place)")
        }
        #expect(found["album pages"]?.verdict == .notChecked)
      }
    }
  }

  @Test func `A Postgres and a Redis that never answer take no longer than they may`() async throws {
    try await withWorld { world in
      let (silent, port) = try FreePort.listen()
      defer { close(silent) }
      var environment = world.environment
      environment["DATABASE_URL"] = "postgres://someone@127.0.0.1:\(port)/x"
      environment["REDIS_URL"] = "redis://127.0.0.1:\(port)/0"
      let found = try await findings(environment, on: world, patience: .milliseconds(300))
      #expect(found["Postgres"]?.verdict == .problem && found["Redis"]?.verdict == .problem)
      #expect(found["clock"]?.message == "within a second of Spotify's")
    }
  }
}

private func findings(_ environment: [String: String]) async throws -> [Finding] {
  try await onReactor { try await Doctor(environment: environment).examine(on: $0).findings }
}

/// By check: of several the last.
private func findings(
  _ environment: [String: String], on world: World, patience: Duration = .seconds(5)
) async throws -> [String: Finding] {
  let report = try await Doctor(environment: environment, patience: patience).examine(on: world.reactor)
  return Dictionary(report.findings.map { ($0.check, $0) }) { $1 }
}

extension World {
  /// As it is meant to be: a login of the service's own, and both addresses on one port.
  fileprivate func tidyEnvironment() async throws -> [String: String] {
    var environment = environment
    environment["LISTEN"] = String(publicURL.dropFirst("http://".count))
    environment["DATABASE_URL"] = try await login(inRole: " IN ROLE cratekeeper_service")
    return environment
  }

  /// The database's address for a new role that may connect. Roles end with the throw-away server.
  fileprivate func login(inRole: String = "") async throws -> String {
    let name = "login_" + UUID().uuidString.replacing("-", with: "").lowercased()
    _ = try await rows(SQL(trustedScript: "CREATE ROLE \(name) LOGIN\(inRole)"))
    var parts = try #require(URLComponents(string: database.url))
    parts.user = name
    parts.password = nil
    return try #require(parts.string)
  }
}
