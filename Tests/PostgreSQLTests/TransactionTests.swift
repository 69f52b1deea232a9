import PostgreSQL
import Reactor
import TestSupport
import Testing

@Suite("A transaction")
struct TransactionTests {
  private struct Refusal: Error, Equatable {}

  @discardableResult
  private func withTable<R: Sendable>(
    settings: Settings = Settings(),
    _ body: @escaping @Sendable (PostgreSQLPool) async throws -> R
  ) async throws -> R {
    try await withTestDatabase { url in
      try await withPool(url: url, settings: settings) { pool async throws in
        _ = try await pool.query("CREATE TABLE t (id bigint PRIMARY KEY)")
        return try await body(pool)
      }
    }
  }

  private static func ids(_ pool: PostgreSQLPool) async throws -> [Int] {
    try await pool.query("SELECT id FROM t ORDER BY id").map { try $0.decode(0) }
  }

  @Test("shows its changes to nobody before it commits, and to everybody afterwards")
  func commits() async throws {
    try await withTable { pool async throws in
      let inside = try await pool.withTransaction { transaction in
        _ = try await transaction.query("INSERT INTO t VALUES (1)")
        _ = try await transaction.pipeline(["INSERT INTO t VALUES (2)", "INSERT INTO t VALUES (3)"])
        #expect(try await TransactionTests.ids(pool) == [])
        return try await transaction.query("SELECT count(*) FROM t")[0].decode(0, as: Int.self)
      }
      #expect(inside == 3)
      #expect(try await TransactionTests.ids(pool) == [1, 2, 3])
    }
  }

  @Test("is undone when its body throws, whose error comes out")
  func rollsBack() async throws {
    try await withTable { pool async throws in
      await #expect(throws: Refusal()) {
        try await pool.withTransaction { transaction in
          _ = try await transaction.query("INSERT INTO t VALUES (1)")
          throw Refusal()
        }
      }
      await #expect(throws: Refusal()) { try await pool.withTransaction { _ in throw Refusal() } }
      #expect(try await TransactionTests.ids(pool) == [])
    }
  }

  @Test("that met an error refuses everything else and can't be committed")
  func failed() async throws {
    try await withTable { pool async throws in
      let error = await failure {
        try await pool.withTransaction { transaction in
          _ = try await transaction.query("INSERT INTO t VALUES (1)")
          do { _ = try await transaction.query("INSERT INTO t VALUES (1)") } catch let error
            as PostgreSQLError
          {
            #expect(error.constraint == "t_pkey")
          }
          do {
            _ = try await transaction.query("SELECT 1")
            Issue.record("a failed transaction went on")
          } catch let error as PostgreSQLError { #expect(error.code == .transactionFailed) }
        }
      }
      #expect(error?.code == .transactionFailed)
      #expect(try await TransactionTests.ids(pool) == [])
    }
  }

  @Test("learns at its end of a constraint that is checked there")
  func deferredConstraint() async throws {
    try await withTable { pool async throws in
      _ = try await pool.query(
        "CREATE TABLE child (parent bigint CONSTRAINT has_parent REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
      let error = await failure {
        try await pool.withTransaction { try await $0.query("INSERT INTO child VALUES (1)").affected }
      }
      #expect(error?.constraint == "has_parent")
      try await pool.ping()
    }
  }

  @Test("runs with the isolation that was asked for")
  func isolation() async throws {
    try await withTable { pool async throws in
      for (isolation, name) in [
        (Transaction.Isolation.readCommitted, "read committed"), (.repeatableRead, "repeatable read"),
        (.serializable, "serializable"),
      ] {
        let (level, readOnly) = try await pool.withTransaction(isolation, readOnly: true) { transaction in
          let row = try await transaction.query(
            "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')::boolean"
          )[0]
          return (try row.decode(0, as: String.self), try row.decode(1, as: Bool.self))
        }
        #expect(level == name)
        #expect(readOnly)
      }
    }
  }

  @Test("runs scripts, and all of them are undone together")
  func scripts() async throws {
    try await withTable { pool async throws in
      try await pool.withTransaction { transaction in
        _ = try await transaction.query(SQL(trustedScript: "CREATE TABLE u (); INSERT INTO t VALUES (7)"))
        _ = try await transaction.query("INSERT INTO t VALUES (8)")
      }
      #expect(try await TransactionTests.ids(pool) == [7, 8])
      let error = await failure {
        try await pool.withTransaction { transaction in
          _ = try await transaction.query("INSERT INTO t VALUES (9)")
          _ = try await transaction.query(SQL(trustedScript: "INSERT INTO t VALUES (10); SELECT 1/0"))
        }
      }
      #expect(error?.code == .server("22012"))
      #expect(try await TransactionTests.ids(pool) == [7, 8])
    }
  }

  @Test("that is cancelled while a statement runs is undone, and its locks are free")
  func cancelled() async throws {
    try await withTable(settings: Settings { $0.transactionConnections = 2 }) { pool async throws in
      let reactor = try #require(TestReactors.current)
      let lock = Int.random(in: 1...1_000_000_000)
      try await pool.withTransaction { holder in
        _ = try await holder.query("SELECT pg_advisory_xact_lock(\(lock))")
        let (pids, pid) = AsyncStream<Int>.makeStream()
        let task = reactor.spawn {
          await failure {
            try await pool.withTransaction { transaction in
              let row = try await transaction.query("INSERT INTO t VALUES (1) RETURNING pg_backend_pid()")[0]
              pid.yield(try row.decode(0))
              _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(lock))")
            }
          }?.code
        }
        for await pid in pids {
          try await waitUntilBlocked(pid, &holder)
          break
        }
        task.cancel()
        #expect(await task.value == .cancelled)
      }
      // Blocks until the server has undone the first one's row.
      _ = try await pool.query("INSERT INTO t VALUES (1)")
      #expect(try await TransactionTests.ids(pool) == [1])
    }
  }

  @Test("waits its turn when all connections are taken, and not for longer than it may")
  func queue() async throws {
    try await withTable(settings: Settings { $0.transactionConnections = 2 }) { pool async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            try await pool.withTransaction { transaction in
              _ = try await transaction.query("INSERT INTO t VALUES (\(number))")
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await TransactionTests.ids(pool) == Array(0..<50))
      let late = await failure {
        try await pool.withTransaction { _ in
          try await pool.withTransaction { _ in
            try await pool.withTransaction(deadline: .milliseconds(20)) { _ in }
          }
        }
      }
      #expect(late?.code == .deadlineExceeded)
    }
  }

  @Test("is refused at once when too many wait")
  func overloaded() async throws {
    try await withTable(
      settings: Settings {
        $0.transactionConnections = 1
        $0.transactionWaiters = 0
      }
    ) { pool async throws in
      await expectFailure(.overloaded) { try await pool.withTransaction { _ in } }
    }
  }

  @Test("that is cancelled while it waits leaves the queue")
  func cancelledInQueue() async throws {
    try await withTable(settings: Settings { $0.transactionConnections = 1 }) { pool async throws in
      let reactor = try #require(TestReactors.current)
      try await pool.withTransaction { _ in
        let waiting = reactor.spawn { await failure { try await pool.withTransaction { _ in } }?.code }
        await Task.yield()
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
      }
      try await pool.withTransaction { _ = try await $0.query("SELECT 1") }
    }
  }

  @Test("gets a fresh connection when the old one remembers too many statements")
  func overfull() async throws {
    let settings = Settings {
      $0.transactionConnections = 1
      $0.preparedStatements = 5
    }
    try await withPool(settings: settings) { pool async throws in
      var list: SQL = "\(0)"
      for _ in 0..<20 {
        list = "\(sql: list), 1"
        let statement: SQL = "SELECT ARRAY[\(sql: list)], (SELECT count(*) FROM pg_prepared_statements)"
        let known = try await pool.withTransaction {
          try await $0.query(statement)[0].decode(1, as: Int.self)
        }
        // SET and COMMIT are among them, and what one transaction adds.
        #expect(known <= 5 + 3)
      }
    }
  }
}
