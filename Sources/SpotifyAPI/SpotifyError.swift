import FoundationEssentials

/// What Spotify refused, or why it could not be asked.
package struct SpotifyError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// The access token has ended or was taken back: 401.
    case unauthorized
    /// The token lacks a scope. Also seen without cause; worth one more try.
    case insufficientScope
    /// The app may not call this, or not for this user: 403.
    case forbidden
    case notFound
    /// The player's commands are for Premium accounts. Also seen without cause; worth one more try.
    case premiumRequired
    /// Nothing plays anywhere that could be told to.
    case noActiveDevice
    /// The player doesn't take this command now: it is paused already, or may not skip.
    case playerRestricted
    /// The request itself is wrong: 400 and the rest of the 4xx.
    case badRequest
    /// 429, short: everybody of this app waits `retryAfter`.
    case rateLimited
    /// 429 with `QUOTA_EXCEEDED`: nothing of this group for hours.
    case quotaExceeded
    /// 5xx, no answer, or a connection that broke: try again later.
    case unavailable
    /// An answer that is not what the endpoint sends: HTML, cut JSON, a page of another offset.
    case malformed
    /// The token endpoint refuses the refresh token or the code: `invalid_grant`.
    case invalidGrant
    /// The token endpoint refuses this app's own id or secret: our mistake, never the user's.
    case invalidClient
    /// The caller's task was cancelled.
    case cancelled
  }

  package let code: Code
  /// Spotify's HTTP status; nil when there was no answer.
  package let status: Int?
  /// Spotify's own words, without long ones, or ours; never a token. At most 200 scalars.
  package let message: String
  /// How long Spotify asks to wait.
  package let retryAfter: Duration?
  /// The ledger of requests refused it: nothing was sent.
  package let isOurs: Bool

  package init(
    _ code: Code, status: Int? = nil, _ message: String, retryAfter: Duration? = nil, isOurs: Bool = false
  ) {
    self.code = code
    self.status = status
    self.message = String(String.UnicodeScalarView(message.unicodeScalars.prefix(200)))
    self.retryAfter = retryAfter
    self.isOurs = isOurs
  }

  package var description: String {
    if let status { return "Spotify answered \(status): \(message)" }
    return isOurs ? "Spotify was not asked: \(message)" : "Spotify could not be asked: \(message)"
  }
}
