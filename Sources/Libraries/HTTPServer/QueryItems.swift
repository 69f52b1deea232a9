/// One `name=value` of a query, decoded.
package struct QueryItem: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// - Parameter text: what stands between two `&`, encoded as forms do. A name without `=` has an empty value.
  package init(decoding text: Substring) {
    let name = text.prefix { $0 != "=" }
    self.init(
      name: PercentDecoding.form(name), value: PercentDecoding.form(text[name.endIndex...].dropFirst()))
  }
}

extension HTTPRequest {
  /// How many items of a query are looked at; what follows is left out.
  package static let queryItemLimit = 256

  /// The query's items in order, decoded as forms encode them. Decoded
  /// anew at each call; never fails, whatever the client sent.
  package var queryItems: [QueryItem] {
    guard let query, !query.isEmpty else { return [] }
    var items: [QueryItem] = []
    var rest = query[...]
    while !rest.isEmpty, items.count < HTTPRequest.queryItemLimit {
      let item = rest.prefix { $0 != "&" }
      rest = rest[item.endIndex...].dropFirst()
      guard !item.isEmpty else { continue }
      items.append(QueryItem(decoding: item))
    }
    return items
  }

  /// The first value of that name.
  package func queryValue(_ name: String) -> String? {
    queryItems.first { $0.name == name }?.value
  }
}
