import Accounts
import FoundationEssentials
import PostgreSQL
import Storage
import TokenVault

/// Whether Postgres is there, is what this program works on, and keeps people apart.
struct DatabaseCheck: Sendable {
  /// What others need from it.
  struct Outcome: Sendable {
    var findings: [Finding] = []
    var clock: ClockOffset?
    /// What the stored tokens say about the keys, or why it can't be told.
    var keys: Result<Keys, Reason>
  }

  struct Keys: Sendable {
    let inventory: KeyInventory
    let strangers: TryKeys.Strangers
  }

  struct Reason: Error { let text: String }

  let configuration: PostgreSQLConfiguration
  /// Nobody said where it is: the default was tried.
  let isDefault: Bool
  let keyRing: KeyRing
  let patience: Patience
  let now: @Sendable () -> Date

  private static let (server, settings, schema, role) = (
    "Postgres", "Postgres' settings", "Postgres' schema", "Postgres' role"
  )
  private static let oldest = 150_000

  static func notChecked(_ reason: String) -> Outcome {
    Outcome(
      findings: [server, settings, schema, role].map { .notChecked($0, reason) },
      keys: .failure(Reason(text: reason)))
  }

  func callAsFunction() async -> Outcome {
    let began = now()
    let answer = await patience.await {
      try await withPool([]) { try await DatabaseExamination(pool: $0).facts() }
    }
    let ended = now()
    switch answer {
    case .failure(let error):
      var outcome = DatabaseCheck.notChecked("no database")
      outcome.findings[0] = unreachable(error)
      return outcome
    case .success(let facts):
      let (schema, keys) = await examineSchema(facts)
      return Outcome(
        findings: [
          serverFinding(facts), settingsFinding(facts), schema, DatabaseCheck.roleFinding(facts),
        ], clock: ClockOffset(of: facts.clock, began: began, ended: ended), keys: keys)
    }
  }

  /// As `migrate` connects, or as the service does: on one connection, closed afterwards.
  private func withPool<Value: Sendable>(
    _ onConnect: [SQL], _ body: (PostgreSQLPool) async throws -> Value
  ) async throws -> Value {
    var configuration = configuration
    configuration.applicationName = "cratekeeper doctor"
    configuration.onConnect = onConnect
    configuration.connections = 1
    configuration.connectTimeout = patience.limit
    configuration.statementDeadline = patience.limit
    let pool = PostgreSQLPool(reactor: patience.reactor, configuration: configuration)
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body(pool)) } catch { outcome = .failure(error) }
    await pool.close()
    return try outcome.get()
  }

  // MARK: Findings

  private func unreachable(_ error: any Error) -> Finding {
    let message = "\(configuration) can't be asked: \(error)"
    let refusal = error as? PostgreSQLError
    return switch (refusal?.code, refusal?.sqlState) {
    case (.authentication, _):
      .problem(DatabaseCheck.server, message, "correct the user and the password in DATABASE_URL")
    case (_, "3D000"):
      .problem(
        DatabaseCheck.server, message,
        "create it (`createdb`, or CREATE DATABASE), or correct DATABASE_URL; then `cratekeeper migrate`")
    default:
      .problem(
        DatabaseCheck.server, message,
        isDefault
          ? "DATABASE_URL is not set: set it to postgres://user:password@host:port/database"
          : "start it, or correct the host and the port in DATABASE_URL")
    }
  }

  private func serverFinding(_ facts: DatabaseFacts) -> Finding {
    let message = "\(facts.version) at \(configuration)"
    return facts.versionNumber >= DatabaseCheck.oldest
      ? .ok(DatabaseCheck.server, message)
      : .warning(
        DatabaseCheck.server, "\(message): older than anything it was tested with",
        "upgrade to Postgres 15 or newer")
  }

  private func settingsFinding(_ facts: DatabaseFacts) -> Finding {
    guard !facts.unsafeSettings.isEmpty else {
      return .ok(DatabaseCheck.settings, "what is committed is kept")
    }
    let names = facts.unsafeSettings.joined(separator: ", ")
    return .warning(
      DatabaseCheck.settings, "\(names) off: after a crash what was committed may be gone or damaged",
      "set \(names) to on in postgresql.conf")
  }

  /// The migrations, as the service sees them, and the keys in use.
  private func examineSchema(_ facts: DatabaseFacts) async -> (Finding, Result<Keys, Reason>) {
    let check = DatabaseCheck.schema
    let migrate = "run `cratekeeper migrate` with a DATABASE_URL whose user may create a schema and roles"
    guard facts.hasSchema, let role = facts.serviceRole else {
      return (
        .problem(check, "no migration was run on it", migrate),
        .failure(Reason(text: "the database is not migrated"))
      )
    }
    guard role.isOpenToLogin else {
      let reason = "\(facts.login) may not become cratekeeper_service"
      return (.notChecked(check, reason), .failure(Reason(text: reason)))
    }
    let answer = await patience.await {
      try await withPool(Database.onConnect) { try await Database(pool: $0).appliedMigration() }
    }
    let newest = Migrator.newestVersion
    switch answer {
    case .failure(let error):
      return (
        .problem(check, "it can't be read: \(error)", migrate), .failure(Reason(text: "no schema was read"))
      )
    case .success(let applied) where applied < newest:
      return (
        .problem(check, "it is at migration \(applied) of \(newest)", migrate),
        .failure(Reason(text: "the database is not migrated"))
      )
    case .success(let applied):
      let keys = await patience.await {
        try await withPool(Database.onConnect) { try await examineKeys(SealedGrants(Database(pool: $0))) }
      }
      return (
        applied == newest
          ? .ok(check, "migration \(applied), the newest")
          : .problem(
            check, "it is at migration \(applied), this program knows \(newest)", "run the newer program"),
        keys.mapError { Reason(text: "\($0)") }
      )
    }
  }

  private func examineKeys(_ grants: SealedGrants) async throws -> Keys {
    let inventory = KeyInventory(ring: keyRing.ids, uses: try await grants.keyUses())
    let tryKeys = TryKeys(grants: grants, vault: TokenVault(ring: keyRing))
    return Keys(inventory: inventory, strangers: try await tryKeys.strangers(in: inventory))
  }

  private static func roleFinding(_ facts: DatabaseFacts) -> Finding {
    guard let role = facts.serviceRole else { return .notChecked(DatabaseCheck.role, "no migration was run") }
    let name = "cratekeeper_service"
    guard role.powers.isEmpty else {
      return .problem(
        DatabaseCheck.role,
        """
        \(name) could bypass row-level security, so nothing is served by it: \
        it \(role.powers.joined(separator: "; it "))
        """,
        """
        as a superuser: ALTER ROLE \(name) NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION, REVOKE its memberships \
        and TRUNCATE, REASSIGN OWNED BY \(name) TO the owner
        """)
    }
    guard role.isOpenToLogin else {
      return .problem(
        DatabaseCheck.role, "\(facts.login) may not become \(name)",
        "as the owner: GRANT \(name) TO \"\(facts.login)\"")
    }
    guard !facts.loginIsSuperuser else {
      return .warning(
        DatabaseCheck.role,
        "\(name) sees its user's rows alone, but \(facts.login), who connects, is a superuser",
        "give the service a login of its own: CREATE ROLE … LOGIN PASSWORD '…' IN ROLE \(name)")
    }
    return .ok(DatabaseCheck.role, "\(facts.login) becomes \(name), which sees its user's rows alone")
  }
}
