import Secrets

/// Where Spotify is and who this app is.
package final class SpotifyConfiguration: Sendable {
  /// `https://api.spotify.com/v1`, without a slash at the end.
  package let apiURL: String
  /// `https://accounts.spotify.com`, without a slash at the end.
  package let accountsURL: String
  package let clientID: String
  package let redirectURI: String
  package let scopes: [String]
  /// `Basic …`: the only form in which the client secret is kept.
  let basicCredentials: SecretBytes

  package init(
    apiURL: String, accountsURL: String, clientID: String, clientSecret: borrowing SecretBytes,
    redirectURI: String, scopes: [String]
  ) {
    self.apiURL = apiURL
    self.accountsURL = accountsURL
    self.clientID = clientID
    self.redirectURI = redirectURI
    self.scopes = scopes
    basicCredentials = BasicCredentials.encode(id: clientID, secret: clientSecret)
  }
}
