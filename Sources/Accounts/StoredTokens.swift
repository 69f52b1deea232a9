import Domain
import Storage
import TokenVault

/// A stored token that doesn't open, and why. Nothing of what is in it.
package struct UnopenedToken: Sendable, Equatable {
  package let user: UserID
  package let purpose: TokenPurpose
  package let reason: VaultError.Code
}

/// How far a walk over all grants is.
package struct GrantProgress: Sendable, Equatable {
  package var done: Int
  package var total: Int
}

/// Goes through everybody's stored tokens, a batch at a time.
struct StoredTokens: Sendable {
  let grants: SealedGrants
  let vault: TokenVault
  /// Grants in one round trip. What re-seals them locks their rows until it has written them all, so few.
  let batch: Int

  /// Hands over the tokens of `users`, batch by batch, each pair as it is stored at that moment.
  func walk(
    _ users: [UserID], _ body: ([SealedGrants.Pair]) async throws(AccountError) -> Void
  ) async throws(AccountError) {
    for start in stride(from: 0, to: users.count, by: batch) {
      let some = users[start..<min(start + batch, users.count)]
      try await body(try await stored { () throws(StorageError) in try await grants.load(some) })
    }
  }

  /// What ``inventory()`` gives before anybody has asked.
  var noInventory: KeyInventory { KeyInventory(ring: vault.keyIDs, uses: []) }

  /// The keys as the rows name them now.
  func inventory() async throws(AccountError) -> KeyInventory {
    KeyInventory(
      ring: vault.keyIDs, uses: try await stored { () throws(StorageError) in try await grants.keyUses() })
  }
}

extension SealedGrants.Pair {
  /// Does something with each of the two tokens; tells which of them refused.
  mutating func visit(
    _ body: (inout SealedToken, TokenPurpose) throws(VaultError) -> Void
  ) -> [UnopenedToken] {
    var unopened: [UnopenedToken] = []
    for purpose in TokenPurpose.allCases {
      let place = SealedGrants.Pair.place(purpose)
      var token = SealedToken(bytes: self[keyPath: place])
      do {
        try body(&token, purpose)
        self[keyPath: place] = token.bytes
      } catch {
        unopened.append(UnopenedToken(user: user, purpose: purpose, reason: error.code))
      }
    }
    return unopened
  }

  private static func place(_ purpose: TokenPurpose) -> WritableKeyPath<SealedGrants.Pair, [UInt8]> {
    switch purpose {
    case .accessToken: \.accessToken
    case .refreshToken: \.refreshToken
    }
  }
}
