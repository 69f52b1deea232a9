import Glibc
import PostgreSQL
import Reactor

/// A database of a test's own, on the server that `TEST_DATABASE_URL` names.
package struct TestDatabase: Sendable {
  package let name: String
  /// Where it is, as ``PostgreSQLConfiguration`` takes it.
  package let url: String

  /// - Parameter name: empty for one that this type didn't make and can't drop.
  package init(name: String, url: String) {
    self.name = name
    self.url = url
  }

  /// What is missing to run tests on a database, and how to get it.
  package struct Unavailable: Error, CustomStringConvertible {
    package let description: String
  }

  /// `TEST_DATABASE_URL`: the address of a throw-away server, as a superuser.
  package static func serverURL() throws -> String {
    guard let url = getenv("TEST_DATABASE_URL").map({ String(cString: $0) }), !url.isEmpty else {
      throw Unavailable(
        description: """
          TEST_DATABASE_URL is not set: these tests need a throw-away PostgreSQL server. `make test` starts \
          one and sets it.
          """)
    }
    return url
  }

  /// Creates it, a copy of `template` or empty. Whoever makes one drops it: see ``withTestDatabase(template:_:)``.
  package static func make(template: String? = nil) async throws -> TestDatabase {
    let number = made.withLock { count in
      count += 1
      return count
    }
    let name = "test_\(getpid())_\(number)"
    let url = try address(of: name)
    try await onServer("CREATE DATABASE \"\(name)\" TEMPLATE \"\(template ?? "template1")\"")
    return TestDatabase(name: name, url: url)
  }

  /// Drops it, with whoever is still connected.
  package func drop() async throws {
    try await TestDatabase.onServer("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
  }

  private static func onServer(_ statement: String) async throws {
    let configuration = try PostgreSQLConfiguration.patient(url: serverURL())
    try await onReactor { reactor in
      let pool = PostgreSQLPool(reactor: reactor, configuration: configuration)
      do { _ = try await pool.query(SQL(trustedScript: statement), deadline: .seconds(60)) } catch {
        await pool.close()
        throw error
      }
      await pool.close()
    }
  }

  /// The server's address with another database in it.
  private static func address(of name: String) throws -> String {
    let url = try serverURL()
    let (base, query) = url.split(at: "?")
    guard let scheme = base.firstRange(of: "://") else {
      throw Unavailable(
        description: "TEST_DATABASE_URL is not of the form postgres://user@host:port/database")
    }
    let authority = base[scheme.upperBound...].prefix { $0 != "/" }
    return base[..<scheme.upperBound] + authority + "/" + name + (query.map { "?" + $0 } ?? "")
  }

  private static let made = Locked(0)
}

/// Runs `body` with a database of its own and drops it afterwards.
package func withTestDatabase<R: Sendable>(
  template: String? = nil, _ body: @Sendable (_ url: String) async throws -> R
) async throws -> R {
  let database = try await TestDatabase.make(template: template)
  let result: R
  do { result = try await body(database.url) } catch {
    try? await database.drop()
    throw error
  }
  try await database.drop()
  return result
}

extension String {
  fileprivate func split(at separator: Character) -> (Substring, Substring?) {
    guard let index = firstIndex(of: separator) else { return (self[...], nil) }
    return (self[..<index], self[self.index(after: index)...])
  }
}
