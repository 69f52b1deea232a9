import Storage

/// The keys of a ring beside those that stored tokens name.
package struct KeyInventory: Sendable, Equatable {
  package enum Role: Sendable {
    /// The ring's first.
    case seals
    case opens
    /// Not on the ring, though tokens name it.
    case missing
  }

  package struct Entry: Sendable, Equatable {
    package let id: String
    package let role: Role
    /// How many name it.
    package let tokens: Int
  }

  /// As the ring has them, then the missing ones by their ids.
  package let entries: [Entry]
  /// How many tokens name no key at all.
  package let damagedTokens: Int

  /// - Parameter ring: the ids of its keys, the sealing one first.
  package init(ring: [String], uses: [SealedGrants.KeyUse]) {
    var tokens: [String: Int] = [:]
    for use in uses { if let id = use.keyID { tokens[id] = use.tokens } }
    entries =
      ring.enumerated().map { index, id in
        Entry(id: id, role: index == 0 ? .seals : .opens, tokens: tokens[id] ?? 0)
      }
      + tokens.filter { !ring.contains($0.key) }.sorted { $0.key < $1.key }.map {
        Entry(id: $0.key, role: .missing, tokens: $0.value)
      }
    damagedTokens = uses.filter { $0.keyID == nil }.reduce(0) { $0 + $1.tokens }
  }

  /// The ring's first.
  package var sealing: String { entries[0].id }

  package var tokens: Int { entries.reduce(damagedTokens) { $0 + $1.tokens } }

  /// Keys that tokens name and the ring lacks.
  package var missing: [String] { ids { $0.role == .missing } }

  /// Keys behind the first that no token names.
  package var unneeded: [String] { ids { $0.role == .opens && $0.tokens == 0 } }

  /// Keys that tokens name.
  package var used: [String] { ids { $0.tokens > 0 } }

  /// The same of the ring.
  var usedOnRing: [String] { ids { $0.tokens > 0 && $0.role != .missing } }

  /// The tokens that aren't under the first key, damaged ones included.
  package var tokensToReseal: Int { tokens - entries[0].tokens }

  private func ids(_ isMeant: (Entry) -> Bool) -> [String] { entries.filter(isMeant).map(\.id) }
}
