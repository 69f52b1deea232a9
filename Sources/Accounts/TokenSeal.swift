import Domain
import FoundationEssentials
import Logging
import Secrets
import SpotifyAPI
import Storage
import TokenVault

/// The two tokens of a grant between Spotify and the database: sealed on the way in, opened on the way out.
package struct TokenSeal: Sendable {
  private let vault: TokenVault
  private let logger: Logger

  package init(vault: TokenVault, logger: Logger) {
    self.vault = vault
    self.logger = logger
  }

  func seal(
    accessToken: borrowing SecretBytes, refreshToken: borrowing SecretBytes, expiresAt: Date, of user: UserID,
    version: Int64
  ) -> Grants.SealedTokens {
    Grants.SealedTokens(
      accessToken: vault.seal(
        accessToken, for: user.rawValue, purpose: .accessToken, version: version
      ).bytes,
      refreshToken: vault.seal(
        refreshToken, for: user.rawValue, purpose: .refreshToken, version: version
      ).bytes,
      accessTokenExpiresAt: expiresAt)
  }

  func openAccessToken(_ sealed: Grants.SealedGrant) throws(AccountError) -> SecretBytes {
    try open(sealed.tokens?.accessToken, .accessToken, sealed.grant)
  }

  func openRefreshToken(_ sealed: Grants.SealedGrant) throws(AccountError) -> SecretBytes {
    try open(sealed.tokens?.refreshToken, .refreshToken, sealed.grant)
  }

  private func open(
    _ bytes: [UInt8]?, _ purpose: TokenPurpose, _ grant: Grant
  ) throws(AccountError) -> SecretBytes {
    guard let bytes else { throw AccountError(.notConnected, "no Spotify account is connected") }
    let sealed = SealedToken(bytes: bytes)
    do {
      return try vault.open(
        sealed, for: grant.user.rawValue, purpose: purpose, version: grant.tokenVersion)
    } catch {
      throw error.code == .unknownKey
        ? missing(sealed.keyID ?? "", grant.user) : AccountError(.unexpected, error.description)
    }
  }

  /// Somebody put a token under a key that this process was started without.
  private func missing(_ key: String, _ user: UserID) -> AccountError {
    logger.error(
      "TOKEN_KEYS lacks a key that a token is sealed with: add it and restart",
      ["key": key, "user": user.rawValue])
    return AccountError(.keyMissing, "TOKEN_KEYS lacks the key \(key), which a token is sealed with")
  }
}
