import HTTPServer

extension SimulatorState {
  /// `GET /v1/me/playlists`: 1…50 a page. Shared ones need `playlist-read-collaborative` besides.
  mutating func myPlaylists(
    _ caller: TokenClaims, _ call: Call, _ fault: Fault?
  ) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("playlist-read-private", caller)
    let limit = try call.limit(standard: 20, maximum: 50)
    let offset = try call.offset(maximum: 100_000)
    let shelf = shelf(account)
    let seesShared = caller.scope.split(separator: " ").contains("playlist-read-collaborative")
    let list = seesShared ? shelf.playlists : shelf.playlists.filter { !$0.isCollaborative }
    let page = ListPage(
      address: "\(call.origin)/v1/me/playlists?", offset: offset, limit: limit,
      total: max(0, list.count + shelf.totalOffset), alteration: fault?.alteration ?? PageAlteration())
    let (json, user, isExtended) = (json(call), accounts[account].user, configuration.mode == .extended)
    var writer = JSONWriter(capacity: 64 << 10)
    page.write(&writer, count: list.count) { writer, index in
      let playlist = list[index]
      guard playlist.isListed else { return writer.null() }
      let frame = CatalogueJSON.PlaylistFrame(
        playlist: playlist, user: user, showsContents: isExtended || playlist.isOwnOrShared)
      json.playlist(frame, &writer) { writer, name in
        writer.object {
          $0.field("href", "\(call.origin)/v1/playlists/\(playlist.id)/\(name)")
          $0.field("total", playlist.count)
        }
      }
    }
    return .json(200, writer.bytes)
  }

  /// `GET /v1/playlists/{id}`: what it is and its first hundred items.
  mutating func playlist(
    _ caller: TokenClaims, _ call: Call, _ fault: Fault?
  ) throws(APIRefusal) -> HTTPResponse {
    let place = try place(call)
    let frame = frame(place, caller)
    let items = frame.showsContents ? items(place) : []
    let json = json(call)
    let withEpisodes = call.wantsEpisodes
    var writer = JSONWriter(capacity: 256 << 10)
    json.playlist(frame, &writer, withFollowers: true) { writer, name in
      let page = ListPage(
        address: "\(call.origin)/v1/playlists/\(frame.playlist.id)/\(name)?", offset: 0, limit: 100,
        total: items.count, alteration: fault?.alteration ?? PageAlteration())
      page.write(&writer, count: items.count) {
        json.playlistItem(items[$1], frame, withEpisodes: withEpisodes, &$0)
      }
    }
    return .json(200, writer.bytes)
  }

  /// `GET /v1/playlists/{id}/items`, and `/tracks` as it was called before 2026.
  mutating func playlistItems(
    _ caller: TokenClaims, _ call: Call, _ fault: Fault?, isOldName: Bool
  ) throws(APIRefusal) -> HTTPResponse {
    let isExtended = configuration.mode == .extended
    guard isExtended || !isOldName else { throw APIRefusal(403, "Forbidden") }
    let limit = try call.limit(standard: isOldName ? 100 : 20, maximum: isOldName ? 100 : 50)
    let offset = try call.offset()
    let place = try place(call)
    let frame = frame(place, caller)
    guard frame.showsContents else { throw APIRefusal(403, "Forbidden") }
    if caller.user != nil { try requireScope("playlist-read-private", caller) }
    let json = json(call)
    let withEpisodes = call.wantsEpisodes
    let key = PageCache.Key(
      resource: (isOldName ? "tracks " : "items ") + (withEpisodes ? "episode " : "") + frame.playlist.id,
      user: frame.user.id, version: frame.playlist.version, offset: offset, limit: limit,
      mode: configuration.mode, origin: call.origin)
    if fault == nil, let page = pages[key] {
      return HTTPResponse(status: 200, headers: HTTPResponse.jsonHeaders, body: .shared(page))
    }
    let items = items(place)
    let name = isOldName ? "tracks" : "items"
    let types = call.query("additional_types").map { "additional_types=\(FormEncoding.encode($0))&" } ?? ""
    let page = ListPage(
      address: "\(call.origin)/v1/playlists/\(frame.playlist.id)/\(name)?\(types)", offset: offset,
      limit: limit, total: items.count, alteration: fault?.alteration ?? PageAlteration())
    scratch.reset()
    page.write(&scratch, count: items.count) {
      json.playlistItem(items[$1], frame, withEpisodes: withEpisodes, &$0)
    }
    guard fault == nil else { return .json(200, scratch.bytes) }
    let shared = SharedBytes(scratch.bytes)
    pages.insert(shared, key)
    return HTTPResponse(status: 200, headers: HTTPResponse.jsonHeaders, body: .shared(shared))
  }

  /// What is in a playlist, whoever asks; nil for what is gone or never was.
  mutating func playlistItems(of id: String) -> [PlaylistItem]? {
    guard let place = findPlaylist(id) else { return nil }
    return items(place)
  }

  // MARK: Finding

  private struct Place {
    let account: Int
    let position: Int
  }

  /// Who has the playlist in the list, and where; 404 for what is gone or never was.
  private mutating func place(_ call: Call) throws(APIRefusal) -> Place {
    let id = call.parameters["id"] ?? ""
    guard id.utf8.count == 22 else { throw APIRefusal(400, "Invalid base62 id") }
    guard let place = findPlaylist(id) else { throw APIRefusal(404, "Resource not found") }
    return place
  }

  private mutating func findPlaylist(_ id: String) -> Place? {
    guard let key = PlaylistShelf.key(of: id, catalogue),
      let account = accounts.firstIndex(where: { $0.key == key })
    else { return nil }
    let shelf = shelf(account)
    guard let position = shelf.position(of: id), !shelf.playlists[position].isGone else { return nil }
    return Place(account: account, position: position)
  }

  /// What the caller sees of it. Who doesn't have it in the list is a stranger to it.
  private mutating func frame(_ place: Place, _ caller: TokenClaims) -> CatalogueJSON.PlaylistFrame {
    let playlist = shelf(place.account).playlists[place.position]
    let user = accounts[place.account].user
    let isMine = caller.user == user.id && playlist.isOwnOrShared
    return CatalogueJSON.PlaylistFrame(
      playlist: playlist, user: user, showsContents: configuration.mode == .extended || isMine)
  }

  private mutating func items(_ place: Place) -> [PlaylistItem] {
    accounts[place.account].shelf?.items(at: place.position) ?? []
  }
}

extension Call {
  /// Without asking for episodes, their places are empty.
  var wantsEpisodes: Bool {
    query("additional_types")?.split(separator: ",").contains("episode") ?? false
  }
}
