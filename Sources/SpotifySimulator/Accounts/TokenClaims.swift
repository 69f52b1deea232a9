import Secrets

/// What a token stands for.
struct TokenClaims: Sendable, Equatable {
  enum Kind: String, Sendable {
    case access
    case refresh
  }

  var kind: Kind
  var client: String
  /// Nil for the app's own token (client credentials).
  var user: String?
  var scope: String
  /// Microseconds since 1970 by the simulator's clock.
  var issuedAt: Int
  /// When the user agreed: the six months of a refresh token count from here, refreshing doesn't extend them.
  var authorizedAt: Int
  /// Tells two tokens of the same microsecond apart.
  var nonce: UInt64
}

extension TokenClaims {
  /// The token: these claims and a check that only a simulator with the same seed can make.
  ///
  /// Nothing has to be stored, so a connection outlives a restart of the simulator. It is no security.
  func text(key: [UInt8]) -> String {
    let fields = [kind.rawValue, client, user ?? "", scope, "\(issuedAt)", "\(authorizedAt)", "\(nonce)"]
    let payload = Array(fields.joined(separator: "\n").utf8)
    return (kind == .access ? "BQ" : "AQ") + Base64URL.encode(TokenClaims.check(payload, key) + payload)
  }

  init?(_ text: String, key: [UInt8]) {
    guard text.hasPrefix("BQ") || text.hasPrefix("AQ"),
      let bytes = Base64URL.decode(String(text.dropFirst(2))),
      bytes.count > 16, TokenClaims.check(Array(bytes[16...]), key) == Array(bytes[..<16])
    else { return nil }
    let fields = String(decoding: bytes[16...], as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 7, let kind = Kind(rawValue: fields[0]), let issuedAt = Int(fields[4]),
      let authorizedAt = Int(fields[5]), let nonce = UInt64(fields[6])
    else { return nil }
    self.init(
      kind: kind, client: fields[1], user: fields[2].isEmpty ? nil : fields[2], scope: fields[3],
      issuedAt: issuedAt, authorizedAt: authorizedAt, nonce: nonce)
  }

  private static func check(_ payload: [UInt8], _ key: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(key + payload).prefix(16))
  }
}
