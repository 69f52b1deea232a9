import Domain
import Storage
import TokenVault

/// Puts every stored token under the ring's first key, while others serve and sync.
///
/// What is done stands in the rows alone, as a sealed token names its key: ended anywhere and begun again it goes
/// on, and two at once do no harm. Both tokens of a grant change together, unless somebody else has changed it
/// since it was read; the grant's version stays, so that a refresh under way is stored as if nothing had
/// happened. A token that doesn't open is left as it is.
package struct RotateKeys: Sendable {
  package struct Outcome: Sendable {
    /// Grants.
    package fileprivate(set) var resealed = 0
    /// Grants that came under another key after the first pass: a process seals with that key still.
    package fileprivate(set) var returned = 0
    package fileprivate(set) var unopened: [UnopenedToken] = []
    /// The keys as the rows name them at the end: the proof.
    package fileprivate(set) var inventory: KeyInventory

    /// Nothing is left under another key, and nothing came back.
    package var isComplete: Bool { inventory.tokensToReseal == 0 && returned == 0 }
  }

  private let tokens: StoredTokens

  /// A pass finds what came back since the one before; where it never ends, somebody has to look after it.
  private static let mostPasses = 5

  package init(grants: SealedGrants, vault: TokenVault, batch: Int = 50) {
    tokens = StoredTokens(grants: grants, vault: vault, batch: batch)
  }

  /// Goes over the grants until a pass finds nothing to do.
  ///
  /// - Throws: when Postgres is away; what was done stays done.
  package func callAsFunction(
    onProgress: (GrantProgress) -> Void = { _ in }
  ) async throws(AccountError) -> Outcome {
    var outcome = Outcome(inventory: tokens.noInventory)
    for pass in 1...RotateKeys.mostPasses {
      let found = try await run(&outcome, onProgress)
      if pass > 1 { outcome.returned += found }
      if found == 0 { break }
    }
    outcome.inventory = try await tokens.inventory()
    return outcome
  }

  /// One pass over all that isn't under the first key.
  ///
  /// - Returns: how many grants it found that open.
  private func run(
    _ outcome: inout Outcome, _ onProgress: (GrantProgress) -> Void
  ) async throws(AccountError) -> Int {
    let sealing = tokens.vault.sealingKeyID
    let users = try await stored { () throws(StorageError) in
      try await tokens.grants.users(notUnder: sealing)
    }
    var progress = GrantProgress(done: outcome.resealed, total: outcome.resealed + users.count)
    var found = 0
    outcome.unopened = []
    try await tokens.walk(users) { pairs throws(AccountError) in
      var changes: [(old: SealedGrants.Pair, new: SealedGrants.Pair)] = []
      for old in pairs {
        var new = old
        let unopened = new.visit { token, purpose throws(VaultError) in
          guard token.keyID != sealing else { return }
          token = try tokens.vault.reseal(
            token, for: old.user.rawValue, purpose: purpose, version: old.version)
        }
        outcome.unopened += unopened
        if unopened.isEmpty, new != old { changes.append((old, new)) }
        if unopened.isEmpty, new == old { progress.done += 1 }
      }
      let replaced = try await stored { () throws(StorageError) in
        try await tokens.grants.replace(changes)
      }
      found += changes.count
      outcome.resealed += replaced
      progress.done += replaced
      onProgress(progress)
    }
    return found
  }
}
