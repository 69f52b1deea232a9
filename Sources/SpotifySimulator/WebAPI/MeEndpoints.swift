import HTTPServer

extension SimulatorState {
  /// `GET /v1/me`. Development Mode and missing scopes leave fields out.
  func me(_ caller: TokenClaims, _ call: Call) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    let user = accounts[account].user
    let isPremium = accounts[account].player?.isPremium ?? true
    let scopes = Set(caller.scope.split(separator: " "))
    let path = FormEncoding.encode(user.id)
    let isExtended = configuration.mode == .extended
    let imageOrigin = configuration.publicURL ?? call.origin
    return .json(200) { json in
      json.field("account_id", catalogue.artistIDs.text(Int(truncatingIfNeeded: user.seed >> 1)))
      if isExtended, scopes.contains("user-read-private") {
        json.field("country", "SE")
        json.key("explicit_content")
        json.object {
          $0.field("filter_enabled", false)
          $0.field("filter_locked", false)
        }
        json.field("product", isPremium ? "premium" : "free")
      }
      if isExtended, scopes.contains("user-read-email") { json.field("email", "\(path)@example.invalid") }
      json.field("display_name", user.name)
      json.key("external_urls")
      json.object { $0.field("spotify", "https://open.spotify.com/user/\(path)") }
      if isExtended {
        json.key("followers")
        json.object {
          $0.nullField("href")
          $0.field("total", Int(user.seed % 1_000))
        }
      }
      json.field("href", "\(call.origin)/v1/users/\(path)")
      json.field("id", user.id)
      json.key("images")
      json.array([300, 64]) { json, size in
        json.object {
          $0.field("height", size)
          $0.field("url", "\(imageOrigin)/image/\(size)-user\(user.seed)")
          $0.field("width", size)
        }
      }
      json.field("type", "user")
      json.field("uri", "spotify:user:\(path)")
    }
  }

  /// `GET /v1/me/tracks`: newest first, 1…50 a page.
  mutating func savedTracks(
    _ caller: TokenClaims, _ call: Call, _ fault: Fault?
  ) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("user-library-read", caller)
    let limit = try call.limit(standard: 20, maximum: 50)
    let offset = try call.offset()
    let library = library(account)
    let json = json(call)
    let key = PageCache.Key(
      user: accounts[account].user.id, version: library.version, offset: offset, limit: limit,
      mode: configuration.mode, origin: call.origin)
    // A fault changes the bytes: what it damages is made anew and not kept.
    if fault == nil, let page = pages[key] {
      return HTTPResponse(status: 200, headers: HTTPResponse.jsonHeaders, body: .shared(page))
    }
    let page = ListPage(
      address: "\(call.origin)/v1/me/tracks?", offset: offset, limit: limit, total: library.total,
      alteration: fault?.alteration ?? PageAlteration())
    render(page, library.entries, json)
    guard fault == nil else { return .json(200, scratch.bytes) }
    let shared = SharedBytes(scratch.bytes)
    pages.insert(shared, key)
    return HTTPResponse(status: 200, headers: HTTPResponse.jsonHeaders, body: .shared(shared))
  }

  /// Writes the page into `scratch`.
  private mutating func render(_ page: ListPage, _ entries: [SavedEntry], _ json: CatalogueJSON) {
    let padding = configuration.pageBytes / 50
    scratch.reset()
    page.write(&scratch, count: entries.count) { writer, index in
      writer.object { writer in
        writer.field("added_at", Timestamp.text(entries[index].addedAt))
        writer.key("track")
        switch entries[index].item {
        case .track(let number): json.track(number, padding: padding, &writer)
        case .local(let number): json.localFile(LocalFile(number), &writer)
        case .null: writer.null()
        }
      }
    }
  }

  /// `GET /v1/me/library/contains?uris=`: a truth value for each of at most 40 URIs.
  mutating func libraryContains(_ caller: TokenClaims, _ call: Call) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("user-library-read", caller)
    guard let list = call.query("uris"), !list.isEmpty else {
      throw APIRefusal(400, "Missing required field: uris")
    }
    let uris = list.split(separator: ",", omittingEmptySubsequences: false)
    guard uris.count <= 40 else { throw APIRefusal(400, "Too many uris requested") }
    let library = library(account)
    let followed =
      list.contains("spotify:artist:") ? Set(follows(account).follows.map(\.id)) : []
    var answers: [Bool] = []
    for uri in uris {
      let parts = uri.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == "spotify", !parts[2].isEmpty else {
        throw APIRefusal(400, "Invalid uri")
      }
      guard MeKinds.known.contains(parts[1]) else { throw APIRefusal(400, "Unsupported uri type") }
      switch parts[1] {
      case "track": answers.append(catalogue.trackIDs.index(parts[2]).map(library.contains(track:)) ?? false)
      case "playlist": answers.append(shelf(account).position(of: String(parts[2])) != nil)
      case "artist": answers.append(followed.contains(String(parts[2])))
      // Of the rest nothing is saved here.
      default: answers.append(false)
      }
    }
    var writer = JSONWriter()
    writer.array(answers) { $0.value($1) }
    return .json(200, writer.bytes)
  }
}

/// The kinds of URI that `/me/library/contains` takes.
private enum MeKinds {
  static let known: Set<Substring> = [
    "track", "album", "episode", "show", "audiobook", "artist", "user", "playlist",
  ]
}
