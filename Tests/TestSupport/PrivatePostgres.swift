import Foundation
import Reactor

/// A Postgres server of one test's own, which it may stop, kill or start again.
package final class PrivatePostgres: Sendable {
  package struct Failure: Error, CustomStringConvertible { package let description: String }

  package let port: UInt16
  /// As a superuser.
  package var url: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

  private let directory: URL
  private let programs: String
  private let server = Locked<ChildProcess?>(nil)

  /// Makes a cluster, starts its server, runs `body` with it and removes all of it, also when `body` throws.
  package static func with<Success: Sendable>(
    _ body: (PrivatePostgres) async throws -> Success
  ) async throws -> Success {
    let postgres = try PrivatePostgres()
    let outcome: Result<Success, any Error>
    do {
      try await postgres.makeCluster()
      try await postgres.start()
      outcome = .success(try await body(postgres))
    } catch { outcome = .failure(error) }
    await postgres.kill()
    try? FileManager.default.removeItem(at: postgres.directory)
    return try outcome.get()
  }

  private init() throws {
    port = try FreePort.find()
    let versions = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql").sorted()
    guard let newest = versions.last else { throw Failure(description: "Postgres isn't installed") }
    programs = "/usr/lib/postgresql/\(newest)/bin"
    directory = FileManager.default.temporaryDirectory.appending(path: "postgres-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  /// Ends it as an administrator does who is in a hurry: open transactions are undone, connections closed, and
  /// everything is on the disk.
  package func shutDown() async { await end(SIGINT) }

  /// `kill -9`; returns when it is dead. What was committed stays, and unlogged tables will be empty.
  package func kill() async { await end(SIGKILL) }

  /// Starts it again on the same port, and returns when it takes connections.
  package func start() async throws {
    let arguments =
      [
        "-D", directory.path, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=", "-c", "timezone=UTC", "-c", "fsync=off",
      ]
    // The processes of a killed server take a moment to notice; until then the next one refuses to start.
    for _ in 0..<20 {
      let process = try ChildProcess.start(command("postgres") + arguments)
      server.withLock { $0 = process }
      do { return try await process.wait(for: "database system is ready to accept connections") } catch {
        guard process.errors.contains("pre-existing shared memory block") else { throw error }
      }
    }
    throw Failure(description: "the killed server's processes don't end")
  }

  private func makeCluster() async throws {
    if let user = PrivatePostgres.otherUser { chown(directory.path, user.uid, user.gid) }
    let making = try ChildProcess.start(
      command("initdb") + [
        "-D", directory.path, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
        "--no-sync", "--no-instructions",
      ])
    guard await making.ended() == 0 else { throw Failure(description: making.output + making.errors) }
  }

  private func end(_ number: Int32) async {
    let server = self.server.withLock { server in
      defer { server = nil }
      return server
    }
    server?.signal(number)
    await server?.ended()
  }

  /// Postgres refuses to run as root.
  private func command(_ program: String) -> [String] {
    let path = "\(programs)/\(program)"
    return PrivatePostgres.otherUser == nil
      ? [path] : ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", path]
  }

  private static var otherUser: (uid: uid_t, gid: gid_t)? {
    guard geteuid() == 0, let entry = getpwnam("postgres") else { return nil }
    return (uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
  }
}
