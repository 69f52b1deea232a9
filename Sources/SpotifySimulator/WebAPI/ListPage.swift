/// Spotify's offset page: `{"href","limit","next","offset","previous","total","items"}`.
struct ListPage {
  /// The list's address without offset and limit: `…/v1/me/tracks?`, or `…/v1/search?query=…&`.
  let address: String
  let offset: Int
  let limit: Int
  let total: Int
  var alteration = PageAlteration()

  /// - Parameter count: how many elements really exist; `total` may lie.
  func write(
    _ json: inout JSONWriter, count: Int, _ element: (inout JSONWriter, _ index: Int) -> Void
  ) {
    let total = alteration.total ?? self.total
    let offset = alteration.repeatsFirst ? 0 : self.offset
    json.object { json in
      json.field("href", link(offset))
      json.field("limit", limit)
      json.field("next", offset + limit < total ? link(offset + limit) : nil)
      json.field("offset", offset)
      json.field("previous", offset > 0 ? link(max(0, offset - limit)) : nil)
      json.field("total", total)
      json.key("items")
      json.array(offset..<max(offset, min(offset + limit, count))) { json, index in
        switch index - offset {
        case alteration.nullIndex: json.null()
        case alteration.malformedIndex: json.raw(PageAlteration.malformedElement)
        default: element(&json, index)
        }
      }
    }
  }

  private func link(_ offset: Int) -> String { "\(address)offset=\(offset)&limit=\(limit)" }
}

/// What a fault changes in a page.
struct PageAlteration: Sendable {
  var nullIndex: Int?
  var malformedIndex: Int?
  var total: Int?
  /// Whatever page was asked for, the first one comes.
  var repeatsFirst = false
  /// The cursor leads back to the beginning.
  var loopsCursor = false

  /// The right names with the wrong types.
  static let malformedElement = Array(
    #"{"added_at":17,"track":["not","a","track"],"name":{},"id":false}"#.utf8)
}
