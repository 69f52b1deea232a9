import Secrets

/// Proof Key for Code Exchange (RFC 7636), method `S256`: who redeems a code proves to have asked for it.
package struct PKCE: Sendable {
  package static let method = "S256"

  /// 43 to 128 characters, kept here until the code comes back. Secret until then.
  package let verifier: String

  package init() { verifier = RandomToken.make(bytes: 32) }

  /// With a verifier that was kept.
  package init(verifier: String) { self.verifier = verifier }

  /// What the authorization request shows.
  package var challenge: String { Base64URL.encode(SHA256.hash(verifier)) }
}
