import HTTPServer

extension SimulatorState {
  /// `GET /v1/browse/new-releases`: a hundred of the recent albums; gone in Development Mode.
  mutating func newReleases(_ call: Call, _ fault: Fault?) throws(APIRefusal) -> HTTPResponse {
    guard configuration.mode == .extended else { throw APIRefusal(403, "Forbidden") }
    let limit = try call.limit(standard: 20, maximum: 50)
    let offset = try call.offset()
    let page = ListPage(
      address: "\(call.origin)/v1/browse/new-releases?", offset: offset, limit: limit, total: 100,
      alteration: fault?.alteration ?? PageAlteration())
    let json = json(call)
    let ordered = orderedReleases.albums.map(catalogue.album)
    let newest = ordered.sorted(by: ReleaseIndex.isNewer).prefix(100)
    let albums = newest + Catalogue.recentAlbums.prefix(100 - newest.count).map(catalogue.album)
    return .json(200) { writer in
      writer.key("albums")
      page.write(&writer, count: 100) { json.simplifiedAlbum(albums[$1], &$0) }
    }
  }

  /// `GET /v1/artists/{id}`.
  mutating func artist(_ call: Call) throws(APIRefusal) -> HTTPResponse {
    let number = try artistNumber(call)
    var writer = JSONWriter(capacity: 2_048)
    json(call).artist(number, &writer)
    return .json(200, writer.bytes)
  }

  /// `GET /image/{size}-{id}`: a cover, for everybody, for ever.
  func image(_ call: Call) -> HTTPResponse {
    guard let svg = Cover.svg(call.parameters["name"] ?? "") else { return .text(404, "No such image") }
    return HTTPResponse(
      status: 200,
      headers: [
        "content-type": "image/svg+xml", "cache-control": "public, max-age=31536000, immutable",
        "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin",
        "content-security-policy": "default-src 'none'", "x-content-type-options": "nosniff",
      ], body: .bytes(Array(svg.utf8)))
  }

  /// `GET /`: what this is, for whoever lands here.
  func homePage(_ call: Call) -> HTTPResponse {
    let users = accounts.map {
      "<li><code>\(ConsentPage.escape($0.user.id))</code> \(ConsentPage.escape($0.user.name)), "
        + "\($0.user.tracks) saved tracks, \($0.user.artists) followed artists, "
        + "\($0.user.playlists) playlists</li>"
    }
    return .html(
      200,
      ConsentPage.page(
        "A simulated Spotify",
        """
        <h1>A simulated Spotify</h1>
        <p>Web API at <code>/v1</code>, accounts at <code>/authorize</code> and <code>/api/token</code>,
        controls at <code>/_simulator/</code>. Mode: <em>\(configuration.mode.rawValue)</em>.</p>
        <ul>\(users.joined())</ul>
        """))
  }
}
