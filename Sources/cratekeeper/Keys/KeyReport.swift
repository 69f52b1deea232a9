import Accounts
import PostgreSQL
import Reactor
import Storage
import TokenVault

/// `cratekeeper keys list | rotate | verify`: what came of it, in words.
struct KeyReport: Sendable, Equatable {
  enum Kind: Sendable, Equatable { case list, rotate, verify }

  var lines: [String] = []
  /// What is wrong and what to do; none of it, and the command has succeeded.
  var problems: [String] = []

  /// Does what the command is for.
  ///
  /// - Parameter onProgress: gets a line whenever another percent is done.
  static func make(
    _ kind: Kind, _ environment: [String: String], onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> KeyReport {
    let settings = try Configuration.ForKeys(environment: environment)
    var database = settings.database
    database.onConnect = Database.onConnect
    database.connections = 1
    // Nobody waits for it, and it waits for whoever has a row at the moment.
    database.statementDeadline = .seconds(60)
    return try await CommandDatabase.use(database, for: "keys") { _, pool in
      let database = Database(pool: pool)
      try await database.checkReadiness()
      return try await make(
        kind, SealedGrants(database), TokenVault(ring: settings.keyRing), onProgress: onProgress)
    }
  }

  private static func make(
    _ kind: Kind, _ grants: SealedGrants, _ vault: TokenVault,
    onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> KeyReport {
    switch kind {
    case .list: return KeyReport(listing: KeyInventory(ring: vault.keyIDs, uses: try await grants.keyUses()))
    case .rotate:
      let steps = PercentSteps("re-sealed", onProgress)
      return KeyReport(
        rotation: try await RotateKeys(grants: grants, vault: vault)(onProgress: steps.tell))
    case .verify:
      let steps = PercentSteps("verified", onProgress)
      return KeyReport(
        verification: try await VerifyKeys(grants: grants, vault: vault)(onProgress: steps.tell))
    }
  }
}

/// Tells how far something is, at most once for each percent.
private final class PercentSteps: Sendable {
  private let verb: String
  private let onProgress: @Sendable (String) -> Void
  private let told = Locked<Int?>(nil)

  init(_ verb: String, _ onProgress: @escaping @Sendable (String) -> Void) {
    self.verb = verb
    self.onProgress = onProgress
  }

  func tell(_ progress: GrantProgress) {
    let percent = progress.done * 100 / max(1, progress.total)
    let isNew = told.withLock { told in
      defer { told = percent }
      return told != percent
    }
    if isNew { onProgress("\(progress.done) of \(progress.total) grants \(verb)") }
  }
}
