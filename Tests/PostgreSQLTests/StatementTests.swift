import FoundationEssentials
import PostgreSQL
import TestSupport
import Testing

@Suite("A statement")
struct StatementTests {
  @Test("binds values in the order in which they stand, also through spliced fragments")
  func splices() async throws {
    let inner: SQL = "\(2) + \(30)"
    let nested: SQL = "(\(sql: inner)) * \(10)"
    let whole: SQL = "SELECT \(1), \(sql: nested), \("x"), \(sql: "'literal'")"
    #expect(whole.text == "SELECT $1, ($2 + $3) * $4, $5, 'literal'")
    try await withPool { pool async throws in
      let row = try #require(try await pool.query(whole).first)
      #expect(try row.decode(0, as: Int.self) == 1)
      #expect(try row.decode(1, as: Int.self) == 320)
      #expect(try row.decode(2, as: String.self) == "x")
      #expect(try row.decode(3, as: String.self) == "literal")
    }
  }

  @Test("renumbers fragments with more than nine values")
  func manyValues() async throws {
    var list: SQL = "\(0)"
    for number in 1..<120 { list = "\(sql: list), \(number)" }
    let statement: SQL = "SELECT \("first"), ARRAY[\(sql: list)]"
    try await withPool { pool async throws in
      let row = try #require(try await pool.query(statement).first)
      #expect(try row.decode(1, as: [Int].self) == Array(0..<120))
    }
  }

  @Test("keeps what looks like SQL a value")
  func injection() async throws {
    try await withPool { pool async throws in
      let evil = "'; DROP TABLE pg_class; -- $1 \\' \""
      let row = try #require(try await pool.query("SELECT \(evil), length(\(evil))").first)
      #expect(try row.decode(0, as: String.self) == evil)
      #expect(try row.decode(1, as: Int.self) == evil.unicodeScalars.count)
    }
  }

  @Test("tells how many rows it changed, and which command it was")
  func affected() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url) { pool async throws in
        #expect(try await pool.query("CREATE TABLE t (id bigint, name text)").affected == 0)
        let inserted = try await pool.query(
          "INSERT INTO t SELECT * FROM unnest(\([1, 2, 3]), \(["a", nil, "c"]))")
        #expect(inserted.affected == 3)
        #expect(inserted.isEmpty)
        #expect(inserted.tag == "INSERT 0 3")
        #expect(try await pool.query("UPDATE t SET name = 'x' WHERE id > \(1)").affected == 2)
        #expect(try await pool.query("DELETE FROM t WHERE id = \(99)").affected == 0)
      }
    }
  }

  @Test("that is refused tells state, constraint and table, and its description no value")
  func errors() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url) { pool async throws in
        _ = try await pool.query("CREATE TABLE person (name text CONSTRAINT person_name_key UNIQUE)")
        _ = try await pool.query("INSERT INTO person VALUES (\("hush-hush"))")
        let error = await failure { try await pool.query("INSERT INTO person VALUES (\("hush-hush"))") }
        #expect(error?.code == .server("23505"))
        #expect(error?.sqlState == "23505")
        #expect(error?.constraint == "person_name_key")
        #expect(error?.table == "person")
        #expect(error?.detail?.contains("hush-hush") == true)
        let cast = await failure { try await pool.query("SELECT \("hush-hush")::integer") }
        #expect(cast?.code == .server("22P02"))
        let syntax = await failure { try await pool.query("SELEKT 1") }
        #expect(syntax?.code == .server("42601"))
        let table = await failure { try await pool.query("SELECT * FROM nowhere") }
        #expect(table?.code == .server("42P01"))
        let descriptions = [error, cast, syntax, table].compactMap {
          $0.map { "\($0)" + String(reflecting: $0) }
        }
        #expect(descriptions.count == 4)
        for text in descriptions { #expect(!text.contains("hush-hush")) }
        #expect(descriptions[0].contains("person_name_key"))
        #expect(descriptions[2].contains("SELEKT"))
      }
    }
  }

  @Test("with a zero byte in a text is refused by the server, one with an impossible date before it is sent")
  func unencodable() async throws {
    try await withPool { pool async throws in
      await expectFailure(.server("22021")) { try await pool.query("SELECT \("a\0b")") }
      let never = Date(timeIntervalSinceReferenceDate: .nan)
      await expectFailure(.encoding) { try await pool.query("SELECT \(never)") }
      await expectFailure(.encoding) { try await pool.query("SELECT \([never])") }
      let script = SQL(trustedScript: "SELECT 2")
      await expectFailure(.encoding) { try await pool.pipeline(["SELECT 1", script]) }
    }
  }

  @Test("prepared before its table changed is prepared again")
  func stalePlan() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url, settings: Settings { $0.connections = 1 }) { pool async throws in
        _ = try await pool.query("CREATE TABLE t (id bigint)")
        _ = try await pool.query("INSERT INTO t VALUES (1)")
        func read() async throws -> Rows { try await pool.query("SELECT * FROM t") }
        #expect(try await read().count == 1)
        _ = try await pool.query("ALTER TABLE t ADD COLUMN name text DEFAULT 'new'")
        #expect(try await read().first?.decode("name") == "new")
      }
    }
  }

  @Test("that was sent behind a failing prepare of the same text fails with the same error")
  func failingPrepareOfNeighbours() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      try await pool.ping()
      await withTaskGroup(of: PostgreSQLError.Code?.self) { group in
        for _ in 0..<20 { group.addTask { await failure { try await pool.query("SELECT nonsense") }?.code } }
        for await code in group { #expect(code == .server("42703")) }
      }
      // The second statement's prepare is skipped with the first's failure; the neighbours need it.
      await withTaskGroup(of: Bool.self) { group in
        group.addTask { await failure { try await pool.pipeline(["SELECT 1/0", "SELECT 4711"]) } != nil }
        for _ in 0..<20 {
          group.addTask { await failure { try await pool.query("SELECT 4711") } == nil }
        }
        for await asExpected in group { #expect(asExpected) }
      }
      // Those that were prepared twice are forgotten again, but for one.
      try await pool.ping()
      let known = try await pool.query("SELECT 1 FROM pg_prepared_statements WHERE statement = 'SELECT 4711'")
      #expect(known.count == 1)
    }
  }

  @Test("forgets the least recently used of its prepared statements, on both sides")
  func cacheBound() async throws {
    try await withPool(
      settings: Settings {
        $0.connections = 1
        $0.preparedStatements = 8
      }
    ) { pool async throws in
      var list: SQL = "\(0)"
      for number in 1...50 {
        list = "\(sql: list), \(number)"
        let rows = try await pool.query("SELECT ARRAY[\(sql: list)]")
        #expect(try rows[0].decode(0, as: [Int].self).count == number + 1)
        _ = try await pool.query("SELECT 'often used'")
      }
      let known = try await pool.query("SELECT statement FROM pg_prepared_statements")
      // The one that asks is there as well, and one is told to go only behind the statement that displaced it.
      #expect(known.count <= 9)
      #expect(try known.contains { try $0.decode(0) == "SELECT 'often used'" })
    }
  }

  @Test("read as a script may be many statements and stops at the first failure, undoing all")
  func script() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url) { pool async throws in
        let made = try await pool.query(
          SQL(trustedScript: "CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2); SELECT count(*) FROM a")
        )
        #expect(try made.first?.decode(0, as: Int.self) == nil || made.tag == "SELECT 1")
        let failed = await failure {
          try await pool.query(
            SQL(trustedScript: "INSERT INTO a VALUES (3); SELECT 1/0; INSERT INTO a VALUES (4)"))
        }
        #expect(failed?.code == .server("22012"))
        #expect(try await pool.query("SELECT count(*) FROM a").first?.decode(0) == 2)
        _ = try await pool.query(SQL(trustedScript: ""))
      }
    }
  }

  @Test("that copies is refused and leaves the pool working")
  func copy() async throws {
    try await withPool { pool async throws in
      await expectFailure(.connection) { try await pool.query("COPY (SELECT 1) TO STDOUT") }
      let script = SQL(trustedScript: "COPY (SELECT 1) TO STDOUT")
      await expectFailure(.connection) { try await pool.query(script) }
      try await pool.ping()
    }
  }
}
