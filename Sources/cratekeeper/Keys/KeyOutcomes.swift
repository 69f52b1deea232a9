import Accounts

extension KeyReport {
  init(listing inventory: KeyInventory) {
    lines = TextTable.lines(
      [["key", "role", "tokens"]] + inventory.entries.map { [$0.id, $0.role.words, "\($0.tokens)"] })
    if let damaged = KeyWords.damaged(inventory) { lines.append("\(damaged); \(KeyWords.adviceForDamaged)") }
    note(inventory)
  }

  init(rotation outcome: RotateKeys.Outcome) {
    let (inventory, sealing) = (outcome.inventory, outcome.inventory.sealing)
    lines.append("\(KeyWords.amount(outcome.resealed, "grant")) put under \(sealing)")
    if inventory.tokensToReseal == 0 {
      lines.append("no stored token is left under another key: all \(inventory.tokens) are under \(sealing)")
    }
    problems = outcome.unopened.map(KeyWords.unopened)
    if !outcome.unopened.isEmpty {
      problems.append(
        "\(KeyWords.amount(outcome.unopened.count, "token")) didn't open; their grants were left as they are")
    }
    if outcome.returned > 0 {
      problems.append(
        "\(KeyWords.count(outcome.returned, "grant")) under another key again: an instance still seals with it. "
          + "Put \(sealing) first in TOKEN_KEYS of every instance, restart them, then run this again")
    } else if outcome.unopened.isEmpty, inventory.tokensToReseal > 0 {
      problems.append(
        "\(KeyWords.count(inventory.tokensToReseal, "stored token")) not under \(sealing); run this again")
    }
    note(inventory)
  }

  init(verification outcome: VerifyKeys.Outcome) {
    let opened = outcome.opened.values.reduce(0, +)
    lines.append("\(opened) of \(opened + outcome.unopened.count) tokens of \(outcome.grants) grants open")
    for (id, count) in outcome.opened.sorted(by: { $0.key < $1.key }) { lines.append("  \(id): \(count)") }
    problems = outcome.unopened.map(KeyWords.unopened)
    if !problems.isEmpty {
      problems.append(
        "\(KeyWords.amount(problems.count, "token")) didn't open; have these people connect again, if nothing helps"
      )
    }
    if let strangers = KeyWords.strangers(outcome.strangers) {
      problems.append("\(strangers); \(KeyWords.adviceForStrangers)")
    }
    note(outcome.inventory)
  }

  /// What is to be said about the ring at the end of each.
  private mutating func note(_ inventory: KeyInventory) {
    if let missing = KeyWords.missing(inventory) {
      problems.append("\(missing); \(KeyWords.adviceForMissing)")
    }
    // With tokens of which nobody knows the key, no key is proved to be of no use.
    if problems.isEmpty, let unneeded = KeyWords.unneeded(inventory) {
      lines.append(
        "\(unneeded); TOKEN_KEYS may go without as soon as every instance seals with \(inventory.sealing)")
    }
  }
}

extension KeyInventory.Role {
  fileprivate var words: String {
    switch self {
    case .seals: "seals"
    case .opens: "opens"
    case .missing: "MISSING from TOKEN_KEYS"
    }
  }
}
