import Domain
import Storage
import TokenVault

/// Tries keys on a few of the tokens that name them. Another key of the same id opens none of them, and would seal
/// newcomers' tokens beside those that it can't open.
package struct TryKeys: Sendable {
  private let tokens: StoredTokens

  /// One damaged row says nothing about a key.
  private static let peoplePerKey = 3

  package init(grants: SealedGrants, vault: TokenVault) {
    tokens = StoredTokens(grants: grants, vault: vault, batch: TryKeys.peoplePerKey)
  }

  /// The keys of the ring that open no token of those that were tried, all of which name them.
  ///
  /// - Throws: when Postgres is away.
  package func strangers(in inventory: KeyInventory) async throws(AccountError) -> [String] {
    var trial = KeyTrial()
    for id in inventory.usedOnRing {
      let users = try await stored { () throws(StorageError) in
        try await tokens.grants.users(under: id, most: TryKeys.peoplePerKey)
      }
      try await tokens.walk(users) { pairs throws(AccountError) in
        for pair in pairs {
          var copy = pair
          _ = copy.visit { token, purpose throws(VaultError) in
            if token.keyID == id { try trial.open(token, of: pair, purpose, with: tokens.vault) }
          }
        }
      }
    }
    return trial.strangers
  }
}

/// What opening tokens says about the keys that they name.
struct KeyTrial {
  private var proved: Set<String> = []
  private var refused: Set<String> = []

  /// Keys that opened nothing, though something whole names them.
  var strangers: [String] { refused.subtracting(proved).sorted() }

  /// Opens a token, and wipes it.
  mutating func open(
    _ token: SealedToken, of pair: SealedGrants.Pair, _ purpose: TokenPurpose, with vault: TokenVault
  ) throws(VaultError) {
    let id = token.keyID ?? ""
    do throws(VaultError) {
      _ = try vault.open(token, for: pair.user.rawValue, purpose: purpose, version: pair.version)
      proved.insert(id)
    } catch {
      switch error.code {
      case .notAuthentic: refused.insert(id)
      // Its box opened.
      case .otherPurpose, .otherUser, .otherVersion: proved.insert(id)
      case .malformed, .unknownFormat, .unknownKey: break
      }
      throw error
    }
  }
}
