import JSON
import Secrets

/// What the token endpoint gave. Noncopyable: the tokens are sealed or used, then wiped.
package struct TokenAnswer: ~Copyable, Sendable {
  package let accessToken: SecretBytes
  /// Empty when Spotify sent none: absent, null and empty mean the same, the old one goes on (Spotify, "Refreshing tokens").
  package let refreshToken: SecretBytes
  package var hasRefreshToken: Bool { refreshToken.count > 0 }
  package let lifetime: Duration
  /// What was granted; nil when the answer doesn't say, or says nothing, which means what was granted before.
  package let scopes: [String]?

  /// Reads the answer; the only copies of its tokens are this value's and `body`, which the caller wipes.
  init(body: [UInt8]) throws(SpotifyError) {
    var accessToken = SecretBytes(copying: [])
    var refreshToken = SecretBytes(copying: [])
    var tokenType = ""
    var seconds = 0.0
    var scope: String?
    var reader = JSONReader(body)
    do throws(JSONReader.Malformed) {
      while let name = try reader.nextName() {
        switch name {
        case "access_token": if let token = try reader.secret() { accessToken = token }
        case "refresh_token": if let token = try reader.secret() { refreshToken = token }
        case "token_type": tokenType = try reader.text() ?? ""
        case "expires_in": seconds = try reader.number()
        case "scope": scope = try reader.text()
        default: try reader.skip()
        }
      }
    } catch {
      throw SpotifyError(.malformed, "the token endpoint's answer is not a token")
    }
    guard tokenType.lowercased() == "bearer", accessToken.count > 0, accessToken.isVisible,
      refreshToken.isVisible, (1...31_536_000).contains(seconds)
    else { throw SpotifyError(.malformed, "the token endpoint's answer is not a usable token") }
    self.accessToken = accessToken
    self.refreshToken = refreshToken
    lifetime = .seconds(seconds)
    let scopes = (scope ?? "").split(separator: " ").map(String.init)
    self.scopes = scopes.isEmpty ? nil : scopes
  }
}

extension SecretBytes {
  /// Whether it can stand in a header and a form as it is.
  fileprivate var isVisible: Bool {
    withUnsafeBytes { $0.allSatisfy { (0x21...0x7e).contains($0) } }
  }
}

extension JSONReader {
  /// A string, from the answer's bytes straight into memory that is wiped; nil for `null`.
  fileprivate mutating func secret() throws(Malformed) -> SecretBytes? {
    var ahead = self
    var count = 0
    guard try ahead.string({ _ in count += 1 }) else {
      self = ahead
      return nil
    }
    return try SecretBytes(count: count) { memory throws(Malformed) in
      var index = 0
      _ = try string { byte in
        memory[index] = byte
        index += 1
      }
    }
  }
}
