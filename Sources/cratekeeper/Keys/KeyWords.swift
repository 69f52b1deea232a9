import Accounts
import TokenVault

/// What is said about keys, wherever it is said: at the start, by `doctor` and by `keys`.
enum KeyWords {
  /// Nil when `TOKEN_KEYS` has all keys that are in use.
  static func missing(_ inventory: KeyInventory) -> String? {
    inventory.missing.isEmpty
      ? nil : "tokens are sealed with keys that TOKEN_KEYS lacks: \(list(inventory.missing))"
  }

  static let adviceForMissing =
    "put them back into TOKEN_KEYS, behind the first; who lost a key has its people connect again "
    + "(docs/operations.md says how)"

  /// Nil when no key of `TOKEN_KEYS` is a stranger to the tokens that name it.
  static func strangers(_ ids: [String]) -> String? {
    ids.isEmpty
      ? nil : "TOKEN_KEYS has another key than the one that sealed the tokens under this id: \(list(ids))"
  }

  static let adviceForStrangers =
    "put the right key back under its id; a new key gets an id of its own (`cratekeeper keys generate`)"

  /// Nil when every key of `TOKEN_KEYS` that only few people's tokens name opens one of them.
  static func doubtful(_ ids: [String]) -> String? {
    ids.isEmpty ? nil : "none of the few stored tokens that name this key opens: \(list(ids))"
  }

  static let adviceForDoubtful =
    "`cratekeeper keys verify` says whose; put the right key back under its id, or, if their rows are damaged, have "
    + "these people connect again"

  /// Nil when every stored token names a key.
  static func damaged(_ inventory: KeyInventory) -> String? {
    inventory.damagedTokens == 0
      ? nil : "\(count(inventory.damagedTokens, "stored token")) damaged: no key opens what names none"
  }

  static let adviceForDamaged =
    "`cratekeeper keys verify` says whose; restore the row from a backup, or have its person connect again"

  /// Nil when every key behind the first is needed.
  static func unneeded(_ inventory: KeyInventory) -> String? {
    inventory.unneeded.isEmpty ? nil : "no token needs \(list(inventory.unneeded))"
  }

  static let unlocked = "the system doesn't keep keys out of swap for this process"
  static let adviceForUnlocked =
    "raise the limit for locked memory: LimitMEMLOCK=8M for systemd, `ulimits: memlock` for containers"

  static func unopened(_ token: UnopenedToken) -> String {
    let name =
      switch token.purpose {
      case .accessToken: "access token"
      case .refreshToken: "refresh token"
      }
    return "user \(token.user)'s \(name) doesn't open: \(token.reason.rawValue)"
  }

  /// `1 grant`, `2 grants`.
  static func amount(_ number: Int, _ thing: String) -> String {
    number == 1 ? "1 \(thing)" : "\(number) \(thing)s"
  }

  /// `1 grant is`, `2 grants are`.
  static func count(_ number: Int, _ thing: String) -> String {
    "\(amount(number, thing)) \(number == 1 ? "is" : "are")"
  }

  static func list(_ ids: [String]) -> String { ids.joined(separator: ", ") }
}
