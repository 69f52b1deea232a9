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
    /// Keys of the ring that opened nothing of what names them: others have their ids.
    package fileprivate(set) var strangers: [String] = []
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
    var trial = KeyTrial()
    var progress = GrantProgress(done: 0, total: users.count)
    try await tokens.walk(users) { pairs throws(AccountError) in
      for pair in pairs {
        var copy = pair
        outcome.unopened += copy.visit { token, purpose throws(VaultError) in
          try trial.open(token, of: pair, purpose, with: tokens.vault)
          outcome.opened[token.keyID ?? "", default: 0] += 1
        }
      }
      outcome.grants += pairs.count
      progress.done += pairs.count
      onProgress(progress)
    }
    outcome.strangers = trial.strangers
    outcome.inventory = try await tokens.inventory()
    return outcome
  }
}
