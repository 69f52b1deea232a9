import PostgreSQL
import Reactor
import TestSupport
import Testing

@Suite("Statements that share a connection")
struct PipelineTests {
  @Test("in one pipeline happen all or not at all")
  func atomic() async throws {
    try await withTestDatabase { url in
      try await withPool(url: url) { pool async throws in
        _ = try await pool.query("CREATE TABLE t (id bigint PRIMARY KEY)")
        let results = try await pool.pipeline([
          "INSERT INTO t VALUES (\(1))", "INSERT INTO t VALUES (\(2))", "SELECT id FROM t ORDER BY id",
        ])
        #expect(results.count == 3)
        #expect(try results[2].map { try $0.decode(0, as: Int.self) } == [1, 2])
        let error = await failure {
          try await pool.pipeline([
            "INSERT INTO t VALUES (\(3))", "INSERT INTO t VALUES (\(2))", "INSERT INTO t VALUES (\(4))",
          ])
        }
        #expect(error?.code == .server("23505"))
        #expect(error?.constraint == "t_pkey")
        #expect(try await pool.query("SELECT count(*) FROM t").first?.decode(0) == 2)
        #expect(try await pool.pipeline([]).isEmpty)
      }
    }
  }

  @Test("in one pipeline share a local setting, which is gone for the next")
  func localSetting() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      for user in 1...3 {
        let results = try await pool.pipeline([
          "SELECT set_config('app.user_id', \(String(user)), true)", "SELECT current_setting('app.user_id')",
        ])
        #expect(try results[1].first?.decode(0) == String(user))
        let after = try await pool.query("SELECT current_setting('app.user_id', true)")
        #expect(try after[0].decode(0) == "")
      }
    }
  }

  @Test("don't fail with each other")
  func isolation() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<100 {
          group.addTask { () async throws in
            if number.isMultiple(of: 3) {
              await expectFailure(.server("22012")) { try await pool.query("SELECT 1 / \(0)") }
            } else {
              #expect(try await pool.query("SELECT \(number)").first?.decode(0) == number)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("may be a thousand at once on two connections, each with its own answer")
  func thousand() async throws {
    try await withPool { pool async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<1_000 {
          group.addTask { () async throws in
            let text = String(repeating: "x", count: number)
            let row = try #require(try await pool.query("SELECT \(number), \(text), pg_backend_pid()").first)
            #expect(try row.decode(0, as: Int.self) == number)
            #expect(try row.decode(1, as: String.self) == text)
          }
        }
        try await group.waitForAll()
      }
      let used = try await pool.query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = current_setting('application_name')")
      #expect(try used[0].decode(0, as: Int.self) >= 1)
    }
  }

  @Test("may be larger than the buffers of both sides in both directions")
  func large() async throws {
    try await withPool(
      settings: Settings {
        $0.connections = 1
        $0.statementDeadline = .seconds(60)
      }
    ) { pool async throws in
      let size = 3_000_000
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          group.addTask { () async throws in
            let bytes = [UInt8](repeating: UInt8(number), count: size)
            #expect(try await pool.query("SELECT \(bytes)").first?.decode(0) == bytes)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("that one caller gives up run on unheard, and all others are answered")
  func cancelled() async throws {
    try await withPool(settings: Settings { $0.connections = 1 }) { pool async throws in
      let pid: Int = try #require(try await pool.query("SELECT pg_backend_pid()").first).decode(0)
      let lock = Int.random(in: 1...1_000_000_000)
      let value = try await pool.withTransaction { transaction in
        _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(lock))")
        let reactor = try #require(TestReactors.current)
        let stuck = reactor.spawn {
          await failure { try await pool.query("SELECT pg_advisory_xact_lock(\(lock))") }?.code
        }
        let behind = reactor.spawn { try? await pool.query("SELECT 5").first?.decode(0, as: Int.self) }
        try await waitUntilBlocked(pid, &transaction)
        stuck.cancel()
        #expect(await stuck.value == .cancelled)
        return behind
      }
      #expect(await value.value == 5)
      #expect(try await pool.query("SELECT pg_backend_pid()").first?.decode(0) == pid)
    }
  }

  @Test("of a caller that is cancelled already are not sent")
  func cancelledBefore() async throws {
    try await withPool { pool async throws in
      let reactor = try #require(TestReactors.current)
      let task = reactor.spawn {
        withUnsafeCurrentTask { $0?.cancel() }
        return await failure { try await pool.query("SELECT 1") }?.code
      }
      #expect(await task.value == .cancelled)
      #expect(!pool.isReady)
    }
  }
}
