import Accounts
import Secrets
import TokenVault

/// Whether the keys seal and open, and none that is needed is missing or another one.
struct KeyCheck {
  private static let (ring, inUse) = ("key ring", "keys in use")

  let diagnosis: Diagnosis
  let stored: Result<DatabaseCheck.Keys, DatabaseCheck.Reason>

  var findings: [Finding] {
    if let mistake = diagnosis.mistake(in: "TOKEN_KEYS") {
      return [KeyCheck.ring, KeyCheck.inUse].map { .notChecked($0, mistake) }
    }
    let ids = diagnosis.configuration.keyRing.ids
    return [ringFinding(ids), usageFinding]
  }

  private func ringFinding(_ ids: [String]) -> Finding {
    let vault = TokenVault(ring: diagnosis.configuration.keyRing)
    let sealed = vault.seal(SecretBytes(copying: "a test".utf8), for: 0, purpose: .refreshToken, version: 0)
    do throws(VaultError) {
      _ = try vault.open(sealed, for: 0, purpose: .refreshToken, version: 0)
    } catch {
      return .problem(
        KeyCheck.ring, "what \(ids[0]) sealed can't be opened again: \(error)", "reinstall libsodium")
    }
    let others = ids.dropFirst().joined(separator: ", ")
    let message = "\(ids[0]) seals and opens\(others.isEmpty ? "" : "; \(others) open")"
    return diagnosis.configuration.keyRing.isLocked
      ? .ok(KeyCheck.ring, message)
      : .warning(KeyCheck.ring, "\(message), but \(KeyWords.unlocked)", KeyWords.adviceForUnlocked)
  }

  private var usageFinding: Finding {
    switch stored {
    case .failure(let reason): return .notChecked(KeyCheck.inUse, reason.text)
    case .success(let keys):
      let inventory = keys.inventory
      if let problem = KeyWords.missing(inventory) {
        return .problem(KeyCheck.inUse, problem, KeyWords.adviceForMissing)
      }
      if let problem = KeyWords.strangers(keys.strangers.certain) {
        return .problem(KeyCheck.inUse, problem, KeyWords.adviceForStrangers)
      }
      if let problem = KeyWords.doubtful(keys.strangers.doubtful) {
        return .problem(KeyCheck.inUse, problem, KeyWords.adviceForDoubtful)
      }
      if let problem = KeyWords.damaged(inventory) {
        return .problem(KeyCheck.inUse, problem, KeyWords.adviceForDamaged)
      }
      if inventory.tokens == 0 { return .ok(KeyCheck.inUse, "no token is stored yet") }
      let words = [KeyWords.list(inventory.used)] + (KeyWords.unneeded(inventory).map { [$0] } ?? [])
      return .ok(KeyCheck.inUse, words.joined(separator: "; "))
    }
  }
}
