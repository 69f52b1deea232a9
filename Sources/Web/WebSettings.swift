/// What configuration says about the HTTP edge.
package struct WebSettings: Sendable {
  /// How browsers reach the service, without a trailing slash: `https://crates.example`.
  package let publicURL: String
  /// Whether that is https: cookies are `Secure` then, and browsers are told to stay with it.
  package let isSecure: Bool
  let trustedProxies: TrustedProxies
  /// Older than this, the copy of the new releases is fetched again.
  package let catalogueMaximumAge: Duration
  /// Where else covers come from than Spotify's own hosts, as `scheme://host[:port]`.
  package let imageOrigins: [String]

  /// - Parameter trustedProxies: addresses and CIDR blocks whose `X-Forwarded-For` is believed; what is
  ///   neither is believed nothing.
  package init(
    publicURL: String, isSecure: Bool, trustedProxies: [String] = [],
    catalogueMaximumAge: Duration = .seconds(86_400), imageOrigins: [String] = []
  ) {
    self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
    self.isSecure = isSecure
    self.trustedProxies = TrustedProxies(trustedProxies)
    self.catalogueMaximumAge = catalogueMaximumAge
    self.imageOrigins = imageOrigins
  }
}
