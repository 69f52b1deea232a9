import Domain
import FoundationEssentials
import Secrets
import SpotifyAPI
import Storage
import TokenVault

/// The two tokens of a grant between Spotify and the database: sealed on the way in, opened on the way out.
package struct TokenSeal: Sendable {
  private let vault: TokenVault

  package init(vault: TokenVault) {
    self.vault = vault
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
    do {
      return try vault.open(
        SealedToken(bytes: bytes), for: grant.user.rawValue, purpose: purpose, version: grant.tokenVersion)
    } catch {
      throw AccountError(.unexpected, error.description)
    }
  }
}
