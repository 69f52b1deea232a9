import FoundationEssentials
import HTTPServer
import Web

extension ListenAddress {
  init(setting text: String) throws(Mistake) {
    do throws(HTTPServerError) { try self.init(parsing: text) } catch { throw Mistake("\(error)") }
  }
}

/// Where browsers find the service: scheme, host and port, without a path.
struct PublicURL: Sendable, Equatable {
  /// Without a slash at the end.
  let text: String
  let isSecure: Bool

  init(parsing text: String) throws(Mistake) {
    let url = try PublicURL.endpoint(text)
    guard let parts = URL(string: url), parts.path.isEmpty || parts.path == "/" else {
      throw Mistake("use scheme, host and port alone, such as https://music.example.org")
    }
    self.text = url
    isSecure = url.hasPrefix("https://")
  }

  /// An http or https address without a slash at the end, a query or a fragment.
  static func endpoint(_ text: String) throws(Mistake) -> String {
    let trimmed = String(text.reversed().drop { $0 == "/" }.reversed())
    guard let url = URL(string: trimmed), let scheme = url.scheme, ["http", "https"].contains(scheme),
      let host = url.host(), !host.isEmpty, url.query() == nil, url.fragment() == nil, url.user() == nil
    else { throw Mistake("use an address such as https://music.example.org") }
    return trimmed
  }
}

/// What Spotify accepts as a redirect address (since 2025-04-09): https, or http with a loopback number.
enum RedirectURI {
  static func check(_ text: String) throws(Mistake) -> String {
    guard let url = URL(string: text), let scheme = url.scheme, let host = url.host(), !host.isEmpty,
      url.fragment() == nil
    else { throw Mistake("use an address such as https://music.example.org/spotify/callback/") }
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    if bare.lowercased() == "localhost" || bare.lowercased().hasSuffix(".localhost") {
      throw Mistake("Spotify refuses `localhost`; use the number: http://127.0.0.1:PORT/spotify/callback/")
    }
    guard scheme == "https" || (scheme == "http" && (bare == "127.0.0.1" || bare == "::1")) else {
      throw Mistake("Spotify wants https; http works for 127.0.0.1 and [::1] alone. Set PUBLIC_URL to https")
    }
    return text
  }
}

/// Proxies whose `X-Forwarded-For` is believed: addresses and networks, separated by commas.
enum TrustedProxies {
  static func parse(_ text: String) throws(Mistake) -> [String] {
    let entries = text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    if let wrong = entries.first(where: { !Web.TrustedProxies.isValid($0) }) {
      throw Mistake("\(wrong) is no address or network; use such as 10.0.0.1,192.168.0.0/16,fd00::/8")
    }
    return entries
  }
}
