import Domain
import Storage
import TokenVault

/// Opens every stored token, and writes nothing.
package struct VerifyKeys: Sendable {
  package struct Outcome: Sendable {
    package fileprivate(set) var grants = 0
    /// How many tokens each key opened, by its id.
    package fileprivate(set) var opened: [String: Int] = [:]
    package fileprivate(set) var unopened: [UnopenedToken] = []
    package fileprivate(set) var inventory: KeyInventory
  }

  private let tokens: StoredTokens

  package init(grants: SealedGrants, vault: TokenVault, batch: Int = 200) {
    tokens = StoredTokens(grants: grants, vault: vault, batch: batch)
  }

  /// - Throws: when Postgres is away.
  package func callAsFunction(
    onProgress: (GrantProgress) -> Void = { _ in }
  ) async throws(AccountError) -> Outcome {
    let users = try await stored { () throws(StorageError) in
      try await tokens.grants.users(notUnder: nil)
    }
    var outcome = Outcome(inventory: tokens.noInventory)
    var progress = GrantProgress(done: 0, total: users.count)
    try await tokens.walk(users) { pairs throws(AccountError) in
      for var pair in pairs {
        let (user, version) = (pair.user.rawValue, pair.version)
        outcome.unopened += pair.visit { token, purpose throws(VaultError) in
          _ = try tokens.vault.open(token, for: user, purpose: purpose, version: version)
          outcome.opened[token.keyID ?? "", default: 0] += 1
        }
      }
      outcome.grants += pairs.count
      progress.done += pairs.count
      onProgress(progress)
    }
    outcome.inventory = try await tokens.inventory()
    return outcome
  }
}
