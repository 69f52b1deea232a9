import Domain
import Foundation
import PostgreSQL
import Storage
import TestSupport
import Testing

@Suite("Isolation of one person's rows from another's")
struct IsolationTests {
  @Test("every table with a user has the policy and is keyed by it, every view and function keeps to it")
  func rules() async throws {
    try await withServiceDatabase { db async throws in
      #expect(try await IsolationRules.unprotectedTables(db.owner) == [])
      #expect(try await IsolationRules.tablesKeyedOtherwise(db.owner) == [])
      #expect(try await IsolationRules.viewsOfTheOwner(db.owner) == [])
      #expect(try await IsolationRules.unsafeFunctions(db.owner) == [])
      #expect(
        try await Set(IsolationRules.userTables(db.owner)).isSuperset(of: [
          "api_token", "saved_track", "session", "spotify_grant", "staged_page", "sync_run", "user_account",
        ]))
    }
  }

  @Test("a new table, view or function that forgets it is found")
  func rulesCanFail() async throws {
    try await withServiceDatabase(isAltered: true) { db async throws in
      _ = try await db.owner.query(
        SQL(
          trustedScript: """
            CREATE TABLE forgotten (user_id bigint PRIMARY KEY);
            CREATE TABLE half (id bigint PRIMARY KEY, user_id bigint);
            ALTER TABLE half ENABLE ROW LEVEL SECURITY;
            CREATE TABLE lenient (user_id bigint PRIMARY KEY);
            ALTER TABLE lenient ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_rows ON lenient USING (true);
            CREATE TABLE opened (user_id bigint PRIMARY KEY);
            CALL isolate_by_user('opened');
            CREATE POLICY readable ON opened FOR SELECT USING (true);
            CREATE TABLE right_so (user_id bigint PRIMARY KEY);
            CALL isolate_by_user('right_so');
            CREATE VIEW everybody AS SELECT * FROM saved_track;
            CREATE FUNCTION astray() RETURNS bigint LANGUAGE sql SECURITY DEFINER
              AS 'SELECT count(*) FROM cratekeeper.saved_track';
            CREATE FUNCTION open_to_all() RETURNS bigint LANGUAGE sql SECURITY DEFINER
              SET search_path = cratekeeper, pg_temp AS 'SELECT count(*) FROM saved_track';
            GRANT EXECUTE ON FUNCTION open_to_all TO PUBLIC;
            """))
      #expect(
        try await IsolationRules.unprotectedTables(db.owner) == [
          "forgotten: row security is off", "half: 0 policies", "lenient: the policy is another",
          "opened: 2 policies",
        ])
      #expect(try await IsolationRules.tablesKeyedOtherwise(db.owner) == ["half"])
      #expect(try await IsolationRules.viewsOfTheOwner(db.owner) == ["everybody"])
      #expect(
        try await IsolationRules.unsafeFunctions(db.owner) == [
          "astray: its search path is not fixed", "open_to_all: anybody may call it",
        ])
    }
  }

  @Test("without a user no table shows a row or takes one")
  func nobody() async throws {
    try await withTwoUsers { db, _, _, tables in
      for table in tables {
        #expect(try await db.asUser(nil, "SELECT count(*)::text FROM \(table)") == 0, "\(table)")
        #expect(
          try await db.asUser(
            nil, "WITH gone AS (DELETE FROM \(table) RETURNING 1) SELECT count(*)::text FROM gone") == 0)
        if table != "user_account" {
          let update = "UPDATE \(table) SET user_id = user_id RETURNING 1"
          #expect(
            try await db.asUser(nil, "WITH met AS (\(update)) SELECT count(*)::text FROM met") == 0,
            "\(table)")
        }
        let row = try await db.anyRow(of: table)
        #expect(await db.refusal(nil, IsolationTests.insert(row, into: table)) == "42501", "\(table)")
      }
    }
  }

  @Test("one person's rows can't be read, changed, taken over, added or deleted by another")
  func another() async throws {
    try await withTwoUsers { db, ada, bert, tables in
      for table in tables {
        let everybody = try await db.content(of: table)
        let own = try await db.asUser(ada, "SELECT count(*)::text FROM \(table)")
        #expect(own > 0, "\(table) has no row of the first user: add one to withTwoUsers")
        #expect(own < everybody.count, "\(table) has no row of the second user")
        let others = "FROM \(table) WHERE user_id = \(bert)"
        #expect(try await db.asUser(ada, "SELECT count(*)::text \(others)") == 0, "\(table)")
        #expect(
          try await db.asUser(
            ada, "WITH gone AS (DELETE \(others) RETURNING 1) SELECT count(*)::text FROM gone")
            == 0)
        let row = try await db.anyRow(of: table, user: bert)
        #expect(await db.refusal(ada, IsolationTests.insert(row, into: table)) == "42501", "\(table)")
        if table != "user_account" {
          let update = "UPDATE \(table) SET user_id = user_id WHERE user_id = \(bert) RETURNING 1"
          #expect(
            try await db.asUser(ada, "WITH met AS (\(update)) SELECT count(*)::text FROM met") == 0,
            "\(table)")
          let give = "UPDATE \(table) SET user_id = \(bert)"
          #expect(await db.refusal(ada, give) == "42501", "\(table)")
        }
        #expect(try await db.content(of: table) == everybody, "\(table)")
      }
    }
  }

  @Test("a person may do with the own rows what the code does")
  func own() async throws {
    try await withTwoUsers { db, ada, _, tables in
      for table in tables where table != "user_account" {
        let count = try await db.asUser(ada, "SELECT count(*)::text FROM \(table)")
        let delete =
          "WITH gone AS (DELETE FROM \(table) WHERE user_id = \(ada) RETURNING 1) SELECT count(*)::text FROM gone"
        #expect(try await db.asUser(ada, delete) == count, "\(table)")
      }
    }
  }

  @Test("the service's role owns nothing, can become nobody else and can't change the schema")
  func role() async throws {
    try await withServiceDatabase { db async throws in
      try await db.database.checkReadiness()
      let facts = try await db.service.query(
        """
        SELECT current_user::text,
               (SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole) AS owned,
               (SELECT count(*) FROM pg_auth_members WHERE member = current_user::regrole) AS memberships
        """)
      #expect(try facts[0]["current_user"] == "cratekeeper_service")
      #expect(try facts[0]["owned"] == 0)
      #expect(try facts[0]["memberships"] == 0)
      for script in [
        "CREATE TABLE cratekeeper.own (id int)", "ALTER TABLE saved_track DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_rows ON saved_track", "DROP TABLE saved_track", "TRUNCATE saved_track",
        "UPDATE schema_migration SET name = 'x'", "DELETE FROM catalogue_copy",
        "INSERT INTO catalogue_copy (name) VALUES ('x')",
      ] { #expect(await db.refusal(nil, script) != nil, "\(script)") }
    }
  }

  @Test("a mighty role is refused service: without SET ROLE, and with a service role that bypasses policies")
  func mighty() async throws {
    try await withServiceDatabase { db async throws in
      #expect(await storageCode { try await Database(pool: db.owner).checkReadiness() } == .mightyRole)
      let role = "bypass_\(UUID().uuidString.lowercased())"
      _ = try await db.owner.query(
        SQL(
          trustedScript: """
            CREATE ROLE "\(role)" NOLOGIN BYPASSRLS;
            GRANT USAGE ON SCHEMA cratekeeper TO "\(role)";
            GRANT SELECT ON schema_migration TO "\(role)"
            """))
      var configuration = try PostgreSQLConfiguration(url: db.url)
      configuration.onConnect = [
        "SET search_path TO cratekeeper", "SELECT set_config('role', \(role), false)",
      ]
      let pool = PostgreSQLPool(reactor: db.reactor, configuration: configuration)
      #expect(await storageCode { try await Database(pool: pool).checkReadiness() } == .mightyRole)
      await pool.close()
      _ = try await db.owner.query(SQL(trustedScript: "DROP OWNED BY \"\(role)\"; DROP ROLE \"\(role)\""))
    }
  }

  private static func insert(_ row: String, into table: String) -> String {
    let literal = row.replacingOccurrences(of: "'", with: "''")
    return """
      INSERT INTO \(table) OVERRIDING SYSTEM VALUE
      SELECT (jsonb_populate_record(NULL::\(table), '\(literal)')).*
      """
  }
}

extension ServiceDatabase {
  /// The number that a statement of the service's gives, as `user` or as nobody.
  fileprivate func asUser(_ user: UserID?, _ statement: String) async throws -> Int {
    let rows = try await service.pipeline([
      "SELECT set_config('app.user_id', \(user?.description ?? ""), true)",
      "SELECT public.evaluate(\(statement))::bigint",
    ])
    return try rows[1][0].decode(0)
  }

  /// The SQLSTATE with which Postgres refuses a statement of the service's; nil when it doesn't.
  fileprivate func refusal(_ user: UserID?, _ statement: String) async -> String? {
    do {
      _ = try await service.query(script(user, statement))
      return nil
    } catch { return error.sqlState }
  }

  fileprivate func anyRow(of table: String, user: UserID? = nil) async throws -> String {
    let condition = user.map { "WHERE user_id = \($0)" } ?? ""
    return try #require(
      try await evaluate("SELECT to_jsonb(t)::text FROM \(table) AS t \(condition) LIMIT 1").first)
  }

  private func script(_ user: UserID?, _ statement: String) -> SQL {
    SQL(trustedScript: "SELECT set_config('app.user_id', '\(user?.description ?? "")', true); \(statement)")
  }
}
