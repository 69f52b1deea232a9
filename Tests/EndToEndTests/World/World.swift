import Foundation
import HTTPClient
import PostgreSQL
import Reactor
import Redis
import SpotifySimulator
import TestSupport
import Testing

/// All that a test has to itself: a migrated database, keys in Redis, a Spotify, and processes of the program.
final class World: Sendable {
  struct Options: Sendable {
    var simulator = SimulatorConfiguration.small
    /// What all processes get besides.
    var environment: [String: String] = [:]
    /// A Redis of its own instead of the one that all tests share, started with these options.
    var ownRedis: [String]?
    /// A Postgres of its own instead of the one that all tests share.
    var hasOwnPostgres = false
    var isMigrated = true
    fileprivate var redis: PrivateRedis?
    fileprivate var postgres: PrivatePostgres?
  }

  let reactor: Reactor
  let simulator: Simulator
  let http: HTTPClient
  let database: TestDatabase
  let redisURL: String
  let namespace = "e2e-\(UUID().uuidString.lowercased())"
  /// Where browsers find the service: the first process that serves listens there.
  let publicURL: String
  let tokenKey: String
  private let publicPort: UInt16
  private let isPublicPortTaken = Locked(false)
  private let options: Options
  private let pool: PostgreSQLPool
  private let redis: RedisClient
  private let processes = Locked<[ChildProcess]>([])

  static func make(on reactor: Reactor, _ options: Options) async throws -> World {
    return try World(
      on: reactor, options, try await makeDatabase(options),
      try await Simulator.start(on: reactor, configuration: options.simulator))
  }

  private static func makeDatabase(_ options: Options) async throws -> TestDatabase {
    if let postgres = options.postgres {
      if options.isMigrated { try await BuiltProgram.migrate(postgres.url) }
      return TestDatabase(name: "", url: postgres.url)
    }
    return try await TestDatabase.make(
      template: options.isMigrated ? try await BuiltProgram.migratedDatabase.value : nil)
  }

  private init(
    on reactor: Reactor, _ options: Options, _ database: TestDatabase, _ simulator: Simulator
  ) throws {
    self.reactor = reactor
    self.options = options
    self.database = database
    self.simulator = simulator
    var client = HTTPClient.Configuration(userAgent: "tests")
    client.maxConnectionsPerHost = 256
    http = try HTTPClient(reactor: reactor, configuration: client)
    var postgres = try PostgreSQLConfiguration.patient(url: database.url)
    postgres.applicationName = World.applicationName
    postgres.onConnect = ["SET search_path TO cratekeeper"]
    pool = PostgreSQLPool(reactor: reactor, configuration: postgres)
    redisURL = try options.redis?.url ?? TestRedis.url
    redis = RedisClient(reactor: reactor, configuration: try RedisConfiguration(url: redisURL))
    publicPort = try FreePort.find()
    publicURL = "http://127.0.0.1:\(publicPort)"
    tokenKey = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
  }

  static let applicationName = "tests"

  /// Ends everything, whatever state it is in.
  func end() async {
    for process in processes.withLock({ $0 }) { await process.kill9() }
    http.close()
    redis.close()
    await pool.close()
    await simulator.stop()
    guard options.postgres == nil else { return }
    do { try await database.drop() } catch { print("a test's database stays: \(error)") }
  }

  /// The last lines of every process, to understand a failure.
  var logs: String {
    processes.withLock { $0 }.map { process in
      let lines = (process.output + process.errors).split(separator: "\n").suffix(40)
      return "--- process \(process.pid)\n" + lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Everything that any process wrote.
  var written: [String] { processes.withLock { $0 }.flatMap { [$0.output, $0.errors] } }

  // MARK: Processes

  enum Part: String {
    case serve, worker, all

    /// What it logs when it has begun.
    var sign: String { self == .serve ? #""listening""# : #""working""# }
  }

  /// A process of the program, and where it listens.
  struct Service: Sendable {
    let process: ChildProcess
    let base: String
    let operations: String
    let port: UInt16
  }

  /// Starts a process and returns when it has begun.
  ///
  /// - Parameter prefix: a command that starts it in its own way.
  func start(
    _ part: Part, _ environment: [String: String] = [:], prefix: [String] = []
  ) async throws -> Service {
    let service = try launch(part, environment, prefix: prefix)
    try await service.process.wait(for: part.sign)
    return service
  }

  /// Starts a process.
  func launch(
    _ part: Part, _ environment: [String: String] = [:], prefix: [String] = []
  ) throws -> Service {
    let isFirst =
      part != .worker
      && isPublicPortTaken.withLock { isTaken in
        defer { isTaken = true }
        return !isTaken
      }
    let port = isFirst ? publicPort : try FreePort.find()
    let operations = try FreePort.find()
    var all = self.environment
    all["LISTEN"] = "127.0.0.1:\(port)"
    all["OPS_LISTEN"] = "127.0.0.1:\(operations)"
    let process = try launch(prefix: prefix, [part.rawValue], all.merging(environment) { $1 })
    return Service(
      process: process, base: "http://127.0.0.1:\(port)", operations: "http://127.0.0.1:\(operations)",
      port: port)
  }

  /// Starts the program with nothing but what is said here. It ends with this world.
  func launch(
    prefix: [String] = [], _ arguments: [String], _ environment: [String: String]
  ) throws -> ChildProcess {
    let process = try BuiltProgram.start(arguments, environment, prefix: prefix)
    processes.withLock { $0.append(process) }
    return process
  }

  /// What every process of this world gets.
  var environment: [String: String] {
    let own = [
      "DATABASE_URL": database.url, "REDIS_URL": redisURL, "REDIS_NAMESPACE": namespace,
      "PUBLIC_URL": publicURL, "SPOTIFY_API_URL": simulator.apiURL,
      "SPOTIFY_ACCOUNTS_URL": simulator.accountsURL, "SPOTIFY_CLIENT_ID": "cratekeeper-demo",
      "SPOTIFY_CLIENT_SECRET": "cratekeeper-demo-secret", "TOKEN_KEYS": "k1:\(tokenKey)", "REACTORS": "1",
      // Saved tracks alone: what is about other kinds asks for their scopes.
      "LOG_LEVEL": "debug", "SPOTIFY_SCOPES": "user-library-read",
      // Tests hammer; those of the limits set their own.
      "LIMIT_SIGN_INS": "1000000", "LIMIT_CHANGES": "1000000", "LIMIT_READS": "100000000",
      "LIMIT_AT_ONCE": "10000",
    ]
    return own.merging(options.environment) { $1 }
  }

  func browser(at service: Service) -> Browser { Browser(http, base: service.base) }

  // MARK: What lies beneath

  /// What ``Options/ownRedis`` asked for.
  var ownRedis: PrivateRedis { get throws { try #require(options.redis) } }
  /// What ``Options/hasOwnPostgres`` asked for.
  var ownPostgres: PrivatePostgres { get throws { try #require(options.postgres) } }

  /// Asks the database, as somebody who sees all.
  func rows(_ statement: SQL) async throws -> Rows { try await pool.query(statement) }

  func count(_ statement: SQL) async throws -> Int { try await rows(statement)[0].decode(0, as: Int.self) }

  /// Every row of some tables, with what tells whether it was rewritten; a text for each table.
  func content(of tables: [String]) async throws -> [String] {
    try await pool.query(
      """
      SELECT query_to_xml(
        format('SELECT xmin, held::text FROM cratekeeper.%I AS held ORDER BY held::text', name), true, true, '')::text
      FROM unnest(\(tables)) AS held (name)
      """
    ).map { try $0.decode(0, as: String.self) }
  }

  func transaction<Value: Sendable>(
    _ body: (inout Transaction) async throws -> Value
  ) async throws -> Value {
    try await pool.withTransaction { try await body(&$0) }
  }

  /// Asks Redis.
  func redis(_ command: String...) async throws -> RedisValue {
    try await redis.send(command.map { RedisArgument($0) })
  }

  /// A key of this world's processes.
  func key(_ name: String) -> String { "{\(namespace)}:\(name)" }

  // MARK: Waiting

  struct Overdue: Error, CustomStringConvertible { let description: String }

  /// Looks until `condition` holds, for what nobody gives a signal.
  func until(
    _ what: String, within patience: Duration = .seconds(30), _ condition: () async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + patience
    while !(try await condition()) {
      guard ContinuousClock.now < end else { throw Overdue(description: "it never came to that: \(what)") }
      try await reactor.sleep(for: .milliseconds(15))
    }
  }
}

extension SimulatorConfiguration {
  /// Mira with 175 tracks and Noor with 60, one local file among them.
  static let small: SimulatorConfiguration = {
    var configuration = SimulatorConfiguration()
    configuration.users = [
      User(id: "mira", name: "Mira <b>Moss</b>", tracks: 175, seed: 11),
      User(id: "noor", name: "Noor", tracks: 60),
    ]
    return configuration
  }()
}

/// Three processes of each test at the same time would starve one another on a small machine.
private let worldsAtOnce = Semaphore(permits: max(4, 3 * ProcessInfo.processInfo.activeProcessorCount))

/// Runs a test in a world of its own, which ends with it.
func withWorld(
  _ change: (inout World.Options) -> Void = { _ in }, _ body: @escaping @Sendable (World) async throws -> Void
) async throws {
  var options = World.Options()
  change(&options)
  try await worldsAtOnce.withPermit { [options] in
    try await withOwnServers(options) { options in
      try await onReactor { reactor in
        let world = try await World.make(on: reactor, options)
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch {
          print("\(error)\n\(world.logs)")
          result = .failure(error)
        }
        await world.end()
        try result.get()
      }
    }
  }
}

private func withOwnServers(
  _ options: World.Options, _ body: @escaping @Sendable (World.Options) async throws -> Void
) async throws {
  var options = options
  if let ownRedis = options.ownRedis, options.redis == nil {
    return try await PrivateRedis.with(ownRedis) { redis in
      options.redis = redis
      try await withOwnServers(options, body)
    }
  }
  if options.hasOwnPostgres, options.postgres == nil {
    return try await PrivatePostgres.with { postgres in
      options.postgres = postgres
      try await withOwnServers(options, body)
    }
  }
  try await body(options)
}
