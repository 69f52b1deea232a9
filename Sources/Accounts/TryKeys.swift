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

  /// Keys of the ring that open no token of those that were tried, all of which name them.
  package struct Strangers: Sendable, Equatable {
    package fileprivate(set) var certain: [String] = []
    /// Behind the first, and so few people's that their rows may be damaged: a rotation leaves such rows as they are.
    package fileprivate(set) var doubtful: [String] = []
  }

  /// - Throws: when Postgres is away.
  package func strangers(in inventory: KeyInventory) async throws(AccountError) -> Strangers {
    var trial = KeyTrial()
    var people: [String: Int] = [:]
    for id in inventory.usedOnRing {
      let users = try await stored { () throws(StorageError) in
        try await tokens.grants.users(under: id, most: TryKeys.peoplePerKey)
      }
      people[id] = users.count
      try await tokens.walk(users) { pairs throws(AccountError) in
        for pair in pairs {
          var copy = pair
          _ = copy.visit { token, purpose throws(VaultError) in
            if token.keyID == id { try trial.open(token, of: pair, purpose, with: tokens.vault) }
          }
        }
      }
    }
    var found = Strangers()
    for id in trial.strangers {
      let areFew = people[id, default: 0] < TryKeys.peoplePerKey
      if areFew, id != inventory.sealing, trial.hasProof {
        found.doubtful.append(id)
      } else {
        found.certain.append(id)
      }
    }
    return found
  }
}

/// What opening tokens says about the keys that they name.
struct KeyTrial {
  private var proved: Set<String> = []
  private var refused: Set<String> = []

  /// Keys that opened nothing, though something whole names them.
  var strangers: [String] { refused.subtracting(proved).sorted() }

  /// Whether any key opened anything.
  var hasProof: Bool { !proved.isEmpty }

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
