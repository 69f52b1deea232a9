/// One `name=value` of a query, decoded.
package struct QueryItem: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

extension HTTPRequest {
  /// How many items of a query are looked at; what follows is left out.
  package static let queryItemLimit = 256

  /// The query's items in order, decoded as forms encode them. A name without `=` has an empty value. Decoded
  /// anew at each call; never fails, whatever the client sent.
  package var queryItems: [QueryItem] {
    guard let query, !query.isEmpty else { return [] }
    var items: [QueryItem] = []
    var rest = query[...]
    while !rest.isEmpty, items.count < HTTPRequest.queryItemLimit {
      let item = rest.prefix { $0 != "&" }
      rest = rest[item.endIndex...].dropFirst()
      guard !item.isEmpty else { continue }
      let name = item.prefix { $0 != "=" }
      items.append(
        QueryItem(
          name: PercentDecoding.form(name),
          value: PercentDecoding.form(item[name.endIndex...].dropFirst())))
    }
    return items
  }

  /// The first value of that name.
  package func queryValue(_ name: String) -> String? {
    queryItems.first { $0.name == name }?.value
  }
}
