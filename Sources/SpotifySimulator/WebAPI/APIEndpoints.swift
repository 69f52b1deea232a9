import HTTPServer

extension SimulatorState {
  /// The Web API: who asks, whether they may, and the answer.
  mutating func api(_ endpoint: Endpoint.APICall, _ call: Call, _ fault: Fault?) -> HTTPResponse {
    do {
      let caller = try caller(call)
      switch endpoint {
      case .me: return try me(caller, call)
      case .savedTracks: return try savedTracks(caller, call, fault)
      case .following: return try following(caller, call, fault)
      case .myPlaylists: return try myPlaylists(caller, call, fault)
      case .playlist: return try playlist(caller, call, fault)
      case .playlistItems: return try playlistItems(caller, call, fault, isOldName: false)
      case .playlistTracks: return try playlistItems(caller, call, fault, isOldName: true)
      case .playback: return try playback(caller, call)
      case .play, .pause, .next: return try command(endpoint, caller, call)
      case .libraryContains: return try libraryContains(caller, call)
      case .newReleases: return try newReleases(call, fault)
      case .search: return try search(call, fault)
      case .artist: return try artist(call)
      case .artistAlbums: return try artistAlbums(call, fault)
      }
    } catch {
      return error.response
    }
  }

  /// Whose token it is.
  private mutating func caller(_ call: Call) throws(APIRefusal) -> TokenClaims {
    guard call.request.headers["authorization"] != nil else { throw APIRefusal(401, "No token provided") }
    guard let token = call.bearer else {
      throw APIRefusal(400, "Only valid bearer authentication supported")
    }
    guard let claims = tokens.claims(String(token)), claims.kind == .access, !tokens.isRevoked(claims),
      configuration.clients.contains(where: { $0.id == claims.client })
    else { throw APIRefusal(401, "Invalid access token") }
    guard microseconds - claims.issuedAt < configuration.accessTokenSeconds * 1_000_000 else {
      throw APIRefusal(401, "The access token expired")
    }
    guard let user = claims.user else { return claims }
    guard account(user) != nil else { throw APIRefusal(401, "Invalid access token") }
    guard isAllowed(user) else {
      throw APIRefusal(plain: 403, "User not registered in the Developer Dashboard")
    }
    return claims
  }

  /// The account of a person's token.
  func person(_ caller: TokenClaims) throws(APIRefusal) -> Int {
    guard let user = caller.user, let account = account(user) else {
      throw APIRefusal(401, "Valid user authentication required")
    }
    return account
  }

  func requireScope(_ scope: String, _ caller: TokenClaims) throws(APIRefusal) {
    guard caller.scope.split(separator: " ").contains(Substring(scope)) else {
      throw APIRefusal(403, "Insufficient client scope")
    }
  }

  /// The renderer for the address that was asked.
  mutating func json(_ call: Call) -> CatalogueJSON {
    let imageOrigin = configuration.publicURL ?? call.origin
    if let last = renderer, last.mode == configuration.mode, last.origin == call.origin { return last }
    let renderer = CatalogueJSON(
      catalogue: catalogue, mode: configuration.mode, origin: call.origin, imageOrigin: imageOrigin)
    self.renderer = renderer
    return renderer
  }
}

extension Call {
  /// `limit` within 1…`maximum`; a missing one is `standard`.
  func limit(standard: Int, maximum: Int) throws(APIRefusal) -> Int {
    guard let text = query("limit") else { return standard }
    guard let limit = Int(text), (1...maximum).contains(limit) else { throw APIRefusal(400, "Invalid limit") }
    return limit
  }

  func offset(maximum: Int = 100_000_000) throws(APIRefusal) -> Int {
    guard let text = query("offset") else { return 0 }
    guard let offset = Int(text), (0...maximum).contains(offset) else {
      throw APIRefusal(400, "Invalid offset")
    }
    return offset
  }
}

/// A request that the Web API turns down.
struct APIRefusal: Error {
  let response: HTTPResponse

  init(_ status: Int, _ message: String, reason: String? = nil) {
    var response = HTTPResponse.apiError(status, message, reason: reason)
    if status == 401 {
      response.headers.set("www-authenticate", "Bearer realm=\"spotify\", error=\"invalid_token\"")
    }
    self.response = response
  }

  init(plain status: Int, _ text: String) { response = .text(status, text) }
}
