import PostgreSQL
import Reactor
import TestSupport
import Testing

@Suite("A pool")
struct PoolTests {
  @Test("says what is wrong with an address, without its password")
  func addresses() async throws {
    for url in [
      "postgres://user:s3cret@host:notaport/db", "postgres//user:s3cret@host/db",
      "postgres://user:s3cret@host/db?sslmod=x",
      "mysql://user:s3cret@host/db", "nonsense s3cret", "postgres://user:12/a?s3cret@host/db",
      "postgres://user:123/s3cret@host/db", "postgres://user:%zzs3cret@host/db",
      "postgres://user:a@1/s3cret@host/db", "postgres://\u{6da}user:12/s3cret@host/db",
      // The quote before it is another character with this mark.
      "postgres://user:p@\u{317}%s3cret", "postgres://\u{317}%,s3cret:pass@host/db",
    ] {
      do {
        _ = try PostgreSQLConfiguration(url: url)
        Issue.record("\(url) was taken")
      } catch {
        #expect(error.code == .configuration)
        #expect(!error.message.contains("s3cret"))
      }
    }
    let fine = try PostgreSQLConfiguration(url: "postgres://user:s3cret@host:5/db?sslmode=require")
    #expect("\(fine)" == "host:5/db")
    #expect(!String(reflecting: fine).contains("s3cret"))
  }

  @Test("lets the server notice within half a minute that the client's machine has gone")
  func lostClients() async throws {
    try await withPool { pool in
      let rows = try await pool.query(
        """
        SELECT current_setting('tcp_keepalives_idle')::int + current_setting('tcp_keepalives_count')::int
                 * current_setting('tcp_keepalives_interval')::int,
               current_setting('tcp_user_timeout')
        """)
      #expect(try rows[0].decode(0, as: Int32.self) == 30)
      #expect(try rows[0].decode(1, as: String.self) == "30000")
    }
  }

  @Test("tells a refused user from a broken connection")
  func authentication() async throws {
    let server = try TestDatabase.serverURL()
    let url = try #require(server.firstRange(of: "postgres@")).lowerBound
    let stranger = server[..<url] + "nobody_here:wrong@" + server[url...].dropFirst("postgres@".count)
    try await withPool(url: String(stranger)) { pool async throws in
      let error = await expectFailure(.authentication) { try await pool.ping() }
      #expect(error?.sqlState == "28000")
      #expect(error.map { "\($0)" }?.contains("wrong") == false)
      await expectFailure(.authentication) { try await pool.withTransaction { _ in } }
    }
  }

  @Test("finds its server by name, and says when it can't")
  func names() async throws {
    let server = try TestDatabase.serverURL()
    try await withPool(url: server.replacing("127.0.0.1", with: "localhost")) { pool async throws in
      try await pool.ping()
    }
    try await withPool(url: server.replacing("127.0.0.1", with: "no-such-host.invalid")) {
      pool async throws in
      let error = await expectFailure(.connection) { try await pool.ping() }
      #expect(error?.message.contains("no-such-host.invalid") == true)
    }
    // The first of several that answers is taken.
    let port = try #require(server.firstMatch(of: #/127\.0\.0\.1:(\d+)/#)).1
    let several = server.replacing("127.0.0.1:\(port)", with: "127.0.0.1:1,localhost:\(port)")
    try await withPool(url: several) { pool async throws in try await pool.ping() }
  }

  @Test("prepares each new connection, and takes none that can't be")
  func onConnect() async throws {
    try await withPool(
      settings: Settings {
        $0.applicationName = "a test's name"
        $0.onConnect = ["SET TIME ZONE 'Asia/Tokyo'", "SET app.greeting = 'hello'"]
      }
    ) { pool async throws in
      let statement: SQL =
        "SELECT current_setting('TimeZone'), current_setting('app.greeting'), current_setting('application_name')"
      for row in [
        try await pool.query(statement)[0],
        try await pool.withTransaction { try await $0.query(statement)[0] },
      ] {
        #expect(
          try (0..<3).map { try row.decode($0, as: String.self) } == ["Asia/Tokyo", "hello", "a test's name"])
      }
    }
    try await withPool(settings: Settings { $0.onConnect = ["SET ROLE nobody_here"] }) { pool async throws in
      await expectFailure(.server("22023")) { try await pool.ping() }
    }
  }

  @Test("connects when it is first used")
  func lazy() async throws {
    try await withPool { pool async throws in
      #expect(!pool.isReady)
      try await pool.ping()
      #expect(pool.isReady)
    }
  }

  @Test("that is closed lets what is under way end and refuses everything else")
  func closing() async throws {
    try await withPool { pool async throws in
      let reactor = try #require(TestReactors.current)
      try await pool.ping()
      let (borrowed, signal) = AsyncStream<Void>.makeStream()
      let query = reactor.spawn {
        try? await pool.query("SELECT 'under way'").first?.decode(0, as: String.self)
      }
      let transaction = reactor.spawn {
        try? await pool.withTransaction { transaction in
          signal.yield()
          return try await transaction.query("SELECT pg_sleep(0.02)::text, 7")[0].decode(1, as: Int.self)
        }
      }
      for await _ in borrowed { break }
      await pool.close()
      #expect(await query.value == "under way")
      #expect(await transaction.value == 7)
      await expectFailure(.poolClosed) { try await pool.ping() }
      await expectFailure(.poolClosed) { try await pool.withTransaction { _ in } }
      #expect(!pool.isReady)
    }
  }

  @Test("that is closed before it was used, or while it connects, ends too")
  func closingEarly() async throws {
    try await withPool { _ in }
    try await withPool { pool async throws in
      let reactor = try #require(TestReactors.current)
      let query = reactor.spawn { await failure { try await pool.ping() }?.code }
      let transaction = reactor.spawn { await failure { try await pool.withTransaction { _ in } }?.code }
      await Task.yield()
      await pool.close()
      #expect(await query.value == .poolClosed)
      #expect(await transaction.value == .poolClosed)
    }
  }

  @Test("closes what a statement left in a transaction on a shared connection")
  func leftOpen() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      let pid = try await pool.query("SELECT pg_backend_pid()")[0].decode(0, as: Int.self)
      _ = try await pool.query("BEGIN")
      #expect(try await pool.query("SELECT pg_backend_pid()")[0].decode(0, as: Int.self) != pid)
    }
  }
}
