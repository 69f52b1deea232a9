import Glibc
import PostgreSQL
import Reactor
import TestSupport
import Testing

@Suite("When the connection fails")
struct FaultTests {
  /// A pool that reaches the server through a proxy.
  private func withProxy(
    settings: Settings = Settings(),
    _ body: @escaping @Sendable (PostgreSQLPool, FaultProxy) async throws -> Void
  ) async throws {
    let (prefix, port, suffix) = try FaultTests.splitServerURL()
    try await onReactor { reactor in
      let proxy = try FaultProxy(on: reactor, to: port)
      var configuration = try PostgreSQLConfiguration(url: "\(prefix)\(proxy.port)\(suffix)")
      settings.apply(&configuration)
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      do { try await body(pool, proxy) } catch {
        proxy.stop()
        await pool.close()
        throw error
      }
      proxy.stop()
      await pool.close()
      #expect(proxy.open == 0)
    }
  }

  /// The server's address before and after its port.
  private static func splitServerURL() throws -> (String, UInt16, String) {
    let url = try TestDatabase.serverURL()
    let match = try #require(
      url.firstMatch(of: #/(.*127\.0\.0\.1:)(\d+)(.*)/#), "a server on 127.0.0.1 with a port")
    return (String(match.1), try #require(UInt16(match.2)), String(match.3))
  }

  /// Asks until the pool works again; it must, by itself.
  private static func recover(_ pool: PostgreSQLPool, within limit: Duration = .seconds(10)) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var last: PostgreSQLError?
    while clock.now < end {
      do { return try await pool.ping() } catch { last = error }
      await Task.yield()
    }
    throw try #require(last)
  }

  @Test("a statement under way gets an error, and the pool recovers")
  func cutInFlight() async throws {
    try await withProxy { pool, proxy async throws in
      try await pool.ping()
      let reactor = try #require(TestReactors.current)
      let sleeping = (0..<20).map { _ in
        reactor.spawn { await failure { try await pool.query("SELECT pg_sleep(30)") }?.code }
      }
      let transaction = reactor.spawn {
        await failure { try await pool.withTransaction { _ = try await $0.query("SELECT pg_sleep(30)") } }?
          .code
      }
      while proxy.open < 3 { await Task.yield() }
      proxy.cutAll()
      for task in sleeping { #expect(await task.value == .connection) }
      #expect(await transaction.value == .connection)
      try await FaultTests.recover(pool)
      try await pool.withTransaction { _ = try await $0.query("SELECT 1") }
    }
  }

  @Test("right behind an answer, the answer counts and the rest learns it without waiting")
  func cutBehindAnswer() async throws {
    try await withProxy(settings: Settings { $0.connections = 1 }) { pool, proxy async throws in
      let reactor = try #require(TestReactors.current)
      try await pool.ping()
      proxy.piecesUntilCut = 1
      let answered = reactor.spawn { try? await pool.query("SELECT 8")[0].decode(0, as: Int.self) }
      let behind = reactor.spawn { await failure { try await pool.query("SELECT pg_sleep(30)") }?.code }
      #expect(await answered.value == 8)
      #expect(await behind.value == .connection)
      try await FaultTests.recover(pool)
    }
  }

  @Test("while it is idle, nobody notices")
  func cutIdle() async throws {
    try await withProxy { pool, proxy async throws in
      for _ in 0..<5 {
        try await FaultTests.recover(pool)
        try await pool.withTransaction { _ = try await $0.query("SELECT 1") }
        let before = proxy.accepted
        proxy.cutAll()
        while proxy.accepted == before { await Task.yield() }
        try await pool.ping()
      }
    }
  }

  @Test("because nobody listens, callers learn it at once, and the pool recovers by itself")
  func refused() async throws {
    try await withProxy { pool, proxy async throws in
      proxy.refuse()
      for _ in 0..<20 {
        let error = await expectFailure(.connection) { try await pool.ping() }
        #expect(error.map { "\($0)" }?.contains("refused") == true)
        await expectFailure(.connection) { try await pool.withTransaction { _ in } }
      }
      #expect(!pool.isReady)
      try proxy.accept()
      try await FaultTests.recover(pool)
      try await pool.withTransaction { _ = try await $0.query("SELECT 1") }
      #expect(pool.isReady)
    }
  }

  @Test("because nothing comes back any more, the deadline ends the wait and the pool recovers")
  func blackhole() async throws {
    try await withProxy { pool, proxy async throws in
      try await pool.ping()
      try await pool.withTransaction { _ = try await $0.query("SELECT 1") }
      proxy.pause()
      await expectFailure(.deadlineExceeded) { try await pool.query("SELECT 1", deadline: .milliseconds(50)) }
      await expectFailure(.deadlineExceeded) {
        try await pool.withTransaction { _ = try await $0.query("SELECT 1", deadline: .milliseconds(50)) }
      }
      proxy.resume()
      try await FaultTests.recover(pool)
    }
  }

  @Test("because the server doesn't answer the greeting, connecting ends in time")
  func silentServer() async throws {
    try await withProxy(settings: Settings { $0.connectTimeout = .seconds(1) }) {
      pool, proxy async throws in
      proxy.pause()
      let error = await expectFailure(.connection) { try await pool.ping() }
      #expect(error?.message.contains("in time") == true)
      await expectFailure(.deadlineExceeded) {
        let other = PostgreSQLPool(
          reactor: try #require(TestReactors.current),
          configuration: try PostgreSQLConfiguration(
            url: "postgres://postgres@127.0.0.1:\(proxy.port)/postgres"))
        do { try await other.ping(deadline: .milliseconds(20)) } catch {
          proxy.cutAll()
          await other.close()
          throw error
        }
      }
      proxy.resume()
      try await FaultTests.recover(pool)
    }
  }

  @Test("slowly, everything still works")
  func delayed() async throws {
    try await withProxy { pool, proxy async throws in
      proxy.delay = .milliseconds(2)
      let bytes = [UInt8](repeating: 7, count: 2_000_000)
      #expect(try await pool.query("SELECT \(bytes)").first?.decode(0) == bytes)
    }
  }

  @Test("because the server ends the session, in flight and idle, the pool recovers")
  func terminated() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      let reactor = try #require(TestReactors.current)
      for statement: SQL in ["SELECT pg_sleep(30)", "SELECT 1"] {
        try await FaultTests.recover(pool)
        let pid = try await pool.query("SELECT pg_backend_pid()")[0].decode(0, as: Int32.self)
        let running = reactor.spawn { await failure { try await pool.query(statement) } }
        try await pool.withTransaction { transaction in
          _ = try await transaction.query("SELECT pg_terminate_backend(\(pid), 5000)")
        }
        let error = await running.value
        #expect(error == nil || error?.code == .connection, "\(error?.code as Any) \(error?.message as Any)")
      }
      try await FaultTests.recover(pool)
    }
  }

  @Test("a statement past its deadline ends on the server too")
  func deadline() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      let pid = try await pool.query("SELECT pg_backend_pid()")[0].decode(0, as: Int32.self)
      await expectFailure(.deadlineExceeded) {
        try await pool.query("SELECT pg_sleep(30)", deadline: .milliseconds(50))
      }
      try await FaultTests.recover(pool)
      var isRunning = true
      while isRunning {
        isRunning = try await pool.query("SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = \(pid)")[0]
          .decode(0)
      }
    }
  }

  @Test("a statement that waits behind a slow one may be late alone")
  func lateBehindSlow() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      let reactor = try #require(TestReactors.current)
      let lock = Int.random(in: 1...1_000_000_000)
      try await pool.ping()
      let slow = try await pool.withTransaction { transaction in
        _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(lock))")
        let slow = reactor.spawn { try? await pool.query("SELECT pg_advisory_xact_lock(\(lock)), 6").count }
        await Task.yield()
        await expectFailure(.deadlineExceeded) {
          try await pool.query("SELECT 1", deadline: .milliseconds(20))
        }
        return slow
      }
      #expect(await slow.value == 1)
    }
  }
}
