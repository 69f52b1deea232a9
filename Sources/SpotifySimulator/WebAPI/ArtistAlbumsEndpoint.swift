import HTTPServer

extension SimulatorState {
  /// `GET /v1/artists/{id}/albums`: album, single, appears_on, compilation, newest first in each.
  mutating func artistAlbums(_ call: Call, _ fault: Fault?) throws(APIRefusal) -> HTTPResponse {
    let artist = try artistNumber(call)
    let isExtended = configuration.mode == .extended
    let limit = try call.limit(standard: isExtended ? 20 : 5, maximum: isExtended ? 50 : 10)
    let offset = try call.offset()
    var wanted = Set(ReleaseIndex.Group.allCases)
    if let list = call.query("include_groups"), !list.isEmpty {
      wanted = []
      for name in list.split(separator: ",", omittingEmptySubsequences: false) {
        guard let group = ReleaseIndex.Group(rawValue: String(name)) else {
          throw APIRefusal(400, "Invalid album type: \(name)")
        }
        wanted.insert(group)
      }
    }
    let releases = releases(artist).filter { wanted.contains($0.group) }
    let id = catalogue.artistIDs.text(artist)
    let address = FormEncoding.append(
      [("include_groups", call.query("include_groups")), ("market", call.query("market"))],
      to: "\(call.origin)/v1/artists/\(id)/albums")
    let page = ListPage(
      address: address + (address.hasSuffix("?") ? "" : "&"), offset: offset, limit: limit,
      total: releases.count, alteration: fault?.alteration ?? PageAlteration())
    let json = json(call)
    var writer = JSONWriter(capacity: 32 << 10)
    page.write(&writer, count: releases.count) { writer, index in
      let (group, album) = releases[index]
      json.simplifiedAlbum(album, group: isExtended ? group.rawValue : nil, &writer)
    }
    return .json(200, writer.bytes)
  }

  /// The number of the artist in the path.
  func artistNumber(_ call: Call) throws(APIRefusal) -> Int {
    let id = call.parameters["id"] ?? ""
    guard id.utf8.count == 22 else { throw APIRefusal(400, "Invalid base62 id") }
    guard let number = catalogue.artistIDs.index(id), (0..<Catalogue.artistCount).contains(number) else {
      throw APIRefusal(404, "Resource not found")
    }
    return number
  }

  func releases(_ artist: Int) -> [(group: ReleaseIndex.Group, album: Album)] {
    ReleaseIndex.of(catalogue).releases(of: artist, ordered: orderedReleases.of(artist), catalogue)
  }
}
