import Coordination
import HTTPServer
import Storage

/// Whether the process lives, and whether it can work.
enum HealthEndpoints {
  private static let alive: [UInt8] = Array(#"{"status":"ok"}"#.utf8)

  static func healthz(_ call: Call) async throws -> HTTPResponse { Answer.json(alive) }

  /// Asks Postgres and Redis at the same time, and waits for neither longer than two seconds.
  static func readyz(_ call: Call) async throws -> HTTPResponse {
    let readiness = await Readiness.check(call.services)
    let body = JSONWriter.object { writer in
      writer.field("postgres", readiness.postgres)
      writer.field("redis", readiness.redis)
      writer.field("migrations", readiness.migrations)
      if !readiness.warnings.isEmpty { writer.field("warnings", readiness.warnings) }
    }
    return Answer.json(body, status: readiness.isReady ? 200 : 503)
  }
}

/// How the parts are that the service can't work without, each in a word.
struct Readiness: Sendable {
  fileprivate(set) var postgres = "timeout"
  fileprivate(set) var redis = "timeout"
  fileprivate(set) var migrations = "unknown"
  /// What works, but should be changed.
  fileprivate(set) var warnings: [String] = []

  var isReady: Bool { [postgres, redis, migrations].allSatisfy { $0 == "ok" } }

  private static let patience = Duration.seconds(2)

  private enum Finding: Sendable {
    case postgres(StorageError?)
    case redis(Result<[String], CoordinationError>)
    case deadline
  }

  static func check(_ services: WebServices) async -> Readiness {
    await withTaskGroup(of: Finding.self) { group in
      group.addTask { await askPostgres(services.database) }
      group.addTask { await askRedis(services.redisHealth) }
      group.addTask {
        // Cancelled when both have answered: then nobody waits for it.
        try? await services.reactor.sleep(for: patience)
        return .deadline
      }
      var readiness = Readiness()
      var waiting = 2
      while waiting > 0, let finding = await group.next() {
        if case .deadline = finding { break }
        readiness.note(finding)
        waiting -= 1
      }
      group.cancelAll()
      return readiness
    }
  }

  private static func askPostgres(_ database: Database) async -> Finding {
    do { try await database.checkReadiness() } catch { return .postgres(error) }
    return .postgres(nil)
  }

  private static func askRedis(_ redis: RedisHealth) async -> Finding {
    do { return .redis(.success(try await redis.warnings())) } catch { return .redis(.failure(error)) }
  }

  private mutating func note(_ finding: Finding) {
    switch finding {
    case .postgres(nil): (postgres, migrations) = ("ok", "ok")
    case .postgres(let error?): note(error)
    case .redis(.success(let found)): (redis, warnings) = ("ok", found)
    case .redis(.failure): redis = "unavailable"
    case .deadline: break
    }
  }

  private mutating func note(_ error: StorageError) {
    switch error.code {
    case .notMigrated: (postgres, migrations) = ("ok", "pending")
    case .newerDatabase: (postgres, migrations) = ("ok", "newer_than_program")
    case .mightyRole: (postgres, warnings) = ("role_too_mighty", warnings + [error.message])
    default: postgres = "unavailable"
    }
  }
}
