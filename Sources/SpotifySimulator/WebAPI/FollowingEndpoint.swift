import HTTPServer

extension SimulatorState {
  /// `GET /v1/me/following?type=artist`: by cursor, 1…50 a page.
  mutating func following(
    _ caller: TokenClaims, _ call: Call, _ fault: Fault?
  ) throws(APIRefusal) -> HTTPResponse {
    let account = try person(caller)
    try requireScope("user-follow-read", caller)
    guard let type = call.query("type") else { throw APIRefusal(400, "Missing parameter type") }
    guard type == "artist" else { throw APIRefusal(400, "Bad type \(type)") }
    let limit = try call.limit(standard: 20, maximum: 50)
    let alteration = fault?.alteration ?? PageAlteration()
    let list = follows(account)
    // Spotify's fault of 2023: the cursor counts for nothing, and the first page comes for ever.
    let asked = alteration.repeatsFirst ? nil : call.query("after")
    let rest = list.after(asked)
    let page = rest.prefix(limit)
    let isLast = page.count == rest.count
    var cursor = isLast ? nil : page.last?.id
    if alteration.loopsCursor { cursor = list.follows.first?.id ?? cursor }
    let json = json(call)
    var writer = JSONWriter(capacity: 32 << 10)
    writer.object { writer in
      writer.key("artists")
      writer.object { writer in
        let address = "\(call.origin)/v1/me/following?type=artist"
        func link(_ after: String?) -> String {
          address + (after.map { "&after=\(FormEncoding.encode($0))" } ?? "") + "&limit=\(limit)"
        }
        writer.field("href", link(call.query("after")))
        writer.field("limit", limit)
        writer.field("next", cursor.map(link))
        writer.key("cursors")
        writer.object { $0.field("after", cursor) }
        writer.field("total", alteration.total ?? list.total)
        writer.key("items")
        writer.array(page.enumerated()) { writer, element in
          switch element.offset {
          case alteration.nullIndex: writer.null()
          case alteration.malformedIndex: writer.raw(PageAlteration.malformedElement)
          default: json.artist(element.element.artist, &writer)
          }
        }
      }
    }
    return .json(200, writer.bytes)
  }
}
