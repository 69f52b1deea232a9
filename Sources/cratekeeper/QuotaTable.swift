import Coordination
import Domain
import PostgreSQL
import Redis
import Storage
import Sync

/// `cratekeeper quota`: the ledger of requests as a table.
enum QuotaTable {
  /// Asks Redis and Postgres, once.
  static func read(_ environment: [String: String]) async throws -> String {
    let settings = try Configuration.ForQuota(environment: environment)
    var database = settings.database
    database.onConnect = Database.onConnect
    database.connections = 1
    return try await CommandDatabase.use(database, for: "quota") { reactor, pool in
      let redis = RedisClient(reactor: reactor, configuration: settings.redis)
      defer { redis.close() }
      let readQuota = ReadQuota(
        ledger: RequestLedger(redis: redis, namespace: settings.namespace, account: DeveloperAccountID("")),
        copy: LedgerCopy(Database(pool: pool)), ceilings: settings.ceilings)
      return text(try await readQuota())
    }
  }

  private static func text(_ accounts: [ReadQuota.Account]) -> String {
    if accounts.isEmpty { return "no Spotify app is registered yet: start the service once\n" }
    return accounts.map(text).joined(separator: "\n")
  }

  private static func text(_ account: ReadQuota.Account) -> String {
    var rows = [["group", "last 30 s", "last 24 h", "parked until"]]
    for group in account.groups {
      rows.append([
        group.group.rawValue, "\(group.usedInWindow)", "\(group.usedInDay)",
        group.parkedUntil.map(Timestamp.text) ?? "-",
      ])
    }
    rows.append(["all", "\(account.usedInWindow)", "", account.pausedUntil.map(Timestamp.text) ?? "-"])
    rows.append(["tokens", "", "", account.tokensPausedUntil.map(Timestamp.text) ?? "-"])
    rows.append([
      "ceiling", account.ceilings.perWindow.map(String.init) ?? "none",
      account.ceilings.perDay.map { "\($0) each" } ?? "none", "",
    ])
    let title = "developer account \(account.id), client ids \(account.clientIDs.joined(separator: ", "))\n"
    return title + TextTable.lines(rows).map { "  \($0)\n" }.joined()
  }
}
