import Foundation
import TestSupport

/// The program that was built, beside the bundle of the tests.
enum BuiltProgram {
  static let path: String = {
    let tests = URL(
      fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
    return tests.deletingLastPathComponent().appending(path: "cratekeeper").path
  }()

  /// What every process gets: nothing of our own environment but where programs are, and the mark by which a
  /// test run finds what it left behind.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { ["PATH", "CRATEKEEPER_SERVICES"].contains($0.key) }
  }

  static func start(
    _ arguments: [String], _ environment: [String: String] = [:], prefix: [String] = []
  ) throws -> ChildProcess {
    try ChildProcess.start(
      prefix + [path] + arguments, environment: BuiltProgram.environment.merging(environment) { $1 })
  }

  /// Runs it to its end.
  static func run(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> (code: Int32, output: String, errors: String) {
    try await run(program: path, arguments, environment)
  }

  /// Runs another program to its end.
  static func run(
    program: String, _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> (code: Int32, output: String, errors: String) {
    let process = try ChildProcess.start(
      [program] + arguments, environment: BuiltProgram.environment.merging(environment) { $1 })
    let code = await process.ended()
    return (code, process.output, process.errors)
  }

  /// A database with the program's schema, to copy from.
  static let migratedDatabase = Task {
    let database = try await TestDatabase.make()
    try await migrate(database.url)
    return database.name
  }

  /// Gives a database the program's schema.
  static func migrate(_ url: String) async throws {
    let migration = try await run(["migrate"], ["DATABASE_URL": url])
    guard migration.code == 0 else { throw World.Overdue(description: migration.errors) }
  }
}
