import Secrets

/// The token of a session, as its cookie carries it; only the hash is kept.
package enum SessionToken {
  /// What a session is looked up by.
  package static func hash(_ token: String) -> [UInt8] { SHA256.hash(token) }

  /// Whether a cookie's value can be one of ours; anything else isn't worth a look-up.
  package static func isWellFormed(_ token: String) -> Bool {
    token.utf8.count == 43 && Base64URL.decode(token) != nil
  }
}
