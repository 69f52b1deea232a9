import Foundation
import TestSupport
import Testing

/// The command line, the configuration and the start.
@Suite struct ProgramTests {
  @Test func `help, version and keys answer without any configuration`() async throws {
    let help = try await BuiltProgram.run(["help"])
    #expect(help.code == 0)
    for command in [
      "serve", "worker", "all", "migrate", "doctor", "ready", "quota", "keys generate", "version",
    ] {
      #expect(help.output.contains(command))
      let words = command.split(separator: " ").map(String.init)
      let topic = try await BuiltProgram.run(words + ["--help"])
      #expect(topic.code == 0 && topic.output.hasPrefix("usage: cratekeeper \(command)"), "\(command)")
    }
    #expect(try await BuiltProgram.run([]).output == help.output)
    let version = try await BuiltProgram.run(["version"])
    #expect(version.code == 0 && version.output.hasPrefix("cratekeeper "))
    let keys = [
      try await BuiltProgram.run(["keys", "generate"]), try await BuiltProgram.run(["keys", "generate"]),
    ]
    #expect(keys[0].code == 0 && keys[0].output != keys[1].output)
    let parts = keys[0].output.trimmingCharacters(in: .newlines).split(separator: ":", maxSplits: 1)
    #expect(parts.count == 2 && Data(base64Encoded: String(parts[1]))?.count == 32)
  }

  @Test(arguments: [
    ["dance"], ["serve", "twice"], ["keys"], ["keys", "melt"], ["help", "dance"], ["--serve"],
    ["doctor", "--xml"],
  ])
  func `What it can't understand ends with 2 and a way out`(_ words: [String]) async throws {
    let run = try await BuiltProgram.run(words)
    #expect(run.code == 2 && run.output.isEmpty)
    #expect(run.errors.contains("cratekeeper help"))
  }

  @Test func `Every mistake of a configuration is told at once, and no secret with it`() async throws {
    let run = try await BuiltProgram.run(
      ["serve"],
      [
        "DATABASE_URL": "mysql://root:sesame@db/x", "REDIS_URL": "rediss://:sesame@cache:1",
        "LISTEN": "everywhere",
        "OPS_LISTEN": "127.0.0.1:99999", "PUBLIC_URL": "crates.example", "TRUSTED_PROXIES": "my-proxy",
        "SPOTIFY_CLIENT_ID": "", "TOKEN_KEYS": "k1:sesame", "REACTORS": "0", "WORKER_CONCURRENCY": "many",
        "PAGES_IN_PARALLEL": "-1", "LOG_FORMAT": "xml", "LOG_LEVEL": "loud",
        "SPOTIFY_REDIRECT_URI": "http://localhost:8080/spotify/callback/", "SPOTIFY_SCOPES": "a;b",
        "SPOTIFY_API_URL": "ftp://x", "SPOTIFY_ACCOUNTS_URL": "accounts", "REDIS_NAMESPACE": "a b",
        "CATALOGUE_MAXIMUM_AGE": "1s", "CATALOGUE_WEEKS": "0", "ARTIST_PAUSE_SHORTEST": "7200",
        "ARTIST_PAUSE_LONGEST": "3600", "SPOTIFY_REFUSAL_SECONDS": "-", "SPOTIFY_PAGE_SIZE_SEARCH": "51",
        "STARTUP_PATIENCE_SECONDS": "-3", "SPOTIFY_LIMIT_30S": "1.5", "SPOTIFY_LIMIT_DAY": "-1",
        "SYNC_INTERVAL_SHORTEST": "3600", "SYNC_INTERVAL_LONGEST": "1800", "SYNC_INTERVAL_TRACKS": "900",
        "SYNC_INTERVAL_FOLLOWING": "daily", "LIMIT_SIGN_INS": "-1", "LIMIT_CHANGES": "sixty",
        "LIMIT_READS": "6,000", "LIMIT_AT_ONCE": "1.5", "LIMIT_LEASE_SECONDS": "0",
        "SESSION_IDLE_DAYS": "30", "SESSION_LONGEST_DAYS": "29",
      ])
    #expect(run.code == 2)
    let variables = [
      "DATABASE_URL", "REDIS_URL", "LISTEN", "OPS_LISTEN", "PUBLIC_URL", "TRUSTED_PROXIES",
      "SPOTIFY_CLIENT_ID",
      "SPOTIFY_CLIENT_SECRET", "TOKEN_KEYS", "REACTORS", "WORKER_CONCURRENCY", "PAGES_IN_PARALLEL",
      "LOG_FORMAT",
      "LOG_LEVEL", "SPOTIFY_REDIRECT_URI", "SPOTIFY_SCOPES", "SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL",
      "REDIS_NAMESPACE", "CATALOGUE_MAXIMUM_AGE", "CATALOGUE_WEEKS", "ARTIST_PAUSE_LONGEST",
      "SPOTIFY_REFUSAL_SECONDS", "SPOTIFY_PAGE_SIZE_SEARCH", "STARTUP_PATIENCE_SECONDS", "SPOTIFY_LIMIT_30S",
      "SPOTIFY_LIMIT_DAY", "SYNC_INTERVAL_LONGEST", "SYNC_INTERVAL_TRACKS", "SYNC_INTERVAL_FOLLOWING",
      "LIMIT_SIGN_INS", "LIMIT_CHANGES", "LIMIT_READS", "LIMIT_AT_ONCE", "LIMIT_LEASE_SECONDS",
      "SESSION_LONGEST_DAYS",
    ]
    for variable in variables { #expect(run.errors.contains("  \(variable): "), "\(variable) is not told") }
    #expect(run.errors.contains("\(variables.count) mistakes"))
    #expect(!run.errors.contains("sesame"))
    #expect(run.errors.contains("Spotify refuses `localhost`; use the number"))
    #expect(run.errors.contains("use id:key as `cratekeeper keys generate` prints it"))
  }

  @Test(arguments: [
    "10.0.0.0/64", "10.0.0", "cafe", "::1/129", "10.0.0.1/", "192.0.2.1,fd00::/8,10.0.0.0/33",
  ])
  func `A proxy that would be trusted in vain is a mistake`(_ text: String) async throws {
    let wrong = text.split(separator: ",").last ?? ""
    let run = try await BuiltProgram.run(["serve"], ["TRUSTED_PROXIES": text])
    #expect(run.code == 2 && run.errors.contains("TRUSTED_PROXIES: \(wrong) is no address or network; use"))
    let right = try await BuiltProgram.run(
      ["serve"], ["TRUSTED_PROXIES": "127.0.0.1, ::1,10.0.0.0/8,fd00::/8,::ffff:192.0.2.0/120"])
    #expect(right.code == 2 && !right.errors.contains("TRUSTED_PROXIES"))
  }

  @Test(arguments: ["LISTEN", "OPS_LISTEN"])
  func `An address that somebody has is told, and nothing is shared`(_ variable: String) async throws {
    try await withWorld { world in
      let (taken, port) = try FreePort.listen()
      defer { close(taken) }
      let service = try world.launch(.all, [variable: "127.0.0.1:\(port)"])
      #expect(await service.process.ended() == 1)
      #expect(service.process.errors.contains("\(variable) 127.0.0.1:\(port) can't be listened on"))
    }
  }

  @Test func `A second one on the same address is refused, too`() async throws {
    try await withWorld { world in
      let first = try await world.start(.serve)
      let second = try world.launch(.serve, ["LISTEN": "127.0.0.1:\(first.port)"])
      #expect(await second.process.ended() == 1)
      #expect(second.process.errors.contains("LISTEN 127.0.0.1:\(first.port)"))
      #expect(try await world.browser(at: first).get("/healthz").status == 200)
    }
  }

  @Test func `A database that wasn't migrated is refused with what to do`() async throws {
    try await withWorld {
      $0.isMigrated = false
    } _: { world in
      for part in [World.Part.serve, .worker] {
        let service = try world.launch(part)
        #expect(await service.process.ended() == 1)
        #expect(service.process.errors.contains("cratekeeper migrate"), "\(service.process.errors)")
      }
      let migrations = [
        try await BuiltProgram.run(["migrate"], world.environment),
        try await BuiltProgram.run(["migrate"], world.environment),
      ]
      #expect(migrations.map(\.code) == [0, 0])
      #expect(migrations[0].output.contains("applied 0001"))
      #expect(migrations[1].output.contains("nothing to do"))
      let service = try await world.start(.serve)
      #expect(try await world.browser(at: service).get("/readyz").status == 200)
    }
  }

  @Test func `Two that migrate at once: one does it, the other finds it done`() async throws {
    try await withWorld {
      $0.isMigrated = false
    } _: { world in
      let environment = world.environment
      async let one = BuiltProgram.run(["migrate"], environment)
      async let two = BuiltProgram.run(["migrate"], environment)
      let outputs = try await [one, two]
      #expect(outputs.map(\.code) == [0, 0], "\(outputs.map(\.errors))")
      #expect(outputs.filter { $0.output.contains("nothing to do") }.count == 1)
    }
  }

  @Test func `A database that is newer than the program is refused, also while it runs`() async throws {
    try await withWorld { world in
      let running = try await world.start(.serve)
      _ = try await world.rows("INSERT INTO schema_migration (version, name) VALUES (9999, 'tomorrow')")
      for part in [World.Part.serve, .worker] {
        let service = try world.launch(part)
        #expect(await service.process.ended() == 1)
        #expect(service.process.errors.contains("9999") && service.process.errors.contains("newer"))
      }
      let migration = try await BuiltProgram.run(["migrate"], world.environment)
      #expect(migration.code == 1 && migration.errors.contains("newer"))
      let ready = try await world.browser(at: running).get("/readyz")
      #expect(ready.status == 503 && ready.json["migrations"].string == "newer_than_program")
    }
  }

  @Test func `Somebody asks whether a process can work, and is told by an exit code`() async throws {
    try await withWorld { world in
      let worker = try await world.start(.worker)
      let port = worker.operations.split(separator: ":").last!
      let own = try await BuiltProgram.run(["ready"], ["OPS_LISTEN": "127.0.0.1:\(port)"])
      #expect(own.code == 0 && own.output.contains(#""postgres":"ok""#), "\(own)")
      let everywhere = try await BuiltProgram.run(["ready"], ["OPS_LISTEN": "0.0.0.0:\(port)"])
      #expect(everywhere.code == 0, "\(everywhere)")
      _ = try await world.rows("INSERT INTO schema_migration (version, name) VALUES (9999, 'tomorrow')")
      let outdated = try await BuiltProgram.run(["ready"], ["OPS_LISTEN": "127.0.0.1:\(port)"])
      #expect(outdated.code == 1 && outdated.output.isEmpty && outdated.errors.contains("newer_than_program"))
      await worker.process.kill9()
      let nobody = try await BuiltProgram.run(["ready"], ["OPS_LISTEN": "127.0.0.1:\(port)"])
      #expect(nobody.code == 1 && nobody.errors.contains("no answer"))
      #expect(try await BuiltProgram.run(["ready"], ["OPS_LISTEN": "nowhere"]).code == 2)
    }
  }

  @Test func `A key that stored tokens need and TOKEN_KEYS lacks is refused by its name`() async throws {
    try await withWorld { world in
      let service = try await world.start(.serve)
      let mira = world.browser(at: service)
      try await mira.signIn(as: "mira")
      let other = Data(repeating: 7, count: 32).base64EncodedString()
      for part in [World.Part.serve, .worker, .all] {
        let stranger = try world.launch(part, ["TOKEN_KEYS": "k2:\(other)"])
        #expect(await stranger.process.ended() == 1)
        #expect(stranger.process.errors.contains("keys that TOKEN_KEYS lacks: k1; put them back"))
      }
      #expect(world.simulator.counts.count(.savedTracks) == 0)
      // Both keys: the new one seals, the old one opens.
      _ = try await world.start(.worker, ["TOKEN_KEYS": "k2:\(other),k1:\(world.tokenKey)"])
      #expect(try await mira.newestRun(in: world)["status"].string == "succeeded")
    }
  }

  @Test func `Another key under the id of the one that stored tokens need is refused by that id`()
    async throws
  {
    try await withWorld { world in
      let service = try await world.start(.serve)
      try await world.browser(at: service).signIn(as: "mira")
      let users = try await world.addGrants(5, under: world.firstKey)
      let other = Data(repeating: 7, count: 32).base64EncodedString()
      for keys in ["k1:\(other)", "k2:\(world.tokenKey),k1:\(other)"] {
        let stranger = try world.launch(.all, ["TOKEN_KEYS": keys])
        #expect(await stranger.process.ended() == 1)
        #expect(
          stranger.process.errors.contains(
            "another key than the one that sealed the tokens under this id: k1;"),
          "\(stranger.process.errors)")
        #expect(!stranger.process.errors.contains(other))
      }
      #expect(world.simulator.counts.count(.savedTracks) == 0)
      // Nor is anybody deceived by who has signed in under it meanwhile.
      let deceived = try await world.addGrants(5, under: Key(id: "k1", base64: other))
      let again = try world.launch(.serve, ["TOKEN_KEYS": "k1:\(other)"])
      #expect(await again.process.ended() == 1)
      // A row that is damaged stops nobody.
      _ = try await world.rows(
        """
        UPDATE spotify_grant
        SET access_token = set_byte(access_token, 40, get_byte(access_token, 40) # 1),
            refresh_token = set_byte(refresh_token, 40, get_byte(refresh_token, 40) # 1)
        WHERE user_id = \(users[0]) OR user_id = (SELECT min(user_id) FROM spotify_grant)
        """)
      _ = try await world.start(.serve)
      // Nor does it when a rotation has left it alone under the old key.
      _ = try await world.rows("DELETE FROM spotify_grant WHERE user_id = ANY (\(deceived))")
      let new = Key()
      #expect(try await world.keys("rotate", new, world.firstKey).code == 1)
      let left = try await world.start(.serve, ["TOKEN_KEYS": "\(new.entry),\(world.firstKey.entry)"])
      try await left.process.wait(for: "none of the few stored tokens that name this key opens: k1")
      let mistaken = try world.launch(.serve, ["TOKEN_KEYS": "\(new.id):\(other),\(world.firstKey.entry)"])
      #expect(await mistaken.process.ended() == 1)
    }
  }
}
