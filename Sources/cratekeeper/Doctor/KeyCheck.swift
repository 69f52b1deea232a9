import Secrets
import TokenVault

/// Whether the keys seal and open, and none that is needed is missing.
struct KeyCheck {
  private static let (ring, inUse) = ("key ring", "keys in use")

  let diagnosis: Diagnosis
  let keyIDs: Result<[String], DatabaseCheck.Reason>

  var findings: [Finding] {
    if let mistake = diagnosis.mistake(in: "TOKEN_KEYS") {
      return [KeyCheck.ring, KeyCheck.inUse].map { .notChecked($0, mistake) }
    }
    let ids = diagnosis.configuration.keyRing.ids
    return [ringFinding(ids), usageFinding(ids)]
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
    return .ok(KeyCheck.ring, "\(ids[0]) seals and opens\(others.isEmpty ? "" : "; \(others) open")")
  }

  private func usageFinding(_ ids: [String]) -> Finding {
    switch keyIDs {
    case .failure(let reason): return .notChecked(KeyCheck.inUse, reason.text)
    case .success(let used):
      let missing = used.filter { !ids.contains($0) }
      guard missing.isEmpty else {
        return .problem(
          KeyCheck.inUse,
          "tokens are sealed with keys that TOKEN_KEYS lacks: \(missing.joined(separator: ", "))",
          "put them back into TOKEN_KEYS, behind the first; who lost a key has its people connect again")
      }
      let unused = ids.dropFirst().filter { !used.contains($0) }
      return .ok(
        KeyCheck.inUse,
        (used.isEmpty ? "no token is stored yet" : used.joined(separator: ", "))
          + (unused.isEmpty || used.isEmpty ? "" : "; no token needs \(unused.joined(separator: ", "))"))
    }
  }
}
