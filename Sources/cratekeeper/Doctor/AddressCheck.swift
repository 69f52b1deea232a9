/// Whether the addresses belong together, and what Spotify's dashboard needs.
struct AddressCheck {
  private static let redirect = "redirect address"
  private static let address = "public address"
  /// Where the service takes people back.
  private static let paths = ["/spotify/callback/", "/auth/callback/"]

  let diagnosis: Diagnosis

  var findings: [Finding] { [redirectFinding, publicFinding] }

  private var redirectFinding: Finding {
    if let mistake = diagnosis.mistake(in: "SPOTIFY_REDIRECT_URI", "PUBLIC_URL") {
      return .notChecked(AddressCheck.redirect, mistake)
    }
    let redirect = diagnosis.configuration.spotify.redirectURI
    let publicURL = diagnosis.configuration.publicURL.text
    guard AddressCheck.paths.contains(where: { redirect == publicURL + $0 }) else {
      return .problem(
        AddressCheck.redirect, "\(redirect) doesn't lead back to PUBLIC_URL (\(publicURL))",
        "unset SPOTIFY_REDIRECT_URI, or set it to \(publicURL)\(AddressCheck.paths[0])")
    }
    return .ok(
      AddressCheck.redirect, redirect,
      "paste it into your app's Redirect URIs at https://developer.spotify.com/dashboard, the slash included")
  }

  private var publicFinding: Finding {
    if let mistake = diagnosis.mistake(in: "PUBLIC_URL", "LISTEN", "TRUSTED_PROXIES") {
      return .notChecked(AddressCheck.address, mistake)
    }
    let configuration = diagnosis.configuration
    let (url, listen) = (configuration.publicURL, configuration.listen)
    let message = "\(url.text), served on \(listen)"
    if url.isSecure {
      return configuration.trustedProxies.isEmpty
        ? .warning(
          AddressCheck.address,
          "\(message), but no proxy is believed: its visitors count as one in every limit",
          "set TRUSTED_PROXIES to the address of the proxy that ends TLS")
        : .ok(AddressCheck.address, message)
    }
    if listen.host != "127.0.0.1", listen.host != "::1" {
      return .warning(
        AddressCheck.address, "\(message): others could sign in without TLS",
        "set LISTEN to 127.0.0.1:\(listen.port), or put a proxy with TLS in front and PUBLIC_URL to https")
    }
    guard url.text.hasSuffix(":\(listen.port)") || (listen.port == 80 && !url.hasPort) else {
      return .warning(
        AddressCheck.address, "\(message): another port",
        "unset PUBLIC_URL, or make its port LISTEN's, unless something in between leads from one to the other"
      )
    }
    return .ok(AddressCheck.address, message)
  }
}

extension PublicURL {
  fileprivate var hasPort: Bool {
    guard let colon = text.lastIndex(of: ":") else { return false }
    return text[text.index(after: colon)...].allSatisfy(\.isNumber)
  }
}
