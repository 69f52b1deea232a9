import FoundationEssentials
import Glibc
import Logging
import Reactor
import Secrets
import Storage
import TokenVault

enum Version {
  static let text = "0.1.0"
}

@main
struct Program {
  static func main() async {
    let code = await run(Array(CommandLine.arguments.dropFirst()))
    exit(code.rawValue)
  }

  private static func run(_ arguments: [String]) async -> ExitCode {
    do {
      // Before a key is read: all that follows has some in its environment.
      try ProcessMemory.forbidDumps()
      switch try Command(arguments: arguments) {
      case .help(let topic): print(Help.text(topic) ?? "")
      case .version: print("cratekeeper \(Version.text), migration \(Migrator.newestVersion)")
      case .keysGenerate: print(KeyRing.generate())
      case .migrate: try await migrate()
      case .doctor(let asJSON):
        let report = try await Doctor(environment: takeEnvironment())
          .examine(on: try Reactor.start(name: "doctor"))
        print(asJSON ? try report.json() : report.text)
        return report.hasProblem ? .failure : .success
      case .ready:
        print(try await AskReadiness.at(Configuration.forOperations(environment: takeEnvironment())))
      case .quota: print(try await QuotaTable.read(takeEnvironment()), terminator: "")
      case .keys(let kind):
        let report = try await KeyReport.make(kind, takeEnvironment(), onProgress: say)
        for line in report.lines { print(line) }
        for problem in report.problems { complain("cratekeeper: \(problem)") }
        return report.problems.isEmpty ? .success : .failure
      case .serve: try await serve([.web])
      case .worker: try await serve([.worker])
      case .all: try await serve([.web, .worker])
      }
      return .success
    } catch let error as UsageError {
      complain(error.description)
      return .usage
    } catch let error as ConfigurationMistakes {
      complain("cratekeeper: \(error)")
      return .usage
    } catch {
      complain("cratekeeper: \(error)")
      return .failure
    }
  }

  private static func serve(_ parts: Set<Service.Part>) async throws {
    let configuration = try Configuration(environment: takeEnvironment())
    let logger = Logger(level: configuration.logLevel, format: configuration.logFormat)
    defer { _ = logger.flush() }
    try await Service(configuration: configuration, logger: logger).run(parts)
  }

  private static func migrate() async throws {
    let (database, patience) = try Configuration.forMigration(environment: takeEnvironment())
    let done = try await CommandDatabase.use(database, for: "migrate") { _, pool in
      try await Migrator(pool: pool).migrate(waitingUpTo: patience)
    }
    for migration in done { print("applied \(migration)") }
    if done.isEmpty { print("nothing to do: the database is at migration \(Migrator.newestVersion)") }
  }

  /// The environment, for the one who reads it; the secrets don't stay in it.
  private static func takeEnvironment() -> [String: String] {
    defer {
      ProcessMemory.wipeEnvironment(["DATABASE_URL", "REDIS_URL", "TOKEN_KEYS", "SPOTIFY_CLIENT_SECRET"])
    }
    return ProcessInfo.processInfo.environment
  }

  /// Prints a line now, also into a pipe.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static func complain(_ message: String) {
    let line = Array((message + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
