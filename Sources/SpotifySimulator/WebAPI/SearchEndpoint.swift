import HTTPServer

extension SimulatorState {
  /// `GET /v1/search?q=&type=`: names that hold every word, or the recent albums for `tag:new`.
  mutating func search(_ call: Call, _ fault: Fault?) throws(APIRefusal) -> HTTPResponse {
    guard let text = call.query("q") ?? call.query("query"), !text.allSatisfy(\.isWhitespace) else {
      throw APIRefusal(400, "No search query")
    }
    guard let list = call.query("type"), !list.isEmpty else {
      throw APIRefusal(400, "Missing parameter type")
    }
    var types: [SearchIndex.Kind] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let type = SearchIndex.Kind(rawValue: String(name)) else {
        throw APIRefusal(400, "Bad search type field \(name)")
      }
      types.append(type)
    }
    let isExtended = configuration.mode == .extended
    let limit = try call.limit(standard: isExtended ? 20 : 5, maximum: isExtended ? 50 : 10)
    let offset = try call.offset(maximum: 1_000)

    let query = SearchQuery(text)
    if searchIndex == nil, !query.isOnlyNew { searchIndex = SearchIndex(catalogue) }
    let json = json(call)
    var writer = JSONWriter(capacity: 64 << 10)
    writer.object { writer in
      for type in types {
        let found =
          query.isOnlyNew && type == .album
          ? orderedReleases.albums + Array(Catalogue.recentAlbums) : searchIndex?.find(query, type) ?? []
        // Spotify calls it `query` in its own links, and takes both.
        let address = FormEncoding.append(
          [("query", text), ("type", list), ("market", call.query("market"))], to: "\(call.origin)/v1/search")
        let page = ListPage(
          address: address + "&", offset: offset, limit: limit, total: found.count,
          alteration: fault?.alteration ?? PageAlteration())
        writer.key(type.plural)
        page.write(&writer, count: found.count) { writer, index in
          switch type {
          case .album: json.simplifiedAlbum(catalogue.album(found[index]), &writer)
          case .artist: json.artist(found[index], &writer)
          case .track: json.track(found[index], padding: 0, &writer)
          }
        }
      }
    }
    return .json(200, writer.bytes)
  }
}
