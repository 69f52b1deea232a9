import FoundationEssentials
import Secrets

/// What the token endpoint gave. Noncopyable: the tokens are sealed or used, then wiped.
package struct TokenAnswer: ~Copyable, Sendable {
  package let accessToken: SecretBytes
  /// Empty when Spotify sent none: absent, null and empty mean the same, the old one goes on (Spotify, "Refreshing tokens").
  package let refreshToken: SecretBytes
  package var hasRefreshToken: Bool { refreshToken.count > 0 }
  package let lifetime: Duration
  /// What was granted; nil when the answer doesn't say, which means what was granted before.
  package let scopes: [String]?

  private struct Payload: Decodable {
    let accessToken: String
    let tokenType: String
    let refreshToken: String?
    let expiresIn: Double
    let scope: String?

    private enum CodingKeys: String, CodingKey {
      case scope
      case accessToken = "access_token"
      case tokenType = "token_type"
      case refreshToken = "refresh_token"
      case expiresIn = "expires_in"
    }
  }

  /// Reads the answer. The decoder's own copies of the strings stay out of reach until the allocator hands
  /// their memory out again.
  init(body: [UInt8]) throws(SpotifyError) {
    let payload: Payload
    do {
      payload = try JSONDecoder().decode(Payload.self, from: Data(body))
    } catch {
      throw SpotifyError(.malformed, "the token endpoint's answer is not a token")
    }
    guard payload.tokenType.lowercased() == "bearer", !payload.accessToken.isEmpty,
      payload.accessToken.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
      payload.expiresIn.isFinite, (1...31_536_000).contains(payload.expiresIn)
    else { throw SpotifyError(.malformed, "the token endpoint's answer is not a usable token") }
    accessToken = SecretBytes(copying: payload.accessToken.utf8)
    refreshToken = SecretBytes(copying: (payload.refreshToken ?? "").utf8)
    lifetime = .seconds(payload.expiresIn)
    scopes = payload.scope.map { $0.split(separator: " ").map(String.init) }
  }
}
