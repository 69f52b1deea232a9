import PostgreSQL
import TestSupport
import Testing

/// What the service becomes after connecting must not be above the policies; what connects may be.
@Suite struct MightyRoleTests {
  private struct Power: Sendable {
    let grant: String
    let revoke: String
    /// What is said of it.
    let words: String
  }

  /// By what it is.
  private static let ranks = [
    Power(
      grant: "ALTER ROLE cratekeeper_service SUPERUSER", revoke: "ALTER ROLE cratekeeper_service NOSUPERUSER",
      words: "it is a superuser"),
    Power(
      grant: "ALTER ROLE cratekeeper_service BYPASSRLS", revoke: "ALTER ROLE cratekeeper_service NOBYPASSRLS",
      words: "it has BYPASSRLS"),
    Power(
      grant: "ALTER ROLE cratekeeper_service CREATEROLE",
      revoke: "ALTER ROLE cratekeeper_service NOCREATEROLE",
      words: "it has CREATEROLE"),
    Power(
      grant: "ALTER ROLE cratekeeper_service REPLICATION",
      revoke: "ALTER ROLE cratekeeper_service NOREPLICATION", words: "it has REPLICATION"),
    Power(
      grant: "ALTER TABLE cratekeeper.saved_track OWNER TO cratekeeper_service",
      revoke: "ALTER TABLE cratekeeper.saved_track OWNER TO postgres", words: "it owns tables"),
    // The owner of the tables here.
    Power(
      grant: "GRANT postgres TO cratekeeper_service", revoke: "REVOKE postgres FROM cratekeeper_service",
      words: "it belongs to postgres, which is a superuser; it belongs to postgres, which owns tables"),
    // Not inherited, and over two corners: it could still become it.
    Power(
      grant: """
        CREATE ROLE above NOLOGIN BYPASSRLS; CREATE ROLE between NOLOGIN NOINHERIT IN ROLE above;
        ALTER ROLE cratekeeper_service NOINHERIT; GRANT between TO cratekeeper_service
        """,
      revoke: "DROP ROLE between; DROP ROLE above; ALTER ROLE cratekeeper_service INHERIT",
      words: "it belongs to above, which has BYPASSRLS"),
    Power(
      grant: """
        CREATE ROLE keeper NOLOGIN; GRANT keeper TO cratekeeper_service;
        ALTER TABLE cratekeeper.session OWNER TO keeper
        """,
      revoke: "ALTER TABLE cratekeeper.session OWNER TO postgres; DROP ROLE keeper",
      words: "it belongs to keeper, which owns tables"),
    Power(
      grant: "GRANT pg_read_server_files TO cratekeeper_service",
      revoke: "REVOKE pg_read_server_files FROM cratekeeper_service",
      words: "it belongs to pg_read_server_files, which reaches the server's files"),
  ]

  /// By what it may do in the schema, and by what the schema lets everybody do.
  private static let rights = [
    // A policy without USING lets others' rows in.
    Power(
      grant: """
        DROP POLICY own_rows ON cratekeeper.playlist;
        CREATE POLICY own_rows ON cratekeeper.playlist WITH CHECK (true)
        """,
      revoke: """
        DROP POLICY own_rows ON cratekeeper.playlist;
        ALTER TABLE cratekeeper.playlist DISABLE ROW LEVEL SECURITY;
        CALL cratekeeper.isolate_by_user('cratekeeper.playlist')
        """,
      words: "it meets other policies than own_rows on playlist"),
    Power(
      grant: "GRANT TRUNCATE ON cratekeeper.sync_run TO cratekeeper_service",
      revoke: "REVOKE TRUNCATE ON cratekeeper.sync_run FROM cratekeeper_service",
      words: "it may TRUNCATE tables"),
    // An operator or a trigger of the role's own would be run by functions that act as the tables' owner.
    Power(
      grant: "GRANT CREATE ON SCHEMA cratekeeper TO cratekeeper_service",
      revoke: "REVOKE CREATE ON SCHEMA cratekeeper FROM cratekeeper_service",
      words: "it may CREATE in a schema that functions of the owner search"),
    Power(
      grant: "GRANT CREATE ON SCHEMA pg_catalog TO PUBLIC",
      revoke: "REVOKE CREATE ON SCHEMA pg_catalog FROM PUBLIC",
      words: "it may CREATE in a schema that functions of the owner search"),
    Power(
      grant: """
        CREATE ROLE builder NOLOGIN; GRANT CREATE ON SCHEMA cratekeeper TO builder;
        ALTER ROLE cratekeeper_service NOINHERIT; GRANT builder TO cratekeeper_service
        """,
      revoke: "DROP OWNED BY builder; DROP ROLE builder; ALTER ROLE cratekeeper_service INHERIT",
      words: "it belongs to builder, which may CREATE in a schema"),
    Power(
      grant: "GRANT TRIGGER ON cratekeeper.track TO cratekeeper_service",
      revoke: "REVOKE TRIGGER ON cratekeeper.track FROM cratekeeper_service",
      words: "it may put a TRIGGER on tables"),
    // A foreign key of the role's own tells whether a hash is there.
    Power(
      grant: "GRANT REFERENCES (token_hash) ON cratekeeper.session TO cratekeeper_service",
      revoke: "REVOKE REFERENCES (token_hash) ON cratekeeper.session FROM cratekeeper_service",
      words: "it has REFERENCES on tables"),
    // Who changes owners changes grants, too.
    Power(
      grant: "ALTER SCHEMA cratekeeper OWNER TO cratekeeper_service",
      revoke: """
        ALTER SCHEMA cratekeeper OWNER TO postgres; GRANT USAGE ON SCHEMA cratekeeper TO cratekeeper_service
        """,
      words: "it owns the schema"),
    Power(
      grant: "ALTER FUNCTION cratekeeper.uuid_v7 OWNER TO cratekeeper_service",
      revoke: """
        ALTER FUNCTION cratekeeper.uuid_v7 OWNER TO postgres;
        GRANT EXECUTE ON FUNCTION cratekeeper.uuid_v7 TO cratekeeper_service
        """,
      words: "it owns functions, types or the like"),
    Power(
      grant:
        "CREATE SEQUENCE cratekeeper.count; ALTER SEQUENCE cratekeeper.count OWNER TO cratekeeper_service",
      revoke: "DROP SEQUENCE cratekeeper.count", words: "it owns functions, types or the like"),
    Power(
      grant: "ALTER TABLE cratekeeper.playlist DISABLE ROW LEVEL SECURITY",
      revoke: "ALTER TABLE cratekeeper.playlist ENABLE ROW LEVEL SECURITY",
      words: "it meets no policy on playlist"),
    Power(
      grant: "ALTER POLICY own_rows ON cratekeeper.playlist USING (true)",
      revoke: """
        DROP POLICY own_rows ON cratekeeper.playlist; CALL cratekeeper.isolate_by_user('cratekeeper.playlist')
        """,
      words: "it meets other policies than own_rows on playlist"),
    Power(
      grant: "CREATE POLICY beside ON cratekeeper.session FOR SELECT USING (true)",
      revoke: "DROP POLICY beside ON cratekeeper.session",
      words: "it meets other policies than own_rows on session"),
  ]

  @Test func `Nothing is served by a role that could bypass the policies, however it comes by that`()
    async throws
  {
    try await MightyRoleTests.refuse(MightyRoleTests.ranks)
  }

  @Test func `Nothing is served by a role that may put something in the schema, nor past other policies`()
    async throws
  {
    try await MightyRoleTests.refuse(MightyRoleTests.rights)
  }

  private static func refuse(_ powers: [Power]) async throws {
    try await withWorld {
      $0.hasOwnPostgres = true
    } _: { world in
      // The superuser who connects is no reason.
      let running = try await world.start(.serve)
      let browser = world.browser(at: running)
      for power in powers {
        try await world.run(power.grant)
        let ready = try await browser.get("/readyz")
        // A process that isn't refused would never end.
        try #require(
          ready.status == 503 && ready.json["postgres"].string == "role_too_mighty", "\(power.grant)")
        let refused = try world.launch(.all)
        #expect(await refused.process.ended() == 1, "\(power.grant)")
        #expect(refused.process.errors.contains(power.words), "\(power.words): \(refused.process.errors)")
        let doctor = try await BuiltProgram.run(["doctor"], world.environment)
        #expect(doctor.output.contains(power.words), "\(doctor.output)")
        try await world.run(power.revoke)
      }
      #expect(try await browser.get("/readyz").status == 200)
      _ = try await world.start(.all)
    }
  }

  @Test func `A login of its own that may do nothing but become the service's role is enough`() async throws {
    try await withWorld {
      $0.hasOwnPostgres = true
    } _: { world in
      try await world.run("CREATE ROLE plain LOGIN IN ROLE cratekeeper_service")
      // Policies are read right however the server likes to write names.
      try await world.run(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database()); END $$"
      )
      let url = world.database.url.replacing("//postgres@", with: "//plain@")
      #expect(url != world.database.url)
      let mira = world.browser(at: try await world.start(.all, ["DATABASE_URL": url]))
      try await mira.signIn(as: "mira")
      #expect(try await mira.newestRun(in: world)["status"].string == "succeeded")
      #expect(try await mira.delete("/api/me/").status == 200)
    }
  }
}

extension World {
  /// Runs statements that are put together by the test, as somebody who may do all.
  fileprivate func run(_ script: String) async throws { _ = try await rows(SQL(trustedScript: script)) }
}
