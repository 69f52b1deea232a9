import Secrets
import TokenVault

/// The token of a session, as its cookie carries it; only the hash is kept.
///
/// It has 256 random bits: nobody finds it again from a plain SHA-256, so there is no need for a slow hash.
package enum SessionToken {
  package static func make() -> String { RandomToken.make() }

  /// What a session is looked up by.
  package static func hash(_ token: String) -> [UInt8] { SHA256.hash(token) }

  /// Whether a cookie's value can be one of ours; anything else isn't worth a look-up.
  package static func isWellFormed(_ token: String) -> Bool { RandomToken.isWellFormed(token) }
}
