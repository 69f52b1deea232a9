/// The parameters of `/authorize`, judged as Spotify judges them.
struct AuthorizationRequest {
  /// The request can't be answered by a redirect: it is not sure that the address is the app's.
  struct Refusal: Error {
    let message: String
  }

  let client: SimulatorConfiguration.Client
  let redirectURI: String
  let state: String?
  let scope: String
  let challenge: String?

  /// The parameters that the consent page hands on.
  static let fields = [
    "client_id", "response_type", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method",
    "show_dialog",
  ]

  init(
    _ parameter: (String) -> String?, clients: [SimulatorConfiguration.Client]
  ) throws(Refusal) {
    guard let id = parameter("client_id"), !id.isEmpty else {
      throw Refusal(message: "Missing required parameter: client_id")
    }
    guard let client = clients.first(where: { $0.id == id }) else {
      throw Refusal(message: "INVALID_CLIENT: Invalid client")
    }
    guard let redirectURI = parameter("redirect_uri"), !redirectURI.isEmpty else {
      throw Refusal(message: "Missing required parameter: redirect_uri")
    }
    guard RedirectURI.isSecure(redirectURI) else {
      throw Refusal(message: "INVALID_CLIENT: Insecure redirect URI")
    }
    guard client.redirectURIs.contains(where: { RedirectURI.matches(redirectURI, registered: $0) }) else {
      throw Refusal(message: "INVALID_CLIENT: Invalid redirect URI")
    }
    guard let type = parameter("response_type"), !type.isEmpty else {
      throw Refusal(message: "Missing required parameter: response_type")
    }
    guard type == "code" else { throw Refusal(message: "response_type must be code") }
    challenge = parameter("code_challenge")
    if challenge != nil || parameter("code_challenge_method") != nil {
      guard parameter("code_challenge_method") == "S256" else {
        throw Refusal(message: "code_challenge_method must be S256")
      }
      guard challenge?.utf8.count == 43 else {
        throw Refusal(message: "code_challenge must be the base64url of a SHA-256 hash")
      }
    }
    self.client = client
    self.redirectURI = redirectURI
    state = parameter("state")
    scope = parameter("scope") ?? ""
  }

  var unknownScopes: [Substring] {
    scope.split(separator: " ").filter { !AuthorizationRequest.scopes.contains(String($0)) }
  }

  private static let scopes: Set<String> = [
    "ugc-image-upload", "user-read-playback-state", "user-modify-playback-state",
    "user-read-currently-playing", "app-remote-control", "streaming", "playlist-read-private",
    "playlist-read-collaborative", "playlist-modify-private", "playlist-modify-public", "user-follow-modify",
    "user-follow-read", "user-read-playback-position", "user-top-read", "user-read-recently-played",
    "user-library-modify", "user-library-read", "user-read-email", "user-read-private",
  ]
}

/// Spotify's rules for redirect addresses of April and November 2025.
enum RedirectURI {
  /// HTTPS, an app's own scheme, or HTTP to a literal loopback address; never `localhost`.
  static func isSecure(_ uri: String) -> Bool {
    guard let (scheme, host) = parts(uri) else { return false }
    switch scheme {
    case "https": return host != "localhost"
    case "http": return host == "127.0.0.1" || host == "[::1]"
    default: return true
    }
  }

  /// Byte by byte; only a loopback address that was registered without a port matches with any.
  static func matches(_ uri: String, registered: String) -> Bool {
    if uri == registered { return true }
    for loopback in ["http://127.0.0.1", "http://[::1]"] where registered.hasPrefix(loopback + "/") {
      guard uri.hasPrefix(loopback + ":") else { continue }
      let rest = uri.dropFirst(loopback.count + 1)
      let port = rest.prefix { $0.isASCII && $0.isNumber }
      return UInt16(port) != nil && rest.dropFirst(port.count) == registered.dropFirst(loopback.count)
    }
    return false
  }

  private static func parts(_ uri: String) -> (scheme: String, host: String)? {
    guard let colon = uri.firstIndex(of: ":") else { return nil }
    let authority = uri[uri.index(after: colon)...].trimmingPrefix("//").prefix { !"/?#".contains($0) }
    let host =
      authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    return (uri[..<colon].lowercased(), host.lowercased())
  }
}
