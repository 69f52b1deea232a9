import Secrets

/// Issues, recognizes and ends authorization codes, access tokens and refresh tokens.
struct TokenBook: Sendable {
  struct Code: Sendable {
    var client: String
    var user: String
    var redirectURI: String
    var scope: String
    var challenge: String?
    var issuedAt: Int
  }

  private let key: [UInt8]
  private var codes: [String: Code] = [:]
  /// Every code that was given out, and every verifier that came with one.
  private(set) var handshakes: Set<String> = []
  private var known: [String: TokenClaims] = [:]
  private var revokedNonces: Set<UInt64> = []
  /// Refresh tokens of a user issued until then are void.
  private var revokedUntil: [String: Int] = [:]
  private var accessRevokedUntil: [String: Int] = [:]

  init(seed: UInt64) {
    key = SHA256.hash("a simulator's tokens, seed \(seed)")
  }

  /// The S256 challenge of RFC 7636, section 4.2.
  static func challenge(of verifier: String) -> String { Base64URL.encode(SHA256.hash(verifier)) }

  // MARK: Codes

  mutating func issueCode(_ code: Code) -> String {
    let text = "AQ" + Base64URL.encode((0..<12).flatMap { _ in TokenBook.randomBytes() })
    codes[text] = code
    handshakes.insert(text)
    return text
  }

  /// The code's grant, once: whatever comes of it, the code is used up.
  mutating func takeCode(_ text: String, verifier: String?) -> Code? {
    if let verifier { handshakes.insert(verifier) }
    return codes.removeValue(forKey: text)
  }

  // MARK: Tokens

  /// Every token that was issued or recognized.
  var all: [String] { Array(known.keys) }

  mutating func issue(
    _ kind: TokenClaims.Kind, client: String, user: String?, scope: String, authorizedAt: Int, now: Int
  ) -> String {
    let claims = TokenClaims(
      kind: kind, client: client, user: user, scope: scope, issuedAt: now, authorizedAt: authorizedAt,
      nonce: UInt64.random(in: 0...UInt64.max))
    let text = claims.text(key: key)
    known[text] = claims
    return text
  }

  /// What `text` stands for; nil when no simulator with this seed has issued it.
  mutating func claims(_ text: String) -> TokenClaims? {
    if let claims = known[text] { return claims }
    guard let claims = TokenClaims(text, key: key) else { return nil }
    known[text] = claims
    return claims
  }

  func isRevoked(_ claims: TokenClaims) -> Bool {
    guard let user = claims.user else { return false }
    let until = claims.kind == .access ? accessRevokedUntil[user] : revokedUntil[user]
    return claims.issuedAt <= until ?? .min || revokedNonces.contains(claims.nonce)
  }

  /// Ends one token, as a rotation does with the old one.
  mutating func revoke(_ claims: TokenClaims) { revokedNonces.insert(claims.nonce) }

  /// The user takes the app's access away. Access tokens live on until they expire, unless asked otherwise.
  mutating func revokeAll(of user: String, accessTokens: Bool, now: Int) {
    revokedUntil[user] = now
    if accessTokens { accessRevokedUntil[user] = now }
  }

  private static func randomBytes() -> [UInt8] {
    withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) }
  }
}
