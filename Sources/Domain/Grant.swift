import FoundationEssentials

/// What a person allowed a Spotify app, without the tokens.
package struct Grant: Sendable {
  package enum Status: String, Sendable {
    case healthy
    /// Spotify refused the refresh token once: it may be Spotify's trouble, so nothing is thrown away.
    case suspect
    /// The person has to allow the app again, or has allowed another app than the one that asks.
    case dead
    case disconnected
  }

  package let user: UserID
  package let app: AppID
  /// Only that app can renew it: for this one it is as good as dead, until its own is configured again.
  package let isOfAnotherApp: Bool
  package let status: Status
  package let scopes: [String]
  package let authorizedAt: Date
  /// When Spotify ends the refresh token: six months after the authorization, whatever is refreshed.
  package let endsAt: Date
  package let accessTokenExpiresAt: Date?
  /// Raised with every pair of tokens that is stored.
  package let tokenVersion: Int64
  package let suspectSince: Date?

  package init(
    user: UserID, app: AppID, isOfAnotherApp: Bool = false, status: Status, scopes: [String],
    authorizedAt: Date, endsAt: Date,
    accessTokenExpiresAt: Date?, tokenVersion: Int64, suspectSince: Date?
  ) {
    self.user = user
    self.app = app
    self.isOfAnotherApp = isOfAnotherApp
    self.status = status
    self.scopes = scopes
    self.authorizedAt = authorizedAt
    self.endsAt = endsAt
    self.accessTokenExpiresAt = accessTokenExpiresAt
    self.tokenVersion = tokenVersion
    self.suspectSince = suspectSince
  }

  /// Why the person has to connect again, when it is dead.
  package var end: String {
    isOfAnotherApp
      ? "this service has another app at Spotify now than the one that you allowed; connect again"
      : "Spotify ended this connection; connect again"
  }

  /// What the person is told: a healthy grant in its last month is `expiring`.
  package func connectionStatus(at now: Date) -> String {
    status == .healthy && warning(at: now) != nil ? "expiring" : status.rawValue
  }

  /// What the person is told about the end; nil while it is far, and when something else has ended the connection.
  package func warning(at now: Date) -> ConnectionWarning? {
    guard status != .disconnected, let warning = ConnectionWarning(end: endsAt, now: now) else { return nil }
    return status == .dead && warning.code != .expired ? nil : warning
  }
}
