import Secrets

@testable import TokenVault

extension FuzzTarget {
  /// What lies in the database: nothing opens but what was sealed, where it was sealed.
  static let sealedTokens = FuzzTarget(
    "sealed-tokens",
    seeds: [
      [0, 1, 1] + Array("a".utf8) + [UInt8](repeating: 0, count: 60), [0, 1, 0xff], [0, 1, 40], [0],
      [1], [1, 0, 0, 0, 0, 1], [2, 20], [3, 1], [4, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
  ) { input in
    var bytes = sealed.bytes
    var (user, purpose, version) = (Int64(7), TokenPurpose.accessToken, Int64(3))
    switch input.byte() {
    case 0: bytes = input.rest
    case 1: for (index, mask) in input.rest.enumerated() where index < bytes.count { bytes[index] ^= mask }
    case 2: bytes = bytes.dropLast(Int(input.byte())) + input.rest
    case 3: purpose = input.byte() % 2 == 0 ? .accessToken : .refreshToken
    case 4: user ^= input.number()
    default: version ^= input.number()
    }
    let token = SealedToken(bytes: bytes)
    if let id = token.keyID { try hold(KeyRing.isValidID(id.utf8), "a key's id can be printed") }
    let isSame = bytes == sealed.bytes && user == 7 && purpose == .accessToken && version == 3
    try hold(isSecret(token, user, purpose, version) == (isSame ? true : nil), "only what was sealed opens")
  }

  /// Nil when it doesn't open.
  private static func isSecret(
    _ token: SealedToken, _ user: Int64, _ purpose: TokenPurpose, _ version: Int64
  ) -> Bool? {
    do throws(VaultError) {
      let opened = try vault.open(token, for: user, purpose: purpose, version: version)
      return opened.withUnsafeBytes { $0.elementsEqual(secret.utf8) }
    } catch { return nil }
  }

  private static let secret = "a token of somebody's"
  private static let ring = "a:\(Base64.encode(SecretBytes(copying: [UInt8](repeating: 1, count: 32))))"
  private static let vault: TokenVault = {
    do { return TokenVault(ring: try KeyRing(parsing: ring)) } catch { preconditionFailure("\(error)") }
  }()
  private static let sealed = vault.seal(
    SecretBytes(copying: secret.utf8), for: 7, purpose: .accessToken, version: 3)

  /// `TOKEN_KEYS`: an operator's slip must never show a key.
  static let keyRings = FuzzTarget(
    "key-rings", seeds: [ring, "\(ring),b:\(ring.dropFirst(2))", "a:", ":", ",", "a", "é:AAAA", "a:AA=A"],
    words: [",", ":", "=", "==", "a:", "k1:", "AAAA", " "]
  ) { input in
    let text = input.text
    do throws(KeyRingError) {
      let ids = try KeyRing(parsing: text).ids
      if ids.isEmpty || Set(ids).count != ids.count || ids.contains(where: { !KeyRing.isValidID($0.utf8) }) {
        throw KeyRingError(code: .empty, entry: -1)
      }
    } catch {
      let entries = text.split(separator: ",", omittingEmptySubsequences: false)
      try hold(
        (1...max(1, entries.count)).contains(error.entry),
        "ids are valid, and there once; or an entry is wrong")
      for entry in entries where entry.utf8.count > 20 {
        let shown = error.description.utf8.firstRange(of: Array(entry.utf8.suffix(20)))
        try hold(shown == nil, "an error shows no key")
      }
    }
  }
}
